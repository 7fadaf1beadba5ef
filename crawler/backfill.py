"""Backfill: a source's past between two days, newest first, out of dated sitemaps, archives and page numbers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.arguments import day
from crawler.dates import ICT, parse_date
from crawler.discovery import Entry, absolute
from crawler.paging import following

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.base import NewsSpider

SPLIT_DAY = re.compile(r"(?<!\d)(20\d\d)[-/_.](\d{1,2})(?:[-/_.](\d{1,2}))?(?!\d)")
JOINED_DAY = re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?(?!\d)")
MONTH_FOLDER = re.compile(r"/(20\d\d)(0[1-9]|1[0-2])()/")
LIST_ID = re.compile(r'<li[^>]*\bpid="(\d{1,12})"')
CHANNEL = re.compile(r'\bonecms__loading"[^>]*\bdata-channel="(\d{1,9})"')
PAGE_NUMBER = re.compile(r"([?&](?:paged|page|trang|p)=)(\d{1,6})")
NO_ROAD = "knows no road into its past: give its spider a `sitemaps`, a dated `archive`, or `sections`"
SOONEST, LATER = 10, 5
"""Priorities of listings, and of articles, that name no day."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days `since` to `until`, both included, in the paper's zone."""

    since: date
    until: date

    @classmethod
    def of(cls, since: str | None, until: str | None) -> Period:
        """The period between two days as YYYY-MM-DD, or the one day `since`; raises ValueError for anything else."""
        if not since:
            raise ValueError(f"until={until}: give since as well")
        period = cls(day("since", since), day("until", until or since))
        if period.until < period.since:
            raise ValueError(f"until={until} lies before since={since}")
        return period

    def up_to(self, today: date) -> Period:
        """As much of the period as has passed; raises ValueError where none of it has."""
        if self.since > today:
            raise ValueError(f"{self.since} lies in the future: nothing can have been published then")
        return Period(self.since, min(self.until, today))

    def may_list(self, entry: Entry) -> bool:
        """Whether a sitemap of an index may name articles of these days; one that does not say may."""
        covered = days_of(entry.url)
        if covered is not None:
            return covered[0] <= self.until and covered[1] >= self.since
        return entry.when is None or entry.when.date() >= self.since

    def may_hold(self, entry: Entry) -> bool:
        """Whether an entry may be an article of these days: what was changed later may have been printed then."""
        month = days_in(MONTH_FOLDER, entry.url)
        if month is not None and (month[0] > self.until or month[1] < self.since):
            return False
        if entry.when is None:
            return True
        when = entry.when.astimezone(ICT).date()
        return when >= self.since and (when <= self.until or not entry.is_published)

    def is_over_at(self, entry: Entry) -> bool:
        """Whether an entry was published before these days; one that does not say was not."""
        month = days_in(MONTH_FOLDER, entry.url)
        if month is not None:
            return month[1] < self.since
        return entry.when is not None and entry.is_published and entry.when.astimezone(ICT).date() < self.since

    def days(self) -> Iterator[date]:
        """Every day, newest first."""
        for back in range((self.until - self.since).days + 1):
            yield self.until - timedelta(days=back)


def past_of(source: type[NewsSpider], period: Period, today: date) -> Period:
    """As much of a period as can be looked for; raises ValueError where the source knows no road into its past."""
    if not (source.sitemaps or source.archive or source.sections):
        raise ValueError(f"{source.name} {NO_ROAD}")
    return period.up_to(today)


def day_of(entry: Entry) -> date | None:
    """The day on which an entry was published, the last one of the month that its address names; None if unknown."""
    if entry.when is not None and entry.is_published:
        return entry.when.astimezone(ICT).date()
    month = days_in(MONTH_FOLDER, entry.url)
    return None if month is None else month[1]


def days_of(url: str) -> tuple[date, date] | None:
    """The first and last day that the address of a listing names, or None.

    Such as `…-2026-09-01.xml`, `…-2026-9.xml`, `…-20260901.xml`, `…/202609/…`, `…?d=2026-09-01`; a year alone may
    be the number of a page.
    """
    return days_in(SPLIT_DAY, url) or days_in(JOINED_DAY, url)


def days_in(form: re.Pattern[str], url: str) -> tuple[date, date] | None:
    """The first and last day that the first match of `form` in an address stands for; None without a real one."""
    parts = urlsplit(url)
    match = form.search(f"{parts.path}?{parts.query}")
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(year or 0, month or 0, 1 if day is None else day)
    except ValueError:
        return None
    if day is not None:
        return first, first
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def listing_rank(entry: Entry) -> int:
    """A request priority: the later the days that a listing covers, the sooner it is asked."""
    covered = days_of(entry.url)
    if covered is not None:
        return 2 * covered[1].toordinal()
    return 2 * entry.when.date().toordinal() if entry.when is not None else SOONEST


def article_rank(entry: Entry, listing: str, period: Period | None) -> int:
    """A request priority: in a backfill, after the listings of its own day and before those of earlier days.

    An article that names no day is taken to be of the last one that the address of its `listing` names.
    """
    covered = days_of(listing)
    day = entry.when.astimezone(ICT).date() if entry.when is not None else covered and covered[1]
    return LATER if day is None or period is None else 2 * day.toordinal() - 1


def next_page(url: str, first: str) -> str:
    """The address of the page after `url`, by the page number in it; `first` is the pattern, `?paged={page}`."""
    if PAGE_NUMBER.search(url) is not None:
        return PAGE_NUMBER.sub(lambda match: f"{match[1]}{int(match[2]) + 1}", url, count=1)
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlsplit(first.format(page=2)).query))


def page_after(page: str, url: str, first: str | None, *, seek: bool) -> tuple[str | None, bool]:
    """The address of what follows a section page, None at the end, and whether that is ONECMS's list in JSON.

    `first` is the pattern of the page numbers, where it is known. Else `seek` says to look for a link to the page.
    """
    if first is not None:
        return next_page(url, first), False
    more = more_of_onecms(page, url)
    return (more, True) if more is not None or not seek else (following(page, url), False)


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
    entries = [entry for item in found if isinstance(item, dict) and (entry := _row_of_onecms(item, url)) is not None]
    numbers = [re.findall(r"\d{4,12}", entry.url) for entry in entries]
    last = numbers[-1][-1] if numbers and numbers[-1] else None
    following = re.sub(r"(_)\d+(_\d+_\d*)$", rf"\g<1>{last}\g<2>", url) if last else None
    return entries, following if following != url else None


def _row_of_onecms(item: dict[str, Any], url: str) -> Entry | None:
    address = absolute(str(item.get("LinktoMe2") or ""), url)
    raw = str(item.get("Time_ddMMyyyyHHmm") or "") or None
    title = str(item.get("Title") or "") or None
    when = parse_date(raw) if raw else None
    return None if address is None else Entry(address, title, when, raw, is_published=raw is not None)
