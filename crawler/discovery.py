"""Addresses out of a feed, a sitemap or a section page: pure functions over bytes, tolerant of broken ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from archive.urls import canonical
from crawler.counts import parse_count
from crawler.dates import ICT, parse_date
from crawler.mending import NotXml, Stream, WebPage, decode

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMENTS = "{http://purl.org/rss/1.0/modules/slash/}comments"
ISO = re.compile(r"20\d\d-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?")
DRESSED = re.compile(r"[?#]|amp|print")
DAY_FIRST = re.compile(r"(?<!\d)(?:1[3-9]|2\d|3[01])[/.-]\d{1,2}[/.-]\d{4}(?!\d)")

Count: TypeAlias = Callable[[str], None]


def unheeded(_reason: str) -> None:
    """Take no note of an entry that was passed over."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One address found in a listing, and what the listing says of it; None where it says nothing.

    `when` is the date of publication where `is_published`, else the last change that a sitemap names. `raw` is
    that date as printed.
    """

    url: str
    title: str | None = None
    when: datetime | None = None
    raw: str | None = None
    comment_count: int | None = None
    is_published: bool = False


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap: either an index of further sitemaps or a list of pages (sitemaps.org 0.9).

    `entries` are read as they are asked for, once: a sitemap of half a million is never held as a whole.
    """

    is_index: bool
    entries: Iterable[Entry]


def parse_feed(body: bytes, url: str, count: Count = unheeded) -> list[Entry]:
    """The entries of an RSS 2.0, RSS 1.0 or Atom (RFC 4287) feed in its order. Raises NotXml.

    `count` is told why an entry was passed over: `no address`, `scheme` or `malformed`.
    """
    items = [element for element in tree(body).iter() if local(element) in {"item", "entry"}]
    entries = (_feed_entry(item, url, count) for item in items)
    return [entry for entry in entries if entry is not None]


def tree(body: bytes) -> etree._Element:
    """Parse a feed as it comes: control bytes, bare `&`, a byte order mark and cut ends are mended.

    Entities are not resolved and nothing is fetched. Raises NotXml when no element is left or it is HTML.
    """
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.parse(Stream(body), parser).getroot()
    except (etree.XMLSyntaxError, ValueError, OSError) as error:
        raise NotXml(str(error)) from error
    if root is None:
        raise NotXml("no element")
    if local(root) == "html":
        raise WebPage("an HTML page")
    return root


def local(element: etree._Element) -> str:
    """The local name of an element, lower-case, without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def namespace(element: etree._Element) -> str:
    """The namespace of an element, "" without one."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def _feed_entry(item: etree._Element, base: str, count: Count) -> Entry | None:
    own = namespace(item)
    found: dict[str, str] = {}
    # An element of the feed's own kind goes before `media:title`, `atom:link` and the like.
    for child in sorted(item, key=lambda child: namespace(child) != own):
        name = local(child)
        value = (child.get("href") if name == "link" and child.get("href") else "".join(child.itertext("*"))) or ""
        if name == "link" and child.get("rel", "alternate") != "alternate":
            continue
        if child.tag == COMMENTS:
            name = "count"
        if value.strip():
            found.setdefault(name, value.strip())
    guid = found.get("guid", "")
    address = absolute(found.get("link") or (guid if guid.startswith("http") else ""), base, count)
    if address is None:
        return None
    raw = found.get("pubdate") or found.get("published") or found.get("date") or found.get("updated")
    comments = found.get("count")
    return Entry(
        url=address,
        title=unescape(found["title"]) if "title" in found else None,
        when=feed_date(raw) if raw else None,
        raw=raw,
        comment_count=parse_count(f"({comments})") if comments else None,
        is_published=raw is not None and raw != found.get("updated"),
    )


def feed_date(raw: str) -> datetime | None:
    """A date of a feed: `M/D/YYYY h:mm:ss PM` occurs there; `25/12/2026` is day first, `5/6/2026` unclear."""
    return parse_date(raw, month_first=True) or (parse_date(raw) if DAY_FIRST.search(raw) else None)


def parse_sitemap(body: bytes, url: str, count: Count = unheeded) -> Sitemap:
    """The pages or further sitemaps of a sitemap, broken ones too, in its order; `count` as with feeds.

    The file is walked, never held as a tree: whatever its size, it costs no more memory than its bytes.
    Raises NotXml, in the midst of the entries too where a gzip turns out to be torn or too large.
    """
    walk = _elements(body)
    root = next(walk, None)
    if root is None:
        raise NotXml("no element")
    if local(root) == "html":
        raise WebPage("an HTML page")
    if local(root) not in {"urlset", "sitemapindex"}:
        raise NotXml(f"<{local(root)}> is not a sitemap")
    entries = (_sitemap_entry(element, url, count) for element in walk)
    return Sitemap(local(root) == "sitemapindex", (entry for entry in entries if entry is not None))


def _elements(body: bytes) -> Iterator[etree._Element]:
    """The root as it begins, then each of its children `url` and `sitemap`, which are dropped once they were used."""
    root: etree._Element | None = None
    try:
        walk = etree.iterparse(Stream(body), ("start", "end"), recover=True, resolve_entities=False, no_network=True)
        for event, element in walk:
            if root is None:
                root = element
                yield root
            elif event == "end" and element.getparent() is root:
                if local(element) in {"url", "sitemap"}:
                    yield element
                element.clear()
                while element.getprevious() is not None:
                    del root[0]
    except etree.XMLSyntaxError as error:
        if root is None:
            raise NotXml(str(error)) from error


def _sitemap_entry(element: etree._Element, base: str, count: Count) -> Entry | None:
    texts: dict[str, str] = {}
    for child in element:  # what `image:image` and `video:video` hold is not the page's own
        for said in child if local(child) == "news" else (child,):
            texts.setdefault(local(said), (said.text or "").strip())
    address = absolute(texts.get("loc", ""), base, count)
    if address is None:
        return None
    published = texts.get("publication_date")
    raw = published or texts.get("lastmod")
    when = sitemap_date(raw) if raw else None
    return Entry(address, texts.get("title") or None, when, raw, is_published=bool(published))


def sitemap_date(raw: str) -> datetime | None:
    """A date of a sitemap, mostly in the form of W3C's note on ISO 8601, which is read at once."""
    if ISO.fullmatch(raw) is None:
        return parse_date(raw)
    try:
        when = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=ICT)


def absolute(link: str, base: str, count: Count = unheeded) -> str | None:
    """`link` resolved against `base`, or None when it is empty, malformed or neither http nor https: counted."""
    link = link.strip()
    if not link:
        count("no address")
        return None
    try:
        address = link if link.startswith(("http://", "https://")) else urljoin(base, link)
        scheme = urlsplit(address).scheme  # raises ValueError on a bad host too
    except ValueError:
        count("malformed")
        return None
    if scheme not in {"http", "https"}:
        count("scheme")
        return None
    return address


def rooted(page: str | bytes, url: str) -> tuple[html.HtmlElement, str] | None:
    """An HTML page as a tree, and the address against which its links are resolved; None where there is no tree."""
    if isinstance(page, bytes):
        page = decode(page)
    try:
        root = html.document_fromstring(page or "<html></html>", parser=html.HTMLParser(huge_tree=False))
    except (etree.ParserError, ValueError):
        return None
    bases = root.xpath("//base/@href")
    return root, urljoin(url, str(bases[0]).strip()) if isinstance(bases, list) and bases else url


def links(page: str | bytes, url: str) -> Iterator[str]:
    """Every address that the anchors of an HTML page name, absolute (`<base href>` counts), in page order."""
    found = rooted(page, url)
    if found is None:
        return
    root, base = found
    for anchor in root.iter("a"):
        if (address := absolute(anchor.get("href") or "", base)) is not None:
            yield address.partition("#")[0]


def articles(page: str | bytes, url: str, pattern: re.Pattern[str]) -> list[str]:
    """The article addresses of a section page: those that match `pattern`, each once, in page order."""
    return list(dict.fromkeys(link for link in links(page, url) if is_article(link, pattern)))


def is_article(url: str, pattern: re.Pattern[str]) -> bool:
    """Whether an address is that of an article, in whatever dress: with tracking parameters, as AMP or for printing."""
    if pattern.search(url) is not None:
        return True
    try:
        return DRESSED.search(url) is not None and pattern.search(canonical(url)) is not None
    except ValueError:
        return False


def page_of(url: str, pattern: re.Pattern[str]) -> str | None:
    """The address to ask for where a listing names the article `url`: without what only tracks or dresses the page.

    None where that is more than its query and fragment: the page's own address cannot be told.
    """
    if pattern.search(url) is not None:
        return url
    bare = url.partition("#")[0].partition("?")[0]
    return bare if pattern.search(bare) is not None and canonical(bare) == canonical(url) else None
