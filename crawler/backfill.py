"""Backfill: a source's past between two days, newest first, out of dated sitemaps, archives and page numbers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.arguments import day
from crawler.discovery import Entry, absolute

if TYPE_CHECKING:
    from collections.abc import Iterator

DATE_IN_ADDRESS = re.compile(r"(20\d\d)[-/](\d{1,2})(?:[-/](\d{1,2}))?(?!\d)")
LIST_ID = re.compile(r'<li[^>]*\bpid="(\d{1,12})"')
CHANNEL = re.compile(r'\bonecms__loading"[^>]*\bdata-channel="(\d{1,9})"')
PAGE_NUMBER = re.compile(r"([?&](?:paged|page|trang|p)=)(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Period:
    """The days `since` to `until`, both included, in the paper's zone."""

    since: date
    until: date

    @classmethod
    def of(cls, since: str, until: str) -> Period:
        """The period between two days as YYYY-MM-DD; raises ValueError for anything else, or the wrong order."""
        period = cls(day("since", since), day("until", until))
        if period.until < period.since:
            raise ValueError(f"until={until} lies before since={since}")
        return period

    def may_list(self, entry: Entry) -> bool:
        """Whether a sitemap of an index may name articles of these days; one that does not say may."""
        covered = days_of(entry.url)
        if covered is not None:
            return covered[0] <= self.until and covered[1] >= self.since
        return entry.when is None or entry.when.date() >= self.since

    def may_hold(self, entry: Entry) -> bool:
        """Whether an entry may be an article of these days: what was changed later may have been printed then."""
        return entry.when is None or entry.when.date() >= self.since

    def days(self) -> Iterator[date]:
        """Every day, newest first."""
        for back in range((self.until - self.since).days + 1):
            yield self.until - timedelta(days=back)


def days_of(url: str) -> tuple[date, date] | None:
    """The first and last day that an address such as `…-2026-09-01.xml` or `…-2026-9.xml` names, or None."""
    match = DATE_IN_ADDRESS.search(urlsplit(url).path)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(year or 0, month or 0, day or 1)
    except ValueError:
        return None
    if day is not None:
        return first, first
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def newest_first(entry: Entry) -> int:
    """A request priority: the later the days that a listing covers, the sooner it is asked."""
    covered = days_of(entry.url)
    if covered is not None:
        return covered[1].toordinal()
    return entry.when.date().toordinal() if entry.when is not None else 0


def next_page(url: str, first: str) -> str:
    """The address of the page after `url`, by the page number in it; `first` is the pattern, `?paged={page}`."""
    if PAGE_NUMBER.search(url) is not None:
        return PAGE_NUMBER.sub(lambda match: f"{match[1]}{int(match[2]) + 1}", url, count=1)
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlsplit(first.format(page=2)).query))


def more_of_onecms(page: str, url: str) -> str | None:
    """The address that ONECMS asks for what follows the last article of a section page; None at the end."""
    channel, ids = CHANNEL.search(page), LIST_ID.findall(page)
    if channel is None or not ids:
        return None
    return urljoin(url, f"/api/getMoreArticle/channel__{ids[-1]}_{channel[1]}_0")


def listed_by_onecms(body: bytes, url: str) -> tuple[list[Entry], str | None]:
    """The articles in an answer of `/api/getMoreArticle`, and the address that asks for those after them.

    Raises ValueError when the answer is not the JSON list that it should be.
    """
    found: Any = json.loads(body)
    if not isinstance(found, list):
        raise TypeError("not a list")
    links = [str(item.get("LinktoMe2") or "") for item in found if isinstance(item, dict)]
    entries = [Entry(address) for link in links if (address := absolute(link, url)) is not None]
    numbers = [re.findall(r"\d{4,12}", entry.url) for entry in entries]
    last = numbers[-1][-1] if numbers and numbers[-1] else None
    following = re.sub(r"(_)\d+(_\d+_\d*)$", rf"\g<1>{last}\g<2>", url) if last else None
    return entries, following if following != url else None
