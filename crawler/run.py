"""Several crawls in one process: rounds of sources, each source with its own settings, and their receipts."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings
from twisted.internet.error import ReactorNotRunning

from archive.schema import ArchiveError
from crawler.extensions import BUSY, FAILED, OK, PARTIAL, ledger_of
from crawler.jsonlog import SOURCE
from crawler.told import Stoppable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from scrapy.settings import Settings

    from crawler.base import NewsSpider

SETTINGS_MODULE = "crawler.settings"
SEVERITY = (FAILED, PARTIAL, BUSY, OK)
"""Exit codes, the worst first: what a command that ran several sources ends with."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """One crawl: the source, its spider arguments, and the settings that differ from the project's."""

    source: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """How one crawl ended: exit code (0, 1, 2 or 75), what went wrong, outcomes, and the counts of the run."""

    source: str
    exit_code: int
    failure: Exception | None
    outcomes: Counter[str]
    counts: Mapping[str, Any]
    started_at: datetime | None = None
    ended_at: datetime | None = None


def project_settings() -> Settings:
    """The project's Scrapy settings, from any directory."""
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", SETTINGS_MODULE)
    return get_project_settings()


def spiders() -> dict[str, type[NewsSpider]]:
    """Every source's spider class by its name, in the order of the names."""
    loader = SpiderLoader.from_settings(project_settings())
    return {name: cast("type[NewsSpider]", loader.load(name)) for name in sorted(loader.list())}


def worst(codes: Iterable[int]) -> int:
    """The exit code that a command ends with when its sources ended with `codes`."""
    return min(codes, key=SEVERITY.index, default=OK)


def run(rounds: Iterable[Sequence[Plan]], settings: Settings) -> list[Receipt]:
    """Crawl round after round, the plans of a round at the same time; returns a receipt for each plan.

    `rounds` may be a generator: what it does between two rounds happens while no crawl runs. Raises ArchiveError
    when a second signal ends the process before the runs have ended.
    """
    process = AsyncCrawlerProcess(settings)
    loop = asyncio.get_event_loop()
    task = loop.create_task(_all_rounds(process, rounds, settings))
    process.start(stop_after_crawl=False)
    if not task.done():  # a signal stopped the reactor; after the first one the runs have ended, if only just
        loop.run_until_complete(asyncio.wait([task], timeout=0.5))
    if not task.done():
        task.cancel()
        raise ArchiveError("cut off by a second signal: run it again, what was captured is taken in then")
    return task.result()


async def _all_rounds(
    process: AsyncCrawlerProcess, rounds: Iterable[Sequence[Plan]], settings: Settings
) -> list[Receipt]:
    from twisted.internet import reactor

    receipts: list[Receipt] = []
    try:
        for plans in rounds:
            receipts.extend(await asyncio.gather(*(_crawl(process, plan, settings) for plan in plans)))
            if any(receipt.failure for receipt in receipts):
                break
    finally:
        with suppress(ReactorNotRunning):  # a signal has stopped it
            cast("Any", reactor).stop()
    return receipts


async def _crawl(process: AsyncCrawlerProcess, plan: Plan, settings: Settings) -> Receipt:
    SOURCE.set(plan.source)
    own = settings.copy()
    own.setdict(dict(plan.settings), priority="cmdline")
    crawler = Stoppable(spiders_of(settings).load(plan.source), own)
    try:
        await process.crawl(crawler, **plan.arguments)
    except (ArchiveError, ValueError, OSError) as error:
        return Receipt(plan.source, FAILED, error, Counter(), {})
    ledger = ledger_of(crawler)
    code = ledger.exit_code if ledger.exit_code is not None else FAILED
    times = (ledger.started_at, ledger.ended_at)
    return Receipt(plan.source, code, ledger.failure, ledger.outcomes, ledger.counts(), *times)


def spiders_of(settings: Settings) -> SpiderLoader:
    """The loader of the project's spiders."""
    return SpiderLoader.from_settings(settings)
