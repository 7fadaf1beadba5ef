"""A look at an unknown newspaper: from its front page to feeds, sitemaps, sections and a few articles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from archive.items import Article
from archive.schema import ArchiveError
from archive.urls import in_domains
from crawler import discovery, survey
from crawler.mending import NotXml
from crawler.pages import NotArticle, read
from crawler.parse import layouts_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.scout import Fetch, Page
    from crawler.survey import Pattern

USUAL_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/sitemap-news.xml")
USUAL_FEEDS = ("/rss", "/rss.xml", "/feed")
FEEDS_OF_SECTIONS = ("/rss{path}", "/rss{path}.rss")
ARTICLE_SITEMAP = re.compile(r"article|news|post|\b20\d\d\b", re.IGNORECASE)
MOST_LISTINGS = 8
"""Feeds, and sitemaps, that are asked for at most: each takes a second."""
ARTICLES = 3
NO_SITE = frozenset({"challenge", "needs-javascript", "not-html", "login", "soft-404", "empty"})
MOST_TRIES = 12
"""Pages that are asked for at most to find the articles: a feed may list nothing but dead links."""


@dataclass
class Look:
    """What was found on a site: pages as received, addresses that answered, addresses of articles."""

    url: str
    front: Page | None = None
    listing: Page | None = None
    articles: list[Page] = field(default_factory=list)
    feeds: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    pattern: Pattern | None = None
    missing: list[str] = field(default_factory=list)

    @property
    def roads(self) -> list[tuple[str, list[str]]]:
        """The addresses at which discovery begins, by kind."""
        return [("feeds", self.feeds), ("sitemaps", self.sitemaps), ("sections", self.sections)]

    @property
    def why(self) -> str:
        """In brackets why pages were not to be had, "" where all were."""
        return f" ({'; '.join(self.missing)})" if self.missing else ""

    def own(self, entries: Iterable[str]) -> list[str]:
        """The addresses among a listing's entries that lie on the paper's own site."""
        home = ((urlsplit(self.url).hostname or "").removeprefix("www."),)
        return [url for url in entries if in_domains(url, home)]

    def is_article(self, url: str) -> bool:
        """Tell whether an address is that of an article, as far as the pattern goes."""
        return self.pattern is not None and re.search(self.pattern.regex, url) is not None


def from_site(look: Look, origin: str | None) -> None:
    """Fetch what is needed; raises ArchiveError when the front page is not to be had."""
    from crawler.scout import send  # Scrapy takes half a second to import

    async def errand(fetch: Fetch) -> None:
        look.front = await fetch(look.url)
        if look.front is not None:
            await walk(look, look.front, fetch)

    missing = send(errand, look.url, origin)
    look.missing = [f"{count} × {reason}" for reason, count in missing.items()]
    if look.front is None:
        raise ArchiveError(f"{look.url}: {next(iter(missing), 'no answer')}")
    seen = reading_of(look.front)
    if not look.articles and isinstance(seen, NotArticle) and seen.reason in NO_SITE:
        raise ArchiveError(f"{look.url} shows nothing to a crawler: {seen.detail}")


async def walk(look: Look, front: Page, fetch: Fetch) -> None:
    """Go from the front page to feeds, sitemaps, a section and three articles."""
    document = survey.document_of(front)
    look.sections = survey.sections_of(document)
    await find_sitemaps(look, front, fetch)
    await find_feeds(look, survey.declared_feeds(document), fetch)
    stories = survey.stories_of(document)
    settle(look, stories)
    look.listing = await first(fetch, look.sections) or front
    inside = survey.stories_of(survey.document_of(look.listing))
    await find_articles(look, [inside, look.listed, stories], fetch)


async def find_articles(look: Look, listings: Sequence[Sequence[str]], fetch: Fetch) -> None:
    """Ask for three articles, of each listing in turn; any headline's page where no pattern of addresses recurs."""
    turns = [url for turn in zip_longest(*(urls[:MOST_TRIES] for urls in listings)) for url in turn if url]
    addresses = [url for url in turns if look.pattern is None or look.is_article(url)]
    for url in list(dict.fromkeys(addresses))[:MOST_TRIES]:
        page = await fetch(url)
        if page is not None and is_article(page) and all(page.url != known.url for known in look.articles):
            look.articles.append(page)
        if len(look.articles) == ARTICLES:
            return


def is_article(page: Page) -> bool:
    """Tell whether any known layout, or the generic reader, finds an article on a page."""
    return isinstance(reading_of(page), Article)


def reading_of(page: Page) -> Article | NotArticle:
    """Read a page with the layouts of its paper, or of all."""
    return read(page.body, page.url, layouts_for(page.url, None), content_type=page.content_type)


def settle(look: Look, stories: Sequence[str], read: Sequence[str] = ()) -> None:
    """Derive the pattern of articles' addresses, from feeds and sitemaps first, and sort the sections by it.

    `read` are addresses at which articles were read already.
    """
    look.pattern = survey.article_pattern(look.listed, read) or survey.article_pattern(stories)
    look.sections = [url for url in look.sections if not look.is_article(url)]


async def find_sitemaps(look: Look, front: Page, fetch: Fetch) -> None:
    """Ask for the sitemaps that robots.txt names, else at the usual addresses; note the articles they list."""
    robots = await fetch(urljoin(front.url, "/robots.txt"))
    named = survey.robots_sitemaps(robots) if robots else []
    for url in named[:MOST_LISTINGS] or [urljoin(front.url, path) for path in USUAL_SITEMAPS]:
        sitemap = sitemap_in(await fetch(url))
        if sitemap is None:
            continue
        look.sitemaps.append(url)
        if sitemap.is_index:
            entries = [entry for entry in sitemap.entries if ARTICLE_SITEMAP.search(entry.url)]
            newest = max(entries or sitemap.entries, key=lambda entry: (entry.raw or "", entry.url), default=None)
            sitemap = sitemap_in(await fetch(newest.url)) if newest else None
        look.listed += look.own(entry.url for entry in sitemap.entries) if sitemap else []
        if not named:
            return


def sitemap_in(page: Page | None) -> discovery.Sitemap | None:
    """Read a page as a sitemap; None for anything else."""
    if page is None:
        return None
    try:
        found = discovery.parse_sitemap(page.body, page.url)
        return discovery.Sitemap(found.is_index, tuple(found.entries))
    except NotXml:
        return None


async def find_feeds(look: Look, declared: Sequence[str], fetch: Fetch) -> None:
    """Ask for the feeds that pages name, else at the usual addresses, else for one a section."""
    usual = [urljoin(look.url, path) for path in USUAL_FEEDS]
    waiting = list(declared)[:MOST_LISTINGS] or usual
    while waiting and len(look.feeds) < MOST_LISTINGS:
        url = waiting.pop(0)
        page = await fetch(url)
        if page is None:
            continue
        if entries := look.own(feed_in(page)):
            look.feeds.append(url)
            look.listed += entries
        elif url in (*declared, *usual) and not look.feeds:  # a page that lists the feeds
            waiting += [new for new in survey.declared_feeds(survey.document_of(page)) if new not in (*waiting, url)]
    if not look.feeds:
        await feeds_of_sections(look, fetch)


async def feeds_of_sections(look: Look, fetch: Fetch) -> None:
    """Ask for a feed of the first section in each of the usual forms; the form that answers is that of the others."""
    for form in FEEDS_OF_SECTIONS if look.sections else ():
        for section in look.sections[:MOST_LISTINGS]:
            url = urljoin(look.url, form.format(path=urlsplit(section).path.rstrip("/")))
            page = await fetch(url)
            entries = look.own(feed_in(page)) if page else []
            if not entries:
                break
            look.feeds.append(url)
            look.listed += entries
        if look.feeds:
            return


def feed_in(page: Page) -> list[str]:
    """Return the addresses that a feed lists; none for anything else."""
    try:
        return [entry.url for entry in discovery.parse_feed(page.body, page.url)]
    except NotXml:
        return []


async def first(fetch: Fetch, urls: Iterable[str]) -> Page | None:
    """Return the first page that is to be had."""
    for url in urls:
        if (page := await fetch(url)) is not None:
            return page
    return None
