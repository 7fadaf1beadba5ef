"""What follows a run from start to end: its ledger, its progress, its log lines."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import CloseSpider
from scrapy.logformatter import LogFormatter, LogFormatterResult

from archive.schema import ArchiveError
from archive.usual import fewer_than_usual
from crawler.heal import heal
from crawler.progress import BOARD, Line
from crawler.recorded import Recorded
from crawler.roads import CLOSED as CLOSED_ROADS
from crawler.roads import SILENT as SILENT_ROADS
from crawler.session import AlreadyRunning, Session
from crawler.tally import section, shut_out, traffic
from crawler.trail import ENDLESS, NO_PAGING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler

    from crawler.base import NewsSpider

logger = logging.getLogger(__name__)

OK, FAILED, PARTIAL, BUSY = 0, 1, 2, 75
"""Exit codes of a run (75 is EX_TEMPFAIL of sysexits.h)."""

OUTCOMES = {OK: "ok", FAILED: "failed", PARTIAL: "partial", BUSY: "already running"}


INCOMPLETE = (
    "listing/failed", "article/failed", "gone/withheld", "discovery/passed over/no room",
    f"discovery/passed over/{ENDLESS}", f"discovery/passed over/{NO_PAGING}",
)  # fmt: skip
"""Counts that make a run partial."""


def ledger_of(crawler: Crawler) -> RunLedger:
    """The ledger of a run; raises RuntimeError when the extension is off."""
    ledger: RunLedger | None = crawler.get_extension(RunLedger)
    if ledger is None:
        raise RuntimeError("the extension crawler.extensions.RunLedger is off: nothing can be archived")
    return ledger


class RunLedger:
    """Opens the run's session and row at the start; at the end writes outcome, exit code and counts.

    `failure` is the error that ended the run, `exit_code` its code; both outlive the run.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.session: Session | None = None
        self.failure: Exception | None = None
        self.exit_code: int | None = None
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.outcomes: Counter[str] = Counter()
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor: the ledger opens its session here, before the first request."""
        ledger = cls(crawler)
        crawler.signals.connect(ledger.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(ledger.spider_closed, signal=signals.spider_closed)
        return ledger

    def spider_opened(self, spider: NewsSpider) -> None:
        """Open the session; on failure the spider is closed before it asks for anything."""
        settings = self.crawler.settings
        info = {"software": str(settings["USER_AGENT"]), "robots": "obey", "format": "WARC File Format 1.1"}
        if not settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"):
            info["certificates"] = "not verified"
        try:
            data = Path(settings["DATA_DIR"])
            data.mkdir(parents=True, exist_ok=True)
            offset = settings.getfloat("CLOCK_OFFSET")
            at = datetime.fromisoformat(settings["CLOCK_AT"]).astimezone(UTC) if settings["CLOCK_AT"] else None
            self.session = Session(data, spider.as_source(), info=info, offset=offset, at=at)
            heal(
                self.session,
                spider.desk.judge,
                partial(Recorded, spider.domains, spider.pattern, feeds=frozenset(spider.feeds)),
            )
        except (ArchiveError, OSError, sqlite3.Error) as error:
            self.fail(error)
            raise CloseSpider("failed") from error

    def fail(self, error: Exception) -> None:
        """Stop the run because of `error`: nothing more is acknowledged; the error is reported once."""
        if self.failure is not None:
            return
        self.failure = error
        self.crawler.stats.set_value("failure", str(error))
        self.crawler.stats.set_value("stopped", self.crawler.stats.get_value("stopped") or "failed")
        logger.info("the run stops: %s", error)
        engine = self.crawler.engine
        if engine is not None and engine.spider is not None and self.session is not None:
            self._closing = asyncio.get_running_loop().create_task(engine.close_spider_async(reason="failed"))

    def count(self, outcomes: Sequence[str]) -> None:
        """Add the outcomes of a batch to the run's counts."""
        self.outcomes.update(outcomes)
        for outcome in outcomes:
            self.crawler.stats.inc_value(f"archive/{outcome}")

    def spider_closed(self, spider: NewsSpider, reason: str) -> None:
        """Write the end of the run."""
        if self.session is None:
            self.exit_code = BUSY if isinstance(self.failure, AlreadyRunning) else FAILED
            return
        if reason == "shutdown":
            self.crawler.stats.set_value("stopped", self.crawler.stats.get_value("stopped") or "told to stop")
        if self.failure is None:
            self.last_flush(spider, self.session)
        try:
            self.exit_code = self.verdict(spider, reason)
        except (ArchiveError, sqlite3.Error) as error:  # what is usual cannot be told: the past runs are damaged
            self.fail(error)
            self.exit_code = FAILED
        session, self.session = self.session, None
        self.started_at, self.ended_at = session.started_at, session.now()
        try:
            session.close(OUTCOMES[self.exit_code], self.exit_code, self.counts())
        except (ArchiveError, OSError, sqlite3.Error) as error:
            self.failure = self.failure or error
            self.exit_code = FAILED
            session.abandon()

    def last_flush(self, spider: NewsSpider, session: Session) -> None:
        """Commit what is left."""
        try:
            spider.desk.settle()
            self.count(session.flush())
        except (ArchiveError, OSError, sqlite3.Error) as error:
            self.fail(error)

    def verdict(self, spider: NewsSpider, reason: str) -> int:
        """The exit code of a run that has ended for `reason`: 0, 1 or 2."""
        stats = self.crawler.stats
        if self.failure is not None:
            return FAILED
        listed = stats.get_value("listing/answered", 0)
        if spider.listings and not listed and reason != "shutdown":
            stats.set_value("stopped", stats.get_value("stopped") or shut_out(stats.get_stats()))
            return FAILED
        if reason == "finished" and self.session is not None and spider.period is None:
            listed, begun = stats.get_value("discovery/listed", 0), self.session.started_at
            short = fewer_than_usual(self.session.store.conn, spider.name, listed, begun)
            if short is not None:
                logger.warning("%s: %s", spider.name, short)
                stats.set_value("shortfall", str(short))
                return PARTIAL
        if reason != "finished" or any(stats.get_value(name) for name in INCOMPLETE):
            return PARTIAL
        unread = sum(section(stats.get_stats(), "reading/").values()) + stats.get_value("article/refused", 0)
        if unread > spider.desk.absences.present + spider.desk.absences.believed or stats.get_value("listing/refused"):
            return PARTIAL
        return OK

    def counts(self) -> dict[str, Any]:
        """The run's counts: requests, bytes, statuses, outcomes, refusals, what could not be read, fill rates."""
        stats = self.crawler.stats.get_stats()
        articles = stats.get("fill/articles", 0)
        verified = self.crawler.settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
        return {
            "kind": "backfill" if getattr(self.crawler.spider, "period", None) else "crawl",
            "failure": str(self.failure) if self.failure else None,
            "shortfall": stats.get("shortfall"),
            **traffic(stats),
            "listings": section(stats, "listing/"),
            "roads": section(stats, "roads/"),
            "silent": stats.get(SILENT_ROADS),
            "forbidden": dict(sorted(stats.get(CLOSED_ROADS, {}).items())),
            "listed": stats.get("discovery/listed", 0),
            "passed_over": section(stats, "discovery/passed over/"),
            **{name: self.outcomes[name] for name in sorted(self.outcomes)},
            "not_articles": section(stats, "reading/"),
            "failed": stats.get("article/failed", 0),
            "failures": section(stats, "failures/"),
            "stopped": stats.get("stopped"),
            "certificates": "verified" if verified else "not verified",
            "articles_refused": stats.get("article/refused", 0),
            "absences": section(stats, "gone/"),
            "disagree": section(stats, "disagree/"),
            "fill": {name: round(n / articles, 4) for name, n in section(stats, "fill/").items() if articles},
        }


class Progress:
    """Shows the run on the board: found, fetched, new, errors."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.line: Line | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        progress = cls(crawler)
        for name in ("spider_opened", "spider_closed", "request_scheduled", "response_received"):
            crawler.signals.connect(getattr(progress, name), signal=getattr(signals, name))
        return progress

    def spider_opened(self, spider: Spider) -> None:
        """Put a line on the board."""
        self.line = BOARD.line(spider.name)

    def request_scheduled(self) -> None:
        """One more to fetch."""
        if self.line is not None:
            self.line.found += 1

    def response_received(self) -> None:
        """One more fetched; outcomes come from the ledger."""
        if self.line is None:
            return
        self.line.fetched += 1
        ledger = ledger_of(self.crawler)
        self.line.new = ledger.outcomes["new"]
        self.line.changed = ledger.outcomes["revised"]
        self.line.errors = self.crawler.stats.get_value("article/failed", 0)
        BOARD.refresh()

    def spider_closed(self, reason: str) -> None:
        """Close the line with its outcome."""
        if self.line is None:
            return
        ledger = ledger_of(self.crawler)
        self.line.new, self.line.changed = ledger.outcomes["new"], ledger.outcomes["revised"]
        self.line.outcome = OUTCOMES[ledger.exit_code or 0] if ledger.exit_code is not None else reason
        BOARD.refresh(force=True)


class QuietLogFormatter(LogFormatter):
    """Scrapy's log lines without a page's whole text: items are named by their address."""

    def scraped(self, item: Any, response: Any, spider: Spider) -> LogFormatterResult:  # noqa: ARG002
        """One debug line for an item."""
        return {"level": logging.DEBUG, "msg": "read %(url)s", "args": {"url": getattr(item, "url", item)}}

    def dropped(
        self,
        item: Any,  # noqa: ARG002
        exception: BaseException,
        response: Any,  # noqa: ARG002
        spider: Spider,  # noqa: ARG002
    ) -> LogFormatterResult:
        """One info line for a dropped item."""
        return {"level": logging.INFO, "msg": "dropped: %(error)s", "args": {"error": exception}}
