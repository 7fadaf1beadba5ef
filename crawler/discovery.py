"""Addresses out of a feed, a sitemap or a section page: pure functions over bytes, tolerant of broken ones."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from lxml import etree, html

from crawler.counts import parse_count
from crawler.dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

MAX_SITEMAP_BYTES: Final = 50 * 2**20  # sitemaps.org: a sitemap is at most 50 MB uncompressed
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2 Char
BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,31};)")
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([\w.-]{1,40})["']""")
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
COMMENTS = "{http://purl.org/rss/1.0/modules/slash/}comments"


class NotXml(ValueError):
    """The bytes are neither a feed nor a sitemap."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One address found in a listing, and what the listing says of it; None where it says nothing.

    `when` is the publication date in a feed, the lastmod in a sitemap. `raw` is that date as printed.
    """

    url: str
    title: str | None = None
    when: datetime | None = None
    raw: str | None = None
    comment_count: int | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap: either an index of further sitemaps or a list of pages (sitemaps.org 0.9)."""

    is_index: bool
    entries: tuple[Entry, ...]


def decode(body: bytes) -> str:
    """XML bytes as text: by byte order mark, zero bytes, declaration, then UTF-8, and windows-1258 last."""
    for bom, encoding in BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(encoding, "replace")
    if b"\0" in body[:2]:
        return body.decode("utf-16-le" if body[1:2] == b"\0" else "utf-16-be", "replace")
    declared = DECLARED_ENCODING.search(body[:200])
    names = [declared.group(1).decode("ascii")] if declared else []
    for encoding in [*names, "utf-8", "cp1258"]:
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("utf-8", "replace")


def mended(body: bytes) -> str:
    """XML bytes as text that a parser takes: unpacked, decoded, without control bytes, bare `&` escaped."""
    text = XML_DECLARATION.sub("", FORBIDDEN.sub("", decode(unzip(body))), count=1)
    return BARE_AMPERSAND.sub("&amp;", text)


def tree(body: bytes) -> etree._Element:
    """Parse a feed or sitemap as it comes: control bytes, bare `&`, a byte order mark and cut ends are mended.

    Entities are not resolved and nothing is fetched. Raises NotXml when no element is left or it is HTML.
    """
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(mended(body).encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotXml(str(error)) from error
    if root is None or local(root) == "html":
        raise NotXml("an HTML page" if root is not None else "no element")
    return root


def unzip(body: bytes, limit: int = MAX_SITEMAP_BYTES) -> bytes:
    """Gunzip a `.xml.gz` body, at most `limit` bytes of it; other bytes stay. Raises NotXml on a torn one."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as packed:
            return packed.read(limit)
    except (OSError, EOFError, zlib.error) as error:
        raise NotXml(f"broken gzip: {error}") from error


def local(element: etree._Element) -> str:
    """The local name of an element, lower-case, without its namespace."""
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def parse_feed(body: bytes, url: str) -> list[Entry]:
    """The entries of an RSS 2.0, RSS 1.0 or Atom (RFC 4287) feed in its order. Raises NotXml."""
    root = tree(body)
    items = [element for element in root.iter() if local(element) in {"item", "entry"}]
    entries = (_feed_entry(item, url) for item in items)
    return [entry for entry in entries if entry is not None]


def _feed_entry(item: etree._Element, base: str) -> Entry | None:
    found: dict[str, str] = {}
    for child in item:
        name = local(child)
        value = (child.get("href") if name == "link" and child.get("href") else child.text) or ""
        if name == "link" and child.get("rel", "alternate") != "alternate":
            continue
        if child.tag == COMMENTS:
            name = "count"
        if value.strip():
            found.setdefault(name, value.strip())
    link = found.get("link") or found.get("guid", "")
    address = absolute(link, base)
    if address is None:
        return None
    raw = found.get("pubdate") or found.get("published") or found.get("date") or found.get("updated")
    count = found.get("count")
    return Entry(
        url=address,
        title=found.get("title"),
        when=parse_date(raw, month_first=True) if raw else None,  # M/D/YYYY h:mm:ss PM occurs in feeds
        raw=raw,
        comment_count=parse_count(f"({count})") if count else None,
    )


def parse_sitemap(body: bytes, url: str) -> Sitemap:
    """The pages or further sitemaps of a sitemap, broken ones too, in its order. Raises NotXml.

    The file is walked, never held as a tree: one of 50,000 addresses costs no more memory than its text.
    """
    entries: list[Entry] = []
    root: etree._Element | None = None
    source = BytesIO(mended(body).encode())
    try:
        walk = etree.iterparse(source, ("start", "end"), recover=True, resolve_entities=False, no_network=True)
        for event, element in walk:
            if root is None:
                root = element
                if local(root) not in {"urlset", "sitemapindex"}:
                    raise NotXml(f"<{local(root)}> is not a sitemap")
            if event == "end" and element.getparent() is root and local(element) in {"url", "sitemap"}:
                entry = _sitemap_entry(element, url)
                entries.extend([entry] if entry is not None else [])
                element.clear()
                while element.getprevious() is not None:
                    del root[0]
    except etree.XMLSyntaxError as error:
        raise NotXml(str(error)) from error
    if root is None:
        raise NotXml("no element")
    return Sitemap(local(root) == "sitemapindex", tuple(entries))


def _sitemap_entry(element: etree._Element, base: str) -> Entry | None:
    texts = {local(child): (child.text or "").strip() for child in element.iter()}
    address = absolute(texts.get("loc", ""), base)
    if address is None:
        return None
    raw = texts.get("publication_date") or texts.get("lastmod")
    return Entry(address, texts.get("title") or None, parse_date(raw) if raw else None, raw)


def absolute(link: str, base: str) -> str | None:
    """`link` resolved against `base`, or None when it is empty, malformed or neither http nor https."""
    try:
        address = urljoin(base, link.strip())
    except ValueError:
        return None
    return address if link.strip() and address.lower().startswith(("http://", "https://")) else None


def links(page: str | bytes, url: str) -> Iterator[str]:
    """Every address that the anchors of an HTML page name, absolute (`<base href>` counts), in page order."""
    if isinstance(page, bytes):
        page = decode(page)
    try:
        root = html.document_fromstring(page or "<html></html>", parser=html.HTMLParser(huge_tree=False))
    except (etree.ParserError, ValueError):
        return
    bases = root.xpath("//base/@href")
    base = urljoin(url, str(bases[0]).strip()) if isinstance(bases, list) and bases else url
    for anchor in root.iter("a"):
        if (address := absolute(anchor.get("href") or "", base)) is not None:
            yield address.partition("#")[0]


def articles(page: str | bytes, url: str, pattern: re.Pattern[str]) -> list[str]:
    """The article addresses of a section page: those that match `pattern`, each once, in page order."""
    return list(dict.fromkeys(link for link in links(page, url) if pattern.search(link)))
