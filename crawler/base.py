"""NewsSpider: discovery → requests → responses into Article | Unchanged | Gone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import scrapy
from scrapy.http import Request, Response

from archive.items import Item, Source
from archive.urls import canonical, in_domains
from crawler import discovery
from crawler.arguments import whole_number
from crawler.backfill import Period, listed_by_onecms, more_of_onecms, newest_first, next_page
from crawler.dates import ICT
from crawler.desk import Desk
from crawler.extensions import ledger_of
from crawler.feed_memory import FeedMemory
from crawler.handlers import Origin
from crawler.resolver import ALLOWED_HOSTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

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
    `archive` (an address with `{date}`, such as `{date:%Y-%m-%d}`) day by day, and follows section pages by
    `pages` (`?paged={page}`).
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
        days: str | int = 7, since: str | None = None, until: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.mirror = Origin(origin, self.home, self.domains) if origin else None
        self.limit = None if limit is None else whole_number("limit", limit)
        if recheck not in {"due", "all", "none"}:
            raise ValueError(f"recheck={recheck}: give due, all or none")
        self.recheck, self.days = recheck, whole_number("days", days)
        self.period = Period.of(since, until or since) if since else None
        self.pattern = re.compile(self.article_url)
        self.feed_memory = FeedMemory()
        self.asked: set[str] = set()
        self.new_asked = 0
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
        """Scrapy's constructor; raises ValueError without a contact address, unless only loopback is asked."""
        spider: NewsSpider = super().from_crawler(crawler, *args, **kwargs)
        if not crawler.settings["CONTACT"] and not (spider.mirror and spider.mirror.is_loopback):
            raise ValueError(NO_CONTACT)
        return spider

    # Discovery

    async def start(self) -> AsyncIterator[Any]:
        """Requests for every listing, then for the known articles whose recheck is due."""
        for url in () if self.period else self.feeds:
            yield self.listing(url, self.parse_feed)
        for url in self.sitemaps:
            yield self.listing(url, self.parse_sitemap)
        for url in self.sections:
            yield self.listing(url, self.parse_section)
        if self.period is not None and self.archive is not None:
            for day in self.period.days():
                yield self.listing(self.archive.format(date=day), self.parse_section, day.toordinal())
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
        return [url for url in urls if self.first_time(url)]

    def listing(self, url: str, callback: Any, priority: int = 10) -> Request:
        """A request for a feed, sitemap or section page."""
        self.crawler.stats.inc_value("listing/asked")
        return Request(
            url, callback=callback, errback=self.listing_failed, dont_filter=True, priority=priority,
            meta={"conditional": True, "road": callback.__name__.removeprefix("parse_")},
        )  # fmt: skip

    def article(self, url: str, priority: int = 5) -> Request:
        """A request for an article page."""
        return Request(
            url, callback=self.parse_article, errback=self.article_failed, dont_filter=True, priority=priority,
            meta={"article": True, "conditional": True, "handle_httpstatus_list": ANSWERS},
        )  # fmt: skip

    def parse_feed(self, response: Response) -> Iterator[Any]:
        """Article requests out of an RSS or Atom feed."""
        yield from self.entries(response, lambda: self.remembered(discovery.parse_feed(response.body, response.url)))

    def remembered(self, entries: list[Entry]) -> list[Entry]:
        """The entries of a feed, noted for the articles that they name."""
        own = [replace(entry, url=self.own(entry.url)) for entry in entries]
        self.feed_memory.note(own)
        return own

    def parse_sitemap(self, response: Response) -> Iterator[Any]:
        """Article requests out of a sitemap, or requests for the recent ones that an index names."""
        try:
            sitemap = discovery.parse_sitemap(response.body, response.url)
        except discovery.NotXml as error:
            self.broken(response, error)
            return
        if not sitemap.is_index:
            yield from self.entries(response, lambda: list(sitemap.entries))
            return
        self.answered(response)
        for entry in sitemap.entries:
            url = self.own(entry.url)
            if self.wanted.may_list(entry) and url not in self.asked:
                self.asked.add(url)
                yield self.listing(url, self.parse_sitemap, max(newest_first(entry), 10))

    @cached_property
    def wanted(self) -> Period:
        """The days whose sitemaps are followed: those of a backfill, else the last `days`."""
        today = self.session.now().astimezone(ICT).date()
        return self.period or Period(today - timedelta(days=self.days), today)

    def parse_section(self, response: Response) -> Iterator[Any]:
        """Article requests out of a section page, and in a backfill a request for the page after it."""
        text = response.text if hasattr(response, "text") else discovery.decode(response.body)
        found = [discovery.Entry(url) for url in discovery.articles(text, response.url, self.pattern)]
        asked = len(self.asked)
        yield from self.entries(response, lambda: found)
        if self.period is None or len(self.asked) == asked:
            return
        if self.pages is not None:
            yield self.listing(next_page(response.url, self.pages), self.parse_section)
        elif (more := more_of_onecms(text, response.url)) is not None:
            yield self.listing(more, self.parse_more)

    def parse_more(self, response: Response) -> Iterator[Any]:
        """Article requests out of what ONECMS lists after a section page, and a request for what follows."""
        try:
            found, following = listed_by_onecms(response.body, response.url)
        except (TypeError, ValueError) as error:
            self.broken(response, error)
            return
        asked = len(self.asked)
        yield from self.entries(response, lambda: found)
        if following is not None and len(self.asked) > asked:
            yield self.listing(following, self.parse_more)

    def entries(self, response: Response, parse: Any) -> Iterator[Any]:
        """Requests for those entries of a listing that are articles, are not known and are within the limit."""
        try:
            found = parse()
        except discovery.NotXml as error:
            self.broken(response, error)
            return
        self.answered(response)
        for entry in found:
            url = self.own(entry.url)
            if not self.pattern.search(url) or not in_domains(url, self.domains):
                continue
            if self.period and not self.period.may_hold(entry):
                continue
            self.crawler.stats.inc_value("discovery/listed")
            is_first = self.first_time(url)
            if self.session.store.is_known(url):
                yield from self.desk.judge.feed_items([replace(entry, url=url)], response.meta["capture"])
            elif is_first and self.within_limit():
                yield self.article(url)

    def own(self, url: str) -> str:
        """The paper's own address where a listing of a mirror names the mirror."""
        return self.mirror.back(url) if self.mirror is not None else url

    def first_time(self, url: str) -> bool:
        """Whether no twin of `url` was asked in this run; remembers it."""
        try:
            key = canonical(url)
        except ValueError:
            self.crawler.stats.inc_value("discovery/bad address")
            return False
        if key in self.asked:
            return False
        self.asked.add(key)
        return True

    def within_limit(self) -> bool:
        """Whether one more new article may be asked; counts it."""
        self.new_asked += 1
        if self.limit is None or self.new_asked <= self.limit:
            return True
        self.crawler.stats.inc_value("discovery/over limit")
        return False

    def answered(self, response: Response) -> None:
        """Count a listing that answered, by its road: feed, sitemap or section."""
        self.crawler.stats.inc_value("listing/answered")
        self.crawler.stats.inc_value(f"roads/{response.meta['road']}")

    def broken(self, response: Response, error: Exception) -> None:
        """Count a listing that cannot be read."""
        self.crawler.stats.inc_value("listing/failed")
        self.logger.warning("cannot read the listing %s: %s", response.url, error)

    # Articles: what comes back goes to the reading desk.

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
