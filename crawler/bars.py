"""Listings that keep us out with status 200: a challenge or a login in place of a feed, sitemap or section."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from crawler.charsets import as_utf8
from crawler.discovery import articles
from crawler.documents import Document
from crawler.manners import Breaker
from crawler.reasons import Refused
from crawler.verdicts import asks_password, challenged, not_markup, other_file

if TYPE_CHECKING:
    import re
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.base import NewsSpider


class Bars:
    """Refuses such answers to listing requests (their meta holds `road`); any other ends a row of failures."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Raise Refused for a listing that is a challenge or a login."""
        if "road" not in request.meta or response.status != HTTPStatus.OK:
            return response
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        pattern = cast("NewsSpider", self.crawler.spider).pattern
        reason = bar(response.body, response.url, kind, pattern)
        if reason is not None:
            raise Refused(reason, response.url)
        breaker = self.crawler.get_extension(Breaker)
        if breaker is not None:
            breaker.succeeded("listing")
        return response


def bar(body: bytes, url: str, content_type: str, pattern: re.Pattern[str]) -> str | None:
    """What stands in the way: challenge, login, or None; a page that names articles is a listing. Pure."""
    if other_file(body, None) is not None:
        return None
    page = as_utf8(body, content_type)
    if other_file(page, None) is not None or not_markup(page) is not None:  # without its mark, it may be XML
        return None
    document = Document(page, url)
    reason = "challenge" if challenged(document) else "login" if asks_password(document) else None
    return None if reason is None or articles(page, url, pattern) else reason
