"""A page as received: its bytes decoded and parsed once, its meta tags and JSON-LD ready to be asked."""

from __future__ import annotations

import codecs
import html as entities
import json
import re
import unicodedata
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4.dammit import EncodingDetector, UnicodeDammit
from lxml import etree, html
from w3lib.encoding import http_content_type_encoding, resolve_encoding

from crawler.page_index import PageIndex

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SNIFFED = 65_536
PIECE = 32_768
BAD_BYTES_OF_UTF8 = 1 / 500
ESCAPE = b"\x1b"
"""What turns to Japanese in ISO-2022-JP, whose bytes are all ASCII."""
VIETNAMESE = re.compile(rb"""<html[^>]*\blang=["']?vi\b""", re.IGNORECASE)
# Some papers close the document before it begins (`<html></html><head>…`), or nest a second one: a parser that
# stops at the first closed root would lose the page.
CLOSED_ROOT = re.compile(rb"</(?:[hH][tT][mM][lL]|[bB][oO][dD][yY])\s*>")
OPENING = re.compile(rb"<[a-zA-Z]")
UNSEEN = "\x00-\x08\x0e-\x1f\x7f\xad\u200b\u2060\ufeff"
HALVES = "\ud800-\udfff"  # JSON escapes may name half of a character
ODD = re.compile(f"[{UNSEEN}]|([{HALVES}])")
FITTINGS = ("base", "link", "meta", "script")
META_KEYS = frozenset({"name", "property", "itemprop", "http-equiv"})
ASCII = bytes(range(128))
# Addresses that urljoin would return as they are: most of a page's, at a tenth of the time.
WHOLE_ADDRESS = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[\w./~%+,=-]*)?(?:\?[\w./~%+,=&:-]+)?", re.ASCII)
TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")
SHOWN = etree.XPath(
    "//text()[not(ancestor::head) and not(parent::script or parent::style or parent::noscript or parent::template)]",
    smart_strings=False,
)
PARSER = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
# lxml.html asks a Python function for the class of each element; one class for all costs half of that.
PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))


def clean(text: str) -> str:
    """Return text in NFC on one line: any run of blanks (`&nbsp;` too) is one, unseen characters are gone."""
    line = " ".join(text.split())
    if not line.isprintable():
        line = " ".join(ODD.sub(lambda odd: "\ufffd" if odd[1] else "", text).split())
    return unicodedata.normalize("NFC", line)


def decode(body: bytes, content_type: str | None = None) -> str:
    """Return the text of a page, by its byte order mark, then as UTF-8, then as declared, then as guessed.

    Bytes that are UTF-8 throughout are UTF-8 whatever the page declares: wrong declarations are common, text
    of another encoding that happens to be UTF-8 is not. `content_type` is the header's value. Never raises:
    what cannot be decoded becomes U+FFFD.
    """
    for mark, encoding in BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if wide := _wide_encoding(body):
        return body.decode(wide, "replace")
    if ESCAPE in body and _declared(body, content_type) == "iso2022_jp":
        return body.decode("iso2022_jp", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode(_other_encoding(body, _declared(body, content_type)), "replace")


def as_utf8(body: bytes, content_type: str | None = None) -> bytes:
    """Return a page as `decode` understands it in UTF-8, without a mark; what is UTF-8 already is not copied."""
    if body.isascii() and ESCAPE not in body and b"\x00" not in body:
        return body
    if not body.isascii() and not _wide_encoding(body) and _is_utf8(body):
        return body.removeprefix(codecs.BOM_UTF8)
    return decode(body, content_type).encode("utf-8", "replace")


def _is_utf8(body: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), PIECE):  # the text of a whole page would be thrown away at once
            decoder.decode(body[start : start + PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _wide_encoding(body: bytes) -> str | None:
    """Recognise UTF-16 without a mark: HTML's ASCII leaves a zero in every second byte."""
    head = body[:1000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head) or min(even, odd) * 20 > len(head):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _declared(body: bytes, content_type: str | None) -> str | None:
    """Find the codec that the header, else the page, names (WHATWG: iso-8859-1 means windows-1252)."""
    label = http_content_type_encoding(content_type) or EncodingDetector.find_declared_encoding(
        body[:SNIFFED], is_html=True
    )
    return resolve_encoding(label) if label else None


def _other_encoding(body: bytes, declared: str | None) -> str:
    """Choose the codec of bytes that are not UTF-8 throughout."""
    text = body.decode("utf-8", "replace")
    beyond_ascii = len(body.translate(None, ASCII))
    if text.count("\ufffd") < max(1, beyond_ascii) * BAD_BYTES_OF_UTF8 or declared == "utf-8":
        return "utf-8"
    if declared in (None, "cp1252") and VIETNAMESE.search(body[:SNIFFED]):
        return "cp1258"  # windows-1252 has no letters for Vietnamese
    return declared or UnicodeDammit(body[:SNIFFED], is_html=True).original_encoding or "utf-8"


class Document:
    """One page, parsed by lxml once; `url` is the paper's own address of it. Bytes are UTF-8.

    A body is read last, because reading drops advertisements out of the tree.
    """

    def __init__(self, page: bytes | str, url: str) -> None:
        self.url = url
        markup = page.encode("utf-8", "replace") if isinstance(page, str) else page
        try:
            self.root: html.HtmlElement = html.document_fromstring(_one_root(markup), parser=PARSER)
        except etree.ParserError:
            self.root = html.Element("html")

    @cached_property
    def index(self) -> PageIndex:
        """The page's elements by class and id, as they were received."""
        return PageIndex(self.root)

    @cached_property
    def fittings(self) -> dict[str, list[html.HtmlElement]]:
        """The page's elements that say something of it and are not shown, by tag: base, link, meta, script."""
        found: dict[str, list[html.HtmlElement]] = {tag: [] for tag in FITTINGS}
        for element in self.root.iter(*FITTINGS):
            found[str(element.tag)].append(element)
        return found

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        """Contents of meta tags by name, property, itemprop or http-equiv in lower case, none empty."""
        found: dict[str, list[str]] = {}
        for tag in self.fittings["meta"]:
            content = clean(entities.unescape(tag.get("content", "")))
            for key in {value.strip().lower() for name, value in tag.items() if name in META_KEYS} if content else ():
                if key and content not in found.setdefault(key, []):
                    found[key].append(content)
        return found

    @cached_property
    def scripts(self) -> str:
        """The text of all inline scripts, one after the other."""
        return "\n".join(script.text or "" for script in self.fittings["script"])

    @cached_property
    def visible(self) -> str:
        """All text that the page shows without running scripts."""
        return clean(" ".join(SHOWN(self.root)))

    @cached_property
    def linked(self) -> list[dict[str, Any]]:
        """All JSON-LD objects that stand for themselves, in the page's order, `@graph` and lists opened."""
        objects: list[dict[str, Any]] = []
        for script in self.fittings["script"]:
            if "ld+json" in (script.get("type") or "").lower():
                objects += _opened(_loads(script.text or ""))
        return objects

    @cached_property
    def article_data(self) -> list[dict[str, Any]]:
        """JSON-LD objects of the article itself: schema.org Article, its subtypes, and BlogPosting."""
        return [data for data in self.linked if any(map(_is_article, types_of(data)))]

    @cached_property
    def base(self) -> str:
        """What relative addresses hang on: `<base href>` where there is one, else the page."""
        for tag in self.fittings["base"]:
            if href := (tag.get("href") or "").strip():
                return _joined(self.url, href) or self.url
        return self.url

    def absolute(self, href: str | None) -> str | None:
        """Return an http or https address as the page means it; None for anything else."""
        return _joined(self.base, href.strip()) if href and href.strip() else None


def _one_root(markup: bytes) -> bytes:
    """Return markup without zeros, and without the end tags of roots behind which more of the page stands."""
    markup = markup.replace(b"\x00", b"")
    end = CLOSED_ROOT.search(markup)
    return CLOSED_ROOT.sub(b"", markup) if end and OPENING.search(markup, end.end()) else markup


def types_of(data: dict[str, Any]) -> list[str]:
    """Return the schema.org types of a JSON-LD object, without a namespace."""
    named = data.get("@type")
    listed = named if isinstance(named, list) else [named]
    return [kind.rsplit("/", 1)[-1] for kind in listed if isinstance(kind, str)]


def _is_article(kind: str) -> bool:
    return kind.endswith(("Article", "BlogPosting")) or kind in {"Report", "ReportageNewsArticle"}


def _joined(base: str, href: str) -> str | None:
    if WHOLE_ADDRESS.fullmatch(href):
        return href
    try:
        address = urljoin(base, href)
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None


def _loads(text: str) -> Any:
    """Read a script's JSON, None when it is none; not strict: titles carry raw line breaks on some papers."""
    stripped = text.strip().removesuffix(";")
    for attempt in (stripped, TRAILING_COMMA.sub("", stripped)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _opened(value: Any) -> list[dict[str, Any]]:
    """List the objects of a JSON-LD value, without recursion."""
    objects: list[dict[str, Any]] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item)
        elif isinstance(item, dict):
            objects.append(item)
            waiting += [item[key] for key in ("@graph", "mainEntity") if isinstance(item.get(key), list | dict)]
    return objects
