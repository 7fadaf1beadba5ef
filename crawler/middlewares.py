"""What stands between the engine and the wire: Guard, Redirects, Unpacking, ConditionalGet."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from archive import warc
from archive.encodings import CutOffError, TooLargeError, UndecodableError, decoded
from archive.schema import ArchiveError
from archive.urls import in_domains
from crawler.capture import pairs
from crawler.extensions import ledger_of
from crawler.judge import REDIRECTS
from crawler.reasons import Refused
from crawler.resolver import is_public

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request, Spider
    from scrapy.crawler import Crawler

    from crawler.base import NewsSpider
    from crawler.session import Session

logger = logging.getLogger(__name__)

USUAL_PORTS = (None, 80, 443)
STORED = "stored"
"""The flag of a response whose bytes the archive held: they stand in for a 304."""


def session_of(crawler: Crawler) -> Session:
    """The session of the open run; raises RuntimeError when none is open."""
    session = ledger_of(crawler).session
    if session is None:
        raise RuntimeError("no run is open")
    return session


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
            raise Refused(reason, request.url)

    def reason(self, url: str) -> str | None:
        """Why `url` may not be asked (a word of `crawler.reasons.NOT_ASKED`); None when it may."""
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
            return "ip_address" if is_public(host) else "private_address"
        except ValueError:
            return None if in_domains(url, cast("NewsSpider", self.crawler.spider).domains) else "foreign_host"


class Redirects(RedirectMiddleware):
    """Scrapy's redirects; one too many, and one to what is no web address, are refused with their reason."""

    def process_response(  # Scrapy calls it without a spider
        self,
        request: Request,
        response: Response,
        spider: Spider | None = None,  # noqa: ARG002
    ) -> Request | Response:
        """The request for where an answer leads; raises Refused (redirect_loop, scheme)."""
        try:
            answer: Request | Response = super().process_response(request, response)
        except IgnoreRequest as error:
            raise Refused("redirect_loop", request.url) from error
        if answer is response and response.status in REDIRECTS and "Location" in response.headers:
            self.crawler.stats.inc_value("guard/refused/scheme")
            raise Refused("scheme", f"{request.url} leads to what is no web address")
        return answer


def anew(request: Request) -> Request:
    """The same request without the validators of an earlier answer."""
    again = request.replace(dont_filter=True, meta={**request.meta, "conditional": False, "last_capture": None})
    for name in ("If-None-Match", "If-Modified-Since"):
        again.headers.pop(name, None)
    return again


def undecodable(error: UndecodableError) -> str:
    """The word of `crawler.reasons` for a body that cannot be decoded."""
    if isinstance(error, TooLargeError):
        return "too_large"
    return "truncated" if isinstance(error, CutOffError) else "undecodable"


class Unpacking:
    """Undoes Content-Encoding as healing and replay do; what is too large, cut off or damaged is refused.

    Where stored bytes that stand in for a 304 are so, the paper is asked once more, for all of it: else an answer
    that was once cut off would stand in for the page as long as the page does not change.
    """

    ACCEPTED = "gzip, deflate, br, zstd"

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.limit = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Say what is understood."""
        request.headers.setdefault("Accept-Encoding", self.ACCEPTED)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The decoded answer, or another request; raises Refused (too_large, truncated, undecodable)."""
        if "Content-Encoding" not in response.headers:
            return response
        limit = request.meta.get("download_maxsize", self.limit)
        try:
            body = decoded(pairs(response), response.body, limit)
        except UndecodableError as error:
            if STORED in response.flags:
                session_of(self.crawler).done(request.meta["capture"])
                return anew(request)
            raise Refused(undecodable(error), f"{request.url}: {error}") from error
        headers = response.headers.copy()
        del headers["Content-Encoding"]
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        return response.replace(cls=kind, headers=headers, body=body)


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

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Give what has not changed the body it had, but for an article that was read from just these bytes.

        Where the archive has lost that body, the paper is asked once more, for all of it.
        """
        last = request.meta.get("last_capture")
        if response.status != HTTPStatus.NOT_MODIFIED or last is None:
            return response
        asked = request.meta.get("redirect_urls", [request.url])[0]
        store = session_of(self.crawler).store
        if request.meta.get("article") and store.is_read_from(asked, (last.file, last.offset)):
            return response
        try:
            record = warc.read(session_of(self.crawler).data, last.file, last.offset)
        except ArchiveError as error:
            logger.warning("asked again for %s, whose last bytes are lost: %s", request.url, error)
            session_of(self.crawler).done(request.meta["capture"])
            return anew(request)
        self.crawler.stats.inc_value("listing/unchanged")
        headers = Headers(record.headers)
        kind = responsetypes.from_args(headers=headers, url=request.url, body=record.body)
        return kind(request.url, 200, headers=headers, body=record.body, request=request, flags=[STORED])
