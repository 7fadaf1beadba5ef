"""How a run behaves toward a paper: Throttle, BackOff, Breaker, Budget."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.extensions.throttle import AutoThrottle

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request, Spider
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ASKED_TO_WAIT = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
BLOCKED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


def stop(crawler: Crawler, reason: str) -> None:
    """End the run because of `reason`, which its row will name; once."""
    if crawler.stats.get_value("stopped") is None:
        crawler.stats.set_value("stopped", reason)
        task = asyncio.get_running_loop().create_task(crawler.engine.close_spider_async(reason=reason))
        crawler.stats.set_value("stopping", task)  # a task that nobody holds may be collected


class RunIsOver(IgnoreRequest):
    """A request that was still waiting when the run was stopped: nobody's failure."""


class Throttle(AutoThrottle):
    """Scrapy's AutoThrottle with the Crawl-delay of robots.txt as a floor per host (seconds)."""

    def __init__(self, crawler: Crawler) -> None:
        try:
            super().__init__(crawler)
        except NotConfigured:  # without AutoThrottle a Crawl-delay holds all the same
            self.crawler = crawler
        self.mindelay = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self.floors: dict[str, float] = {}
        crawler.signals.connect(self.robots_parsed, signal=signals.robots_parsed)

    def robots_parsed(self, robotparser: Any, request: Request) -> None:
        """Remember what robots.txt asks for, and slow the host down at once."""
        delay = robotparser.crawl_delay(self.crawler.settings["USER_AGENT"])
        if not delay or delay <= 0:
            return
        if delay > self.crawler.settings.getfloat("BACKOFF_MAX"):
            stop(self.crawler, "asked to wait")
            return
        host = urlsplit(request.url).hostname or ""
        self.floors[host] = float(delay)
        self.crawler.stats.max_value("robots/crawl delay", float(delay))
        downloader = self.crawler.engine.downloader
        downloader.per_slot_settings[host] = {"delay": max(float(delay), self.mindelay), "concurrency": 1}
        if host in downloader.slots:
            self._adjust_delay(downloader.slots[host], 0.0, None)

    def _adjust_delay(self, slot: Slot, latency: float, response: Response | None) -> None:
        if response is not None:
            super()._adjust_delay(slot, latency, response)
        host = next((key for key, known in self.crawler.engine.downloader.slots.items() if known is slot), "")
        slot.delay = max(slot.delay, self.floors.get(host, 0.0))


class BackOff(RetryMiddleware):
    """Retries with patience: what a host asks for (Retry-After, RFC 9110 §10.2.3), else ever longer waits.

    Every request to a host waits while that host has asked for patience. A host that asks for more than
    BACKOFF_MAX seconds ends the run: the next one comes later.
    """

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.base = settings.getfloat("BACKOFF_SECONDS")
        self.most = settings.getfloat("BACKOFF_MAX")
        self.until: dict[str, float] = {}
        self.bad: dict[str, int] = {}

    async def process_request(self, request: Request) -> None:
        """Wait until the host may be asked again; nothing more goes out once the run is stopped."""
        host = urlsplit(request.url).hostname or ""
        if self.crawler.stats.get_value("stopped") is not None:
            raise RunIsOver("the run is over")
        while (seconds := self.until.get(host, 0.0) - time.monotonic()) > 0:
            if self.crawler.stats.get_value("stopped") is not None:
                raise RunIsOver("the run is over")
            await asyncio.sleep(min(seconds, 1.0))

    def process_response(  # Scrapy calls it without a spider
        self,
        request: Request,
        response: Response,
        spider: Spider | None = None,  # noqa: ARG002
    ) -> Request | Response:
        """Retry an error later; a plain answer ends the host's patience."""
        if response.status not in self.retry_http_codes or request.meta.get("dont_retry", False):
            self.bad.pop(urlsplit(request.url).hostname or "", None)
            return response
        wait = retry_after(response) if response.status in ASKED_TO_WAIT else None
        self._be_patient(request, wait)
        return super().process_response(request, response)

    def process_exception(
        self,
        request: Request,
        exception: Exception,
        spider: Spider | None = None,  # noqa: ARG002
    ) -> Request | Response | None:
        """Retry an address that did not answer, after a wait."""
        if isinstance(exception, self.exceptions_to_retry):
            self._be_patient(request, None)
        return super().process_exception(request, exception)

    def _be_patient(self, request: Request, asked: float | None) -> None:
        host = urlsplit(request.url).hostname or ""
        wait = self.base * 2 ** min(self.bad.get(host, 0), 6) if asked is None else asked
        self.bad[host] = self.bad.get(host, 0) + 1
        if asked is not None and asked > self.most:
            self.crawler.stats.set_value("manners/asked to wait seconds", round(asked))
            stop(self.crawler, "asked to wait")
            return
        wait = min(wait, self.most)
        self.until[host] = max(self.until.get(host, 0.0), time.monotonic() + wait)
        self.crawler.stats.inc_value("manners/waits")
        self.crawler.stats.inc_value("manners/waited seconds", math.ceil(wait))


def retry_after(response: Response) -> float | None:
    """The seconds that a Retry-After header asks for (a number or an HTTP date); None without a valid one."""
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)


class Breaker:
    """Ends the run after BREAKER_FAILURES failures in a row: `blocked` (401, 403, 429, challenge) or `down`."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.most = crawler.settings.getint("BREAKER_FAILURES")
        self.failures = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def succeeded(self) -> None:
        """An answer that a paper gives its readers: the count begins anew."""
        self.failures = 0

    def failed(self, *, blocked: bool) -> None:
        """One more failure in a row."""
        self.failures += 1
        if self.failures >= self.most:
            stop(self.crawler, "blocked" if blocked else "down")


class Budget:
    """Ends a run that has used up its requests, bytes or minutes (RUN_REQUESTS, RUN_BYTES, RUN_MINUTES; 0: no cap)."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.requests = crawler.settings.getint("RUN_REQUESTS")
        self.bytes = crawler.settings.getint("RUN_BYTES")
        self.seconds = crawler.settings.getfloat("RUN_MINUTES") * 60
        self._clock: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        budget = cls(crawler)
        crawler.signals.connect(budget.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(budget.response_downloaded, signal=signals.response_downloaded)
        crawler.signals.connect(budget.spider_closed, signal=signals.spider_closed)
        return budget

    def spider_opened(self) -> None:
        """Start the clock."""
        if self.seconds:
            loop = asyncio.get_running_loop()
            self._clock = loop.call_later(self.seconds, stop, self.crawler, "out of time")

    def response_downloaded(self) -> None:
        """Count, and stop at a cap."""
        get = self.crawler.stats.get_value
        if self.requests and get("downloader/response_count", 0) >= self.requests:
            stop(self.crawler, "out of requests")
        if self.bytes and get("downloader/response_bytes", 0) >= self.bytes:
            stop(self.crawler, "out of bytes")

    def spider_closed(self) -> None:
        """Stop the clock."""
        if self._clock is not None:
            self._clock.cancel()
