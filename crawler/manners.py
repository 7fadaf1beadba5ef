"""How a run behaves toward a paper: Throttle, BackOff, Breaker, Budget."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.extensions.throttle import AutoThrottle

from crawler.reasons import BARRED

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request, Spider
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ASKED_TO_WAIT = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
DOUBLINGS = 3
"""How often our own wait doubles: a host that never answers must not hold up the others of a command for long."""
SENT = "wire/requests"
"""The stat that counts the requests that went on the wire."""
SHUT_OUT = BARRED | {"401", "403", "429"}
"""Reasons by which a paper keeps us out."""


def stop(crawler: Crawler, reason: str) -> None:
    """End the run because of `reason`, which its row will name; once."""
    if crawler.stats.get_value("stopped") is None:
        crawler.stats.set_value("stopped", reason)
        task = asyncio.get_running_loop().create_task(crawler.engine.close_spider_async(reason=reason))
        crawler.stats.set_value("stopping", task)  # a task that nobody holds may be collected


def is_over(crawler: Crawler) -> bool:
    """Whether a run lets nothing more out: it was stopped for a reason of its own, or told to stop by a signal."""
    return crawler.stats.get_value("stopped") is not None or not crawler.crawling


def drain(crawler: Crawler) -> None:
    """Let what stands in the queues of a run that is over fall out at once, not one by one with the usual pauses."""
    downloader = crawler.engine.downloader
    for slot in downloader.slots.values():
        slot.delay = 0.0
        if slot.latercall is not None:  # a pause that has begun: up to a whole Crawl-delay
            slot.close()
            downloader._process_queue(slot)  # noqa: SLF001 - what Scrapy calls at its end


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
        self.crawler.stats.max_value("manners/crawl delay", float(delay))
        if delay > self.crawler.settings.getfloat("BACKOFF_MAX"):
            stop(self.crawler, "asked to wait")
            return
        host = host_of(request)
        self.floors[host] = float(delay)
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
    BACKOFF_MAX seconds ends the run: the next one comes later. After as many bad answers in a row as an
    address has tries, no address of that host is tried again until one answers well: a host that refuses
    everything is soon left alone.
    """

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.base = settings.getfloat("BACKOFF_SECONDS")
        self.most = settings.getfloat("BACKOFF_MAX")
        self.until: dict[str, float] = {}
        self.bad: dict[str, int] = {}
        self._waiting = 0
        self._since = 0.0

    def process_request(self, request: Request) -> None:  # noqa: ARG002
        """Let nothing more out once the run is stopped."""
        if is_over(self.crawler):
            raise RunIsOver("the run is over")

    async def patience(self, request: Request) -> None:
        """Wait until the host of `request` may be asked again, or the run is over.

        The download handler calls it: a request that stood in the queue of its host when another one was told
        to wait must wait too. Waits that overlap count once.
        """
        host = host_of(request)
        if self.until.get(host, 0.0) <= time.monotonic():
            return
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting += 1
        try:
            while (seconds := self.until[host] - time.monotonic()) > 0 and not is_over(self.crawler):
                await asyncio.sleep(min(seconds, 1.0))
        finally:
            self._waiting -= 1
            if not self._waiting:
                before = self.crawler.stats.get_value("manners/waited seconds", 0.0)
                self.crawler.stats.set_value("manners/waited seconds", before + time.monotonic() - self._since)

    def answered(self, request: Request, response: Response) -> None:
        """Hear what the download handler got: an error makes patient, a plain answer ends the host's patience."""
        if response.status not in self.retry_http_codes:
            self.bad.pop(host_of(request), None)
            return
        self._be_patient(request, retry_after(response) if response.status in ASKED_TO_WAIT else None)

    def unanswered(self, request: Request, error: Exception) -> None:
        """Hear that the download handler got nothing."""
        if isinstance(error, self.exceptions_to_retry):
            self._be_patient(request, None)

    def process_response(  # Scrapy calls it without a spider
        self,
        request: Request,
        response: Response,
        spider: Spider | None = None,  # noqa: ARG002
    ) -> Request | Response:
        """Retry an error later, unless the host gave nothing but errors for some time."""
        return response if self._is_hopeless(request) else super().process_response(request, response)

    def process_exception(
        self,
        request: Request,
        exception: Exception,
        spider: Spider | None = None,  # noqa: ARG002
    ) -> Request | Response | None:
        """Retry an address that did not answer, likewise."""
        return None if self._is_hopeless(request) else super().process_exception(request, exception)

    def _is_hopeless(self, request: Request) -> bool:
        return self.bad.get(host_of(request), 0) > self.max_retry_times

    def _be_patient(self, request: Request, asked: float | None) -> None:
        host, now = host_of(request), time.monotonic()
        if asked is not None:
            self.crawler.stats.max_value("manners/asked to wait seconds", round(asked))
            if asked > self.most:
                stop(self.crawler, "asked to wait")
                return
        own = 0.0
        if now >= self.until.get(host, 0.0):  # else it was sent before the wait began: one failure, told twice
            own = self.base * 2 ** min(self.bad.get(host, 0), DOUBLINGS)
            self.bad[host] = self.bad.get(host, 0) + 1
            self.crawler.stats.inc_value("manners/waits")
        self.until[host] = max(self.until.get(host, 0.0), now + min(max(own, asked or 0.0), self.most))


def host_of(request: Request) -> str:
    """The host of a request, in lower case."""
    return urlsplit(request.url).hostname or ""


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
    """Ends the run after BREAKER_FAILURES failures in a row: `blocked` (SHUT_OUT) or `down`.

    Listings and articles have a row each, and both rows count: listings that answer say nothing of articles that
    are refused.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.most = crawler.settings.getint("BREAKER_FAILURES")
        self.failures: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def succeeded(self, kind: str) -> None:
        """An answer that a paper gives its readers, to a listing or article request: that row begins anew."""
        self.failures[kind] = 0

    def failed(self, kind: str, *, blocked: bool) -> None:
        """One more failure in a row."""
        self.failures[kind] += 1
        if self.failures.total() >= self.most:
            stop(self.crawler, "blocked" if blocked else "down")


class Budget:
    """Ends a run that has used up its requests, bytes or minutes (RUN_REQUESTS, RUN_BYTES, RUN_MINUTES; 0: no cap).

    The download handler takes each request out of the budget before it goes on the wire, robots.txt, retries and
    redirects as well: no run ever sends one more. Bytes and minutes are known afterwards only.
    """

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
        if self.bytes and self.crawler.stats.get_value("downloader/response_bytes", 0) >= self.bytes:
            stop(self.crawler, "out of bytes")

    def spend(self) -> None:
        """Take one request out of the budget; ends the run where none is left."""
        if self.requests and self.crawler.stats.get_value(SENT, 0) >= self.requests:
            stop(self.crawler, "out of requests")
        else:
            self.crawler.stats.inc_value(SENT)

    def spider_closed(self) -> None:
        """Stop the clock."""
        if self._clock is not None:
            self._clock.cancel()
