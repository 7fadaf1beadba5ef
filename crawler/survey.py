"""What can be told of an unknown site from a few of its pages: family, sections, the address pattern of articles."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from archive.items import Article
from archive.text import fold
from archive.urls import in_domains
from crawler.charsets import as_utf8
from crawler.documents import Document
from crawler.fields import select, text_of, tidy
from crawler.pages import GenericPage, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lxml.html import HtmlElement

    from crawler.base import NewsSpider
    from crawler.pages import ArticlePage
    from crawler.scout import Page

MENUS = select("nav a[href], header a[href], [class*=menu] a[href], [id*=menu] a[href], [class*=navbar] a[href]")
LINKS = select("a[href]")
FEED_TYPES = ("application/rss+xml", "application/atom+xml")
FEED_ADDRESS = re.compile(r"(?<![a-z])(?:rss|feeds?|atom)(?![a-z])", re.IGNORECASE)
SECTION_PATH = re.compile(r"/[a-zA-Z0-9-]+(?:/[a-zA-Z0-9-]+)?(?:\.html?|/)?")
# Pages of a menu that list no articles of the paper, or other things than articles.
NO_SECTION = re.compile(
    r".*-(?:ptag|event\d*|tag)\.html?$|/(?:lien-he|contact|gioi-thieu|about|dang-nhap|login|dang-ky|register|tim-kiem|search|quang-cao|toa-soan|rss|feed"
    r"|an-pham|doc-bao-in|bao-in|video|podcast|emagazine|multimedia|media|truyen-hinh|phat-thanh|tag|sitemap)\b"
)
# How an article's address ends: a word before the number (`-post`, `-a`), the number, what stands after it.
NUMBERED = re.compile(r"(?P<before>[-/](?:[a-z]{1,6})?)(?P<id>\d{4,})(?P<after>(?:\.[a-z]{2,5}|/)?)$")
HEXED = re.compile(r"-(?P<id>(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{6,16})(?P<after>(?:\.[a-z]{2,5}|/)?)$")
# Ids of letters and digits, the letters of both cases, such as `51YnYvXDR`.
MIXED_ID = r"(?=[0-9a-zA-Z]*[0-9])(?=[0-9a-zA-Z]*[A-Z])(?=[0-9a-zA-Z]*[a-z])[0-9a-zA-Z]"
MIXED = re.compile(rf"-(?P<id>{MIXED_ID}{{6,16}})(?P<after>(?:\.[a-z]{{2,5}}|/)?)$")
WORDED = re.compile(r"/[a-z0-9]+(?:-[a-z0-9]+){3,}(?P<after>(?:\.[a-z]{2,5}|/)?)$")
PAPER = re.compile(r"báo\s|tạp chí\s", re.IGNORECASE)
LONGEST_NAME = 30
SHORTEST_HEADLINE = 25
MOST_SECTIONS = 12


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of article addresses, and how many of those that it was derived from it matches."""

    regex: str
    matched: int
    of: int


def document_of(page: Page) -> Document:
    """Parse a page as the readers do."""
    return Document(as_utf8(page.body, page.content_type), page.url)


def declared_feeds(page: Document) -> list[str]:
    """Return the feeds that a page names: in its head, else by links whose address says so."""
    links = [link for link in page.fittings["link"] if link.get("type", "").lower() in FEED_TYPES]
    named = [link for link in LINKS.on(page) if FEED_ADDRESS.search(link.get("href", ""))]
    return on_site(page, [*links, *named])


def on_site(page: Document, links: Iterable[HtmlElement]) -> list[str]:
    """Return where links lead, each address once, as far as it is on the page's own site."""
    home = (urlsplit(page.url).hostname or "").removeprefix("www.")
    found = filter(None, (page.absolute(link.get("href")) for link in links))
    return list(dict.fromkeys(url.partition("#")[0] for url in found if in_domains(url, (home,))))


def sections_of(page: Document) -> list[str]:
    """Return the addresses of a front page's menu that may be sections: short names, few parts, no number."""
    names: dict[str, str] = {}
    for link in MENUS.on(page) or LINKS.on(page):
        url = next(iter(on_site(page, [link])), "")
        text = text_of(link).strip()
        path = urlsplit(url).path
        if text and len(text) <= LONGEST_NAME and SECTION_PATH.fullmatch(path) and not urlsplit(url).query:
            names.setdefault(url, text)
    return [url for url in names if not NO_SECTION.match(urlsplit(url).path) and not number_in(url)][:MOST_SECTIONS]


def number_in(url: str) -> bool:
    """Tell whether an address ends as those of single articles do."""
    path = urlsplit(url).path
    return bool(identity(path))


def stories_of(page: Document) -> list[str]:
    """Return where the headlines of a listing lead."""
    return on_site(page, [link for link in LINKS.on(page) if len(text_of(link).strip()) >= SHORTEST_HEADLINE])


def robots_sitemaps(page: Page) -> list[str]:
    """Return the sitemaps that a robots.txt names (sitemaps.org, "Specifying the Sitemap location")."""
    lines = page.body.decode("utf-8", "replace").splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.strip().lower().startswith("sitemap:")]
    return list(dict.fromkeys(urljoin(page.url, url) for url in named if url))


def article_pattern(addresses: Sequence[str], read: Sequence[str] = ()) -> Pattern | None:
    """Derive a regular expression of articles' addresses: the ending that most have; None where none recurs.

    `read` are addresses at which articles were read: all their endings count, and no other, however many
    links to other things a page may have.
    """
    endings = {address: ending(urlsplit(address).path) for address in (*addresses, *read)}
    told = Counter(filter(None, map(endings.get, read)))
    found = [one for one, _ in told.most_common() or Counter(filter(None, endings.values())).most_common(1)]
    if not found:
        return None
    ids = {one: [identity(address) for address, its in endings.items() if its == one] for one in found}
    regex = "|".join(regex_of(*one, ids[one]) for one in found)
    return Pattern(regex, sum(bool(re.search(regex, address)) for address in endings), len(endings))


def regex_of(before: str, kind: str, after: str, ids: Sequence[str]) -> str:
    """Write an ending as a regular expression; numbers grow, so longer ones than were seen are let in."""
    shortest, same = min(map(len, ids)), len(set(map(len, ids))) == 1
    if kind == "words":
        return rf"^https?://[^/]+(?:/[a-z0-9-]+)*/[a-z0-9]+(?:-[a-z0-9]+){{3,}}{re.escape(after)}$"
    if kind == "hex":
        return rf"-[0-9a-f]{{{shortest}{'' if same else ','}}}{re.escape(after)}$"
    if kind == "mixed":
        return rf"-{MIXED_ID}{{{shortest}{'' if same else ','}}}{re.escape(after)}$"
    return rf"{before}\d{{{shortest},}}{re.escape(after)}$"


def ending(path: str) -> tuple[str, str, str] | None:
    """Return how the path of an article ends: what stands before its id, the kind of id, what stands after it."""
    if match := NUMBERED.search(path):
        return match["before"], "number", match["after"]
    if match := HEXED.search(path):
        return "-", "hex", match["after"]
    if match := MIXED.search(path):
        return "-", "mixed", match["after"]
    if match := WORDED.search(path):
        return "/", "words", match["after"]
    return None


def identity(address: str) -> str:
    """Return the id at the end of an article's address, "" where there is none."""
    match = NUMBERED.search(address) or HEXED.search(address) or MIXED.search(address)
    return match["id"] if match else ""


def family_of(
    pages: Sequence[Page], known: Iterable[type[NewsSpider]]
) -> tuple[str | None, tuple[type[ArticlePage], ...]]:
    """Return the family whose layout reads most of the articles, and that layout; None and () where none does."""
    spiders = list(known)
    common = Counter(layout for spider in spiders for layout in spider.layouts)
    read_by: Counter[type[ArticlePage]] = Counter()
    for page in pages:
        document = document_of(page)
        for layout in common:
            if layout.matches(document):
                reading = read(page.body, page.url, (layout,), content_type=page.content_type)
                read_by[layout] += (
                    isinstance(reading, Article) and reading.reader == layout.reader() and bool(reading.body)
                )
    best = max(read_by, key=lambda layout: (read_by[layout], common[layout]), default=None)
    if best is None or not read_by[best]:
        return None, ()
    families = Counter(spider.family for spider in spiders if best in spider.layouts)
    return families.most_common(1)[0][0], (best,)


def title_of(pages: Sequence[Document]) -> str | None:
    """Return what the paper calls itself: og:site_name, else the part that most of its pages' titles share.

    Where no part is shared, it is the last one of the first title, or the one with the word for a newspaper.
    """
    named = [name for page in pages for name in page.meta.get("og:site_name", [])]
    titles = [text for page in pages for text in tidy(text_of(title) for title in page.root.iter("title"))[:1]]
    parts = [re.split(r"\s+[|·•»–—:-]+\s+|\s*[|｜]\s*", title) for title in titles]
    shared = Counter(part for of_one in parts for part in dict.fromkeys(of_one) if part)
    most = [part for part, times in shared.most_common(1) if times > 1]
    first = parts[0] if parts else []
    papers = [part for part in first if PAPER.match(part)]
    return next(iter([*named, *most, *papers, *first[-1:]]), None)


def language_of(page: Document) -> str | None:
    """Return the language that a page declares (ISO 639)."""
    return GenericPage(page).language()


def declared_addresses(page: Document) -> list[str]:
    """Return the addresses that a page gives itself."""
    return GenericPage(page).declared


def class_name(name: str, title: str) -> str:
    """Return the name of a spider's class: the words of the paper's title, without marks; else those of its own."""
    words = re.findall(r"[a-z0-9]+", fold(title))
    if not words or words[0][0].isdigit():
        words = name.split("_")
    return "".join(word.capitalize() for word in words)
