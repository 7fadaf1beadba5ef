"""What stands between the engine and the wire: Guard, Robots, RobotsAnswers, ConditionalGet."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, HtmlResponse, Response, TextResponse
from scrapy.responsetypes import responsetypes

from archive import warc
from archive.urls import in_domains
from crawler.extensions import ledger_of
from crawler.judge import REDIRECTS

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.robotstxt import RobotParser

    from crawler.base import NewsSpider
    from crawler.session import Session

USUAL_PORTS = (None, 80, 443)


def session_of(crawler: Crawler) -> Session:
    """The session of the open run; raises RuntimeError when none is open."""
    session = ledger_of(crawler).session
    if session is None:
        raise RuntimeError("no run is open")
    return session


class Refused(IgnoreRequest):
    """A request that the guard does not let out, with its reason."""


class Guard:
    """Lets out only http(s) requests to hosts of the source; counts the others by reason."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise Refused where the address is not one that the source may be asked for."""
        reason = self.reason(request.url)
        if reason:
            self.crawler.stats.inc_value(f"guard/refused/{reason}")
            raise Refused(f"refused ({reason}): {request.url}")

    def reason(self, url: str) -> str | None:
        """Why `url` may not be asked: scheme, userinfo, address, host; None when it may."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            port = parts.port
        except ValueError:
            return "malformed"
        if parts.scheme not in {"http", "https"}:
            return "scheme"
        if parts.username is not None or parts.password is not None:
            return "userinfo"
        if port not in USUAL_PORTS:
            return "port"
        try:
            ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return None if in_domains(url, cast("NewsSpider", self.crawler.spider).domains) else "host"
        return "address"


class Robots(RobotsTxtMiddleware):
    """Scrapy's robots.txt rules, asked for once per host: whoever comes meanwhile waits for the answer.

    Without the lock a third request that waits for the same robots.txt is handed no rules and passes.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules for the host of `request`, None when there are none."""
        async with self._locks[urlsplit(request.url).netloc]:
            return await super().robot_parser(request)


class RobotsAnswers:
    """Turns what robots.txt answered into what RFC 9309 says of it, before Scrapy reads it as rules.

    4xx: unavailable, everything may be fetched (§2.3.1.3). 5xx or no answer: unreachable, nothing may be
    fetched (§2.3.1.4). A web page in its place holds no rules: counted, and everything may be fetched.
    """

    CLOSED = b"User-agent: *\nDisallow: /\n"

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Replace the body of an answer to a robots.txt request by the rules that it stands for."""
        if not is_robots(request) or response.status in REDIRECTS:
            return response
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status == HTTPStatus.TOO_MANY_REQUESTS:
            self.stats.inc_value("robots/unreachable")
            return TextResponse(request.url, body=self.CLOSED, encoding="utf-8")
        if response.status >= HTTPStatus.BAD_REQUEST or isinstance(response, HtmlResponse):
            self.stats.inc_value("robots/unavailable")
            return TextResponse(request.url, body=b"", encoding="utf-8")
        return response

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """No answer at all: nothing may be fetched."""
        if not is_robots(request) or isinstance(exception, IgnoreRequest):
            return None
        self.stats.inc_value("robots/unreachable")
        return TextResponse(request.url, body=self.CLOSED, encoding="utf-8")


def is_robots(request: Request) -> bool:
    """Whether `request` is Scrapy's own for a robots.txt."""
    return bool(request.meta.get("dont_obey_robotstxt")) and urlsplit(request.url).path == "/robots.txt"


class ConditionalGet:
    """Asks with the validators of the last capture (RFC 9110 §13); a 304 of a listing becomes its last body.

    A request takes part when its meta holds `conditional`. A run that was cut off after it had captured a
    feed must still find what the feed listed: therefore the stored body stands in for "not modified".
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Add If-None-Match and If-Modified-Since where the archive knows them."""
        if not request.meta.get("conditional"):
            return
        last = session_of(self.crawler).store.latest_capture(request.url)
        request.meta["last_capture"] = last  # a redirect copies meta and headers: both are set anew
        for name, value in (
            ("If-None-Match", last and last.etag),
            ("If-Modified-Since", last and last.last_modified),
        ):
            request.headers.pop(name, None)
            if value:
                request.headers[name] = value

    def process_response(self, request: Request, response: Response) -> Response:
        """Give what has not changed the body it had, but for an article that was read from just these bytes."""
        last = request.meta.get("last_capture")
        if response.status != HTTPStatus.NOT_MODIFIED or last is None:
            return response
        asked = request.meta.get("redirect_urls", [request.url])[0]
        store = session_of(self.crawler).store
        if request.meta.get("article") and store.is_read_from(asked, (last.file, last.offset)):
            return response
        record = warc.read(session_of(self.crawler).data, last.file, last.offset)
        self.crawler.stats.inc_value("listing/unchanged")
        headers = Headers(record.headers)
        kind = responsetypes.from_args(headers=headers, url=request.url, body=record.body)
        return kind(request.url, 200, headers=headers, body=record.body, request=request)
