"""The command `scrapy crawl`: Scrapy's own, but for one clear line in place of a traceback, and our exit codes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from scrapy.commands import crawl
from scrapy.exceptions import UsageError

from archive.cli import complaint
from archive.schema import ArchiveError
from crawler.extensions import FAILED, ledger_of

if TYPE_CHECKING:
    import argparse
    import asyncio

    from scrapy.crawler import Crawler


class Command(crawl.Command):
    """Crawl one newspaper: `scrapy crawl NAME`; its exit codes are those of `baotinh crawl`."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the spider; raises UsageError without exactly one known name."""
        if len(args) != 1:
            raise UsageError("give the name of one spider")
        process = cast("Any", self.crawler_process)
        try:
            crawler = self._create_crawler(args[0])
        except KeyError as error:
            raise UsageError(f"unknown spider {args[0]!r}: `scrapy list` names those there are") from error
        task: asyncio.Task[None] = process.crawl(crawler, **opts.spargs)
        process.start()
        failure, self.exitcode = self.ending(task, crawler)
        if failure is not None:
            sys.stderr.write(f"baotinh: {complaint(failure)}\n")

    def ending(self, task: asyncio.Task[None], crawler: Crawler) -> tuple[Exception | None, int]:
        """What went wrong, if anything, and the exit code; raises what only a mistake in the code can cause."""
        try:
            task.result()
        except (ArchiveError, ValueError, OSError) as error:
            return error, FAILED
        ledger = ledger_of(crawler)
        return ledger.failure, FAILED if ledger.exit_code is None else ledger.exit_code
