"""robots.txt (RFC 9309): asked once a host, and what its answer means for the rest of the run."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.misc import build_from_crawler

from crawler.manners import RunIsOver
from crawler.reasons import Refused, reason_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

CLOSED = b"User-agent: *\nDisallow: /\n"
MOST = 500 * 1024
"""Bytes of a robots.txt that are parsed (RFC 9309 §2.5 asks for at least as much)."""


class Robots(RobotsTxtMiddleware):
    """Scrapy's robots.txt rules, asked for once per host: whoever comes meanwhile waits for the answer.

    4xx: unavailable, everything may be fetched (§2.3.1.3). 5xx, 429, no answer, or one that cannot be taken (too
    large, a redirect loop): unreachable, nothing may be fetched in this run (§2.3.1.4). A web page in its place
    holds no rules. Each is counted as `robots/<what>`, with the reason where nothing may be fetched.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, RobotParser | None] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise Refused where the rules forbid `request`."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise Refused("robots", request.url) from error

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules for the host of `request`, None when the run ended before they were known."""
        parts = urlsplit(request.url)
        async with self._locks[parts.netloc]:
            if parts.netloc not in self._rules:
                asked = f"{parts.scheme}://{parts.netloc}/robots.txt"
                self._rules[parts.netloc] = await self._asked(asked, request)
            return self._rules[parts.netloc]

    async def _asked(self, address: str, request: Request) -> RobotParser | None:
        meta = {"dont_obey_robotstxt": True}
        robots = Request(address, priority=self.DOWNLOAD_PRIORITY, meta=meta, callback=NO_CALLBACK)
        engine: Any = self.crawler.engine
        try:
            body = self.rules(await engine.download_async(robots))
        except RunIsOver:
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, the rules are not known: nothing may be fetched
            body = self.unreachable(reason_of(error))
        parser: RobotParser = build_from_crawler(self._parserimpl, self.crawler, body)
        signal = signals.robots_parsed
        await self.crawler.signals.send_catch_log_async(signal, robotparser=parser, request=request)
        return parser

    def rules(self, response: Response) -> bytes:
        """The rules that an answer stands for."""
        status = response.status
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            return self.unreachable(str(status))
        if status >= HTTPStatus.BAD_REQUEST:
            self._stats.inc_value("robots/unavailable")
            return b""
        if status >= HTTPStatus.MULTIPLE_CHOICES:  # a redirect that leads nowhere
            return self.unreachable(str(status))
        if isinstance(response, HtmlResponse):
            self._stats.inc_value("robots/no_rules")
            return b""
        if len(response.body) <= MOST:
            return response.body
        self._stats.inc_value("robots/cut")
        return response.body[:MOST].rpartition(b"\n")[0]

    def unreachable(self, reason: str) -> bytes:
        """The rules while nobody knows them; `reason` is counted."""
        self._stats.inc_value("robots/unreachable")
        self._stats.inc_value(f"robots/{reason}")
        return CLOSED
