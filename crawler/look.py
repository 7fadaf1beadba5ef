"""A look at an unknown newspaper: from its front page to feeds, sitemaps, sections and a few articles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from archive.items import Article
from archive.schema import ArchiveError
from archive.urls import host, in_domains
from crawler import discovery, survey
from crawler.fixtures import page_of
from crawler.pages import read
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
    for url in dict.fromkeys(filter(look.is_article, [*look.listed, *inside, *stories])):
        if len(look.articles) == ARTICLES:
            return
        page = await fetch(url)
        if page is not None and is_article(page):
            look.articles.append(page)


def is_article(page: Page) -> bool:
    """Tell whether any known layout, or the generic reader, finds an article on a page."""
    return isinstance(read(page.body, page.url, layouts_for(page.url, None), content_type=page.content_type), Article)


def settle(look: Look, stories: Sequence[str]) -> None:
    """Derive the pattern of articles' addresses, from feeds and sitemaps first, and sort the sections by it."""
    look.pattern = survey.article_pattern(look.listed) or survey.article_pattern(stories)
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
        look.listed += [entry.url for entry in sitemap.entries] if sitemap else []
        if not named:
            return


def sitemap_in(page: Page | None) -> discovery.Sitemap | None:
    """Read a page as a sitemap; None for anything else."""
    try:
        return discovery.parse_sitemap(page.body, page.url) if page else None
    except discovery.NotXml:
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
        if entries := feed_in(page):
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
            entries = feed_in(page) if page else []
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
    except discovery.NotXml:
        return []


async def first(fetch: Fetch, urls: Iterable[str]) -> Page | None:
    """Return the first page that is to be had."""
    for url in urls:
        if (page := await fetch(url)) is not None:
            return page
    return None


def from_files(look: Look, files: Sequence[str]) -> None:
    """Take saved pages apart into a listing and articles; feeds are what they name, sections those of the menus."""
    from crawler.scout import Page  # Scrapy takes half a second to import

    site = (host(look.url).removeprefix("www."),)
    for path in files:
        page = Page(look.url, page_of(path))
        declared = survey.declared_addresses(survey.document_of(page))
        page = Page(next((url for url in declared if in_domains(url, site)), look.url), page.body)
        document = survey.document_of(page)
        look.sections += [url for url in survey.sections_of(document) if url not in look.sections]
        look.feeds += [url for url in survey.declared_feeds(document) if url not in look.feeds]
        look.listed += survey.stories_of(document)
        if is_article(page):
            look.articles.append(page)
            look.listed.append(page.url)
        else:
            look.listing = look.listing or page
    settle(look, look.listed)
