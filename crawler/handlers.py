"""The download handlers: they ask the paper, or the origin that the operator names; a crawl's captures the answer."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import CannotResolveHostError

from archive.urls import in_domains
from crawler.capture import capture
from crawler.manners import BackOff, Budget, RunIsOver, drain, is_over
from crawler.reasons import Refused
from crawler.resolver import HELD_BACK
from crawler.told import CUT_OFF

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


class Origin:
    """Another place that serves a paper (a mirror, a replay server, a test); maps addresses both ways.

    `home` is the paper's own site ("https://baolamdong.vn"); `origin` what is asked instead, with an
    optional path prefix. Only http and https. Raises ValueError on anything else.
    """

    def __init__(self, origin: str, home: str, domains: tuple[str, ...]) -> None:
        parts = urlsplit(origin)
        try:
            _ = parts.port
        except ValueError as error:
            raise ValueError(f"not an origin: {origin!r}: {error}") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"not an origin: {origin!r}: give http(s)://host[:port][/path]")
        self.scheme, self.netloc, self.prefix = parts.scheme, parts.netloc.lower(), parts.path.rstrip("/")
        self.hostname = parts.hostname
        self.home = urlsplit(home)
        self.domains = domains

    @property
    def is_loopback(self) -> bool:
        """Whether the origin is this machine: nobody else is asked then."""
        try:
            return ipaddress.ip_address(self.hostname).is_loopback
        except ValueError:
            return self.hostname == "localhost"

    def there(self, url: str) -> str:
        """The address to ask for one of the paper's own addresses; any other address stays."""
        if not in_domains(url, self.domains):
            return url
        parts = urlsplit(url)
        return urlunsplit((self.scheme, self.netloc, self.prefix + (parts.path or "/"), parts.query, ""))

    def back(self, url: str) -> str:
        """The paper's own address for one that names the origin; any other address stays."""
        parts = urlsplit(url)
        inside = parts.path == self.prefix or parts.path.startswith(self.prefix + "/")
        if parts.netloc.lower() != self.netloc or not inside:
            return url
        path = parts.path[len(self.prefix) :] or "/"
        return urlunsplit((self.home.scheme, self.home.netloc, path, parts.query, parts.fragment))


class OriginHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP handler; where the spider has an origin it asks that one, and answers as the paper.

    `request.meta["fetched_from"]` tells the address that was really asked. A Location header that names
    the origin names the paper again.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._spider_of = crawler
        self._awaited: set[asyncio.Task[Response]] = set()
        crawler.signals.connect(self.cut_off, signal=CUT_OFF)

    async def download_request(self, request: Request) -> Response:
        """Download `request`; errors are those of Scrapy's own handler, of `fetch`, of `received`, and RunIsOver."""
        back_off = self._spider_of.get_downloader_middleware(BackOff)
        if back_off is not None:
            await back_off.patience(request)
        budget = self._spider_of.get_extension(Budget)
        if budget is not None and not is_over(self._spider_of):
            budget.spend()
        if is_over(self._spider_of):
            drain(self._spider_of)
            raise RunIsOver("the run is over")
        try:
            response = await self.fetch(request)
        except Exception as error:
            if back_off is not None:
                back_off.unanswered(request, error)
            raise
        if back_off is not None:
            back_off.answered(request, response)
        self.received(request, response)
        origin: Origin | None = getattr(self._spider_of.spider, "mirror", None)
        if origin is None:
            return response
        if location := response.headers.get("Location"):
            response.headers["Location"] = origin.back(location.decode("latin-1"))
        return response.replace(url=request.url)

    async def fetch(self, request: Request) -> Response:
        """Ask the paper or the origin; raises Refused (private_address) where the name leads into a special range."""
        origin: Origin | None = getattr(self._spider_of.spider, "mirror", None)
        asked = request if origin is None else request.replace(url=origin.there(request.url))
        try:
            response = await self.awaited(super().download_request(asked))
        except CannotResolveHostError as error:
            if (urlsplit(asked.url).hostname or "") not in HELD_BACK:
                raise
            self._spider_of.stats.inc_value("guard/refused/private_address")
            raise Refused("private_address", asked.url) from error
        request.meta["fetched_from"] = asked.url
        request.meta["download_latency"] = asked.meta.get("download_latency", 0.0)
        return response

    async def awaited(self, answer: Coroutine[Any, Any, Response]) -> Response:
        """Wait for an answer; raises RunIsOver where it is cut off."""
        task = asyncio.get_running_loop().create_task(answer)
        self._awaited.add(task)
        try:
            return await task
        except asyncio.CancelledError as error:
            raise RunIsOver("the run was told to stop") from error
        finally:
            self._awaited.discard(task)

    def cut_off(self) -> None:
        """Let go of every answer that is waited for; their connections are closed."""
        for task in self._awaited:
            task.cancel()

    def received(self, request: Request, response: Response) -> None:
        """What happens to a response as it was received, before anybody sees it: here nothing."""


class WireHandler(OriginHandler):
    """The handler of a crawl: every response is captured."""

    def received(self, request: Request, response: Response) -> None:
        """Capture the response; raises IgnoreRequest on a full disk."""
        capture(self._spider_of, request, response)
