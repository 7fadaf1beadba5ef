"""NewsSpider: discovery → requests → responses into Article | Unchanged | Gone."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import scrapy
from scrapy.http import Request, Response

from archive.items import Item, Source
from crawler import discovery
from crawler.arguments import today, whole_number
from crawler.backfill import Period, article_rank, listed_by_onecms, listing_rank, page_after, past_of
from crawler.dates import ICT
from crawler.desk import Desk
from crawler.extensions import ledger_of
from crawler.feed_memory import FeedMemory
from crawler.handlers import Origin
from crawler.mending import MAX_BYTES, NotXml, decode
from crawler.resolver import ALLOWED_HOSTS
from crawler.sieve import BREATH, NESTED, Sieve
from crawler.trail import NO_PAGING, Trail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from scrapy.crawler import Crawler

    from crawler.discovery import Entry
    from crawler.pages import ArticlePage
    from crawler.session import Session

NO_CONTACT = "no contact address: set BAOTINH_CONTACT to an e-mail or web address at which the papers can reach you"
ANSWERS = [304, 404, 410]


class NewsSpider(scrapy.Spider):
    """A newspaper. A source sets class attributes, and overrides at most one hook.

    `number` is the source's own (1 to 9999, never reused); `feeds`, `sitemaps` and `sections` are addresses
    on the paper's site; `article_url` is searched in an address to tell articles from the rest; `layouts`
    are tried in order, the generic reader after them. `provinces_before` are the provinces up to June 2025
    that the paper now covers; `confidence` is the weakest grade of the facts that the source needs: raw (seen
    in a saved page), code (a working crawler uses it), url (an address was seen), guess. Arguments:
    `-a origin=URL` fetches from another place, `limit` (articles a run), `recheck` (due, all, none), `days`
    (how far back sitemaps are followed), `since` and `until` (a backfill of those days). A backfill asks for
    `archive` (an address with `{date}`, such as `{date:%Y-%m-%d}`) day by day. Section pages are followed by
    `pages` (`?paged={page}`) or, where they are ONECMS's, by its own requests for more; a backfill that has no other
    road follows their own links to further pages.
    """

    number: ClassVar[int]
    title: ClassVar[str]
    province: ClassVar[str | None] = None
    language: ClassVar[str] = "vi"
    family: ClassVar[str | None] = None
    allowed_domains: ClassVar[Sequence[str]]
    former_domains: ClassVar[tuple[str, ...]] = ()
    provinces_before: ClassVar[tuple[str, ...]] = ()
    confidence: ClassVar[str] = "guess"
    feeds: ClassVar[tuple[str, ...]] = ()
    sitemaps: ClassVar[tuple[str, ...]] = ()
    sections: ClassVar[tuple[str, ...]] = ()
    pages: ClassVar[str | None] = None
    archive: ClassVar[str | None] = None
    article_url: ClassVar[str] = r"^https?://[^/]+/.*\d{5,}"
    layouts: ClassVar[tuple[type[ArticlePage], ...]] = ()

    def __init__(
        self, *args: Any, origin: str | None = None, limit: str | int | None = None, recheck: str = "due",
        days: str | int = 7, since: str | None = None, until: str | None = None, **unknown: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args)
        if unknown:  # a mistyped origin would send the crawl to the paper itself
            raise ValueError(f"no argument {min(unknown)!r}: give origin, limit, recheck, days, since or until")
        self.mirror = None if origin is None else Origin(origin, self.home, self.domains)
        self.limit = None if limit is None else whole_number("limit", limit)
        if recheck not in {"due", "all", "none"}:
            raise ValueError(f"recheck={recheck}: give due, all or none")
        self.recheck, self.days = recheck, whole_number("days", days)
        self.period = Period.of(since, until) if since or until else None
        self.pattern = re.compile(self.article_url)
        self.feed_memory = FeedMemory()
        self.sitemaps_asked: set[str] = set()
        if self.mirror is not None:
            ALLOWED_HOSTS.add(self.mirror.hostname.lower())

    @property
    def home(self) -> str:
        """The paper's front page."""
        return f"https://{self.allowed_domains[0]}/"

    @property
    def domains(self) -> tuple[str, ...]:
        """The hosts that may be asked, former ones too."""
        return (*self.allowed_domains, *self.former_domains)

    @property
    def listings(self) -> tuple[str, ...]:
        """Every address at which discovery begins."""
        return (*self.feeds, *self.sitemaps, *self.sections)

    @property
    def session(self) -> Session:
        """The open run; raises RuntimeError when none is."""
        session = ledger_of(self.crawler).session
        if session is None:
            raise RuntimeError("no run is open")
        return session

    @classmethod
    def as_source(cls) -> Source:
        """This newspaper as a row of the table `sources`."""
        domains = (*cls.allowed_domains, *cls.former_domains)
        return Source(cls.name, cls.number, cls.title, cls.province, domains, cls.family, cls.language)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        """Scrapy's constructor; raises ValueError without a contact address, unless only loopback is asked.

        A backfill raises it too, where nothing can have been published on its days or no road leads there.
        """
        spider: NewsSpider = super().from_crawler(crawler, *args, **kwargs)
        if not crawler.settings["CONTACT"] and not (spider.mirror and spider.mirror.is_loopback):
            raise ValueError(NO_CONTACT)
        if spider.period is not None:
            spider.period = past_of(cls, spider.period, today(crawler.settings))
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Requests for every listing, then for the known articles whose recheck is due."""
        first = 10 if self.period is None else 2 * self.period.until.toordinal() + 1
        for url in () if self.period else self.feeds:
            yield self.listing(url, self.parse_feed)
        for url in self.sitemaps:
            self.sitemaps_asked.add(url)
            yield self.listing(url, self.parse_sitemap, first)
        for url in self.sections:
            yield self.listing(url, self.parse_section)
        if self.period is not None and self.archive is not None:
            for day in self.period.days():
                yield self.listing(self.archive.format(date=day), self.parse_section, 2 * day.toordinal())
        for url in self.due():
            yield self.article(url, priority=0)

    def due(self) -> list[str]:
        """The addresses of known articles that are to be looked at again in this run."""
        now, budget = self.session.now(), self.crawler.settings.getint("RUN_RECHECKS") or None
        if self.recheck == "none" or self.period:
            return []
        everything = self.recheck == "all"
        ahead = timedelta(days=3650) if everything else timedelta()
        urls = self.session.store.due(self.name, now + ahead, None if everything else budget)
        return [url for url in urls if self.sieve.first_time(url)]

    def listing(self, url: str, callback: Any, priority: int = 10, **meta: Any) -> Request:
        """A request for a feed, sitemap or section page; `meta` is handed to its callback."""
        self.crawler.stats.inc_value("listing/asked")
        road = callback.__name__.removeprefix("parse_")
        if road == "sitemap":
            meta["download_maxsize"] = MAX_BYTES
        return Request(
            url, callback=callback, errback=self.listing_failed, dont_filter=True, priority=priority,
            meta={"conditional": True, "road": road, **meta},
        )  # fmt: skip

    def article(self, url: str, priority: int = 5) -> Request:
        """A request for an article page."""
        return Request(
            url, callback=self.parse_article, errback=self.article_failed, dont_filter=True, priority=priority,
            meta={"article": True, "conditional": True, "handle_httpstatus_list": ANSWERS},
        )  # fmt: skip

    def parse_feed(self, response: Response) -> Iterator[Any]:
        """Article requests out of an RSS or Atom feed."""
        try:
            entries = discovery.parse_feed(response.body, response.url, self.sieve.passed_over)
        except NotXml as error:
            self.desk.broken(response, error)
            return
        self.desk.answered(response)
        self.feed_memory.note(map(self.owned, entries))
        yield from self.entries(response, entries)

    async def parse_sitemap(self, response: Response) -> AsyncIterator[Any]:
        """Article requests out of a sitemap, or requests for the recent ones that an index names."""
        try:
            sitemap = discovery.parse_sitemap(response.body, response.url, self.sieve.passed_over)
            follow = self.named_by_index if sitemap.is_index else self.entries
            for number, entry in enumerate(sitemap.entries):
                if number % BREATH == 0:
                    await asyncio.sleep(0)
                for request in follow(response, [entry], self.wanted):
                    yield request
        except NotXml as error:
            self.desk.broken(response, error)
            return
        self.desk.answered(response)

    def named_by_index(self, response: Response, entries: Iterable[Entry], wanted: Period) -> Iterator[Request]:
        """Requests for the sitemaps that an index names, each once, if they may list articles of the `wanted` days."""
        depth = response.meta.get("indexes", 0) + 1
        for entry in map(self.owned, entries):
            if entry.url in self.sitemaps_asked or not wanted.may_list(entry):
                continue
            if depth > NESTED:
                self.sieve.passed_over("nested index")
                continue
            self.sitemaps_asked.add(entry.url)
            yield self.listing(entry.url, self.parse_sitemap, listing_rank(entry), indexes=depth)

    @cached_property
    def wanted(self) -> Period:
        """The days whose sitemaps are followed: those of a backfill, else the last `days`."""
        now = self.session.now().astimezone(ICT).date()
        return self.period or Period(now - timedelta(days=self.days), now + timedelta(days=1))

    def parse_section(self, response: Response) -> Iterator[Any]:
        """Article requests out of a section page, and a request for the page after it while that is worth it."""
        text = response.text if hasattr(response, "text") else decode(response.body)
        found = [discovery.Entry(url) for url in discovery.articles(text, response.url, self.pattern)]
        self.desk.answered(response)
        seek = self.period is not None and not (self.sitemaps or self.archive)
        more, is_list = page_after(text, response.url, self.pages, seek=seek)
        if seek and more is None and "trail" not in response.meta:
            self.sieve.passed_over(NO_PAGING)
        yield from self.followed(response, found, more, self.parse_more if is_list else self.parse_section)
        yield from self.entries(response, found, self.period)

    def parse_more(self, response: Response) -> Iterator[Any]:
        """Article requests out of what ONECMS lists after a section page, and a request for what follows."""
        try:
            found, following = listed_by_onecms(response.body, response.url)
        except (TypeError, ValueError) as error:
            self.desk.broken(response, error)
            return
        self.desk.answered(response)
        yield from self.followed(response, found, following, self.parse_more)
        yield from self.entries(response, found, self.period)

    def followed(self, response: Response, found: list[Entry], more: str | None, callback: Any) -> Iterator[Request]:
        """A request for the page `more` after a section page, asked when the articles of this one have been."""
        trail: Trail = response.meta.get("trail") or Trail()
        if more is not None and trail.goes_on(found, self.session.store, self.period, self.sieve.passed_over):
            yield self.listing(more, callback, 1, trail=trail)

    def entries(self, response: Response, found: Iterable[Entry], period: Period | None = None) -> Iterator[Any]:
        """Requests for those entries of a listing that are articles, are not known and are within the limit."""
        for entry in map(self.owned, found):
            if self.sieve.holds_back(entry, period):
                yield from self.desk.aliases(entry.url, response.meta["capture"])
                continue
            self.crawler.stats.inc_value("discovery/listed")
            page = discovery.page_of(entry.url, self.pattern)
            is_first = page is not None and self.sieve.first_time(entry.url)
            if self.session.store.is_known(entry.url):
                yield from self.desk.judge.listed([entry], response.meta["capture"])
                continue
            self.desk.named.take(entry.url, response.meta["capture"])
            if page is None:
                self.sieve.passed_over("dressed")  # asked for where a listing names the page itself
            elif is_first and self.sieve.has_room():
                yield self.article(page, article_rank(entry, response.url, self.period))

    def own(self, url: str) -> str:
        """The paper's own address where a listing of a mirror names the mirror."""
        return self.mirror.back(url) if self.mirror is not None else url

    def owned(self, entry: Entry) -> Entry:
        """An entry under the paper's own address."""
        return entry if self.mirror is None else replace(entry, url=self.own(entry.url))

    @cached_property
    def sieve(self) -> Sieve:
        """What this run passes over."""
        room = self.crawler.settings.getint("RUN_REQUESTS")
        return Sieve(self.pattern, self.domains, self.limit, room, self.crawler.stats.inc_value)

    @cached_property
    def desk(self) -> Desk:
        """Where the answers of this run are read and judged."""
        return Desk(self)

    async def parse_article(self, response: Response) -> AsyncIterator[Item]:
        """What one answer to an article request means for the archive."""
        async for item in self.desk.items(response):
            yield item

    def listing_failed(self, failure: Any) -> None:
        """Count a listing that did not answer (`failure` is Twisted's)."""
        self.desk.failed(failure, "listing")

    def article_failed(self, failure: Any) -> None:
        """Count an article page that did not answer (`failure` is Twisted's)."""
        self.desk.failed(failure, "article")
