"""A page as received: its bytes parsed once, its meta tags and JSON-LD ready to be asked."""

from __future__ import annotations

import html as entities
import json
import re
import threading
import unicodedata
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from crawler.charsets import is_utf8
from crawler.page_index import PageIndex

# Some papers close the document before it begins (`<html></html><head>…`), or nest a second one: a parser that
# stops at the first closed root would lose the page.
CLOSED_ROOT = re.compile(rb"</(?:[hH][tT][mM][lL]|[bB][oO][dD][yY])\s*>")
OPENING = re.compile(rb"<[a-zA-Z]")
UNSEEN = "\x00-\x08\x0e-\x1f\x7f\xad\u200b\u2060\ufeff"
HALVES = "\ud800-\udfff"  # JSON escapes may name half of a character
ODD = re.compile(f"[{UNSEEN}]|([{HALVES}])")
NOT_UTF8 = etree.ErrorTypes.ERR_INVALID_ENCODING
TOO_DEEP = etree.ErrorTypes.ERR_RESOURCE_LIMIT
MOST_FAULTS = 100
"""Faults of a page that libxml2 2.14 notes (XML_MAX_ERRORS): what comes behind them is not in its log."""
FITTINGS = ("base", "link", "meta", "script")
# What may stand in the head (HTML Standard 13.2.6.4.4): anything else is of the body.
METADATA = frozenset(
    ("base", "basefont", "bgsound", "link", "meta", "noframes", "noscript", "script", "style", "template", "title")
)
META_KEYS = frozenset({"name", "property", "itemprop", "http-equiv"})
# Addresses that urljoin would return as they are: most of a page's, at a tenth of the time.
WHOLE_ADDRESS = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[\w./~%+,=-]*)?(?:\?[\w./~%+,=&:-]+)?", re.ASCII)
# The same behind a host: what follows is joined to it as it is.
ROOTED_ADDRESS = re.compile(r"(?:/[\w~%+,=-]+(?:\.[\w~%+,=-]+)*)+/?(?:\?[\w./~%+,=&:-]+)?", re.ASCII)
TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")
SHOWN = etree.XPath(
    "//text()[not(ancestor::head) and not(parent::script or parent::style or parent::noscript or parent::template)]",
    smart_strings=False,
)


class Own(threading.local):
    """A parser for each thread: threads that share one share its table of names too, which nothing guards.

    There a tag set by one overwrote what the other was just reading (lxml 6.1 gives a thread without a table
    that of the first parser it uses): a page was misread, or the process died.
    """

    def __init__(self) -> None:
        # Without its table of ids, which notes each that occurs twice as a fault, parsing takes 3 % less.
        self.parser = html.HTMLParser(
            encoding="utf-8", huge_tree=True, collect_ids=False, remove_comments=True, remove_pis=True
        )
        # lxml.html asks a Python function for the class of each element; one class for all costs half of that.
        self.parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))


OWN = Own()


def clean(text: str) -> str:
    """Return text in NFC on one line: any run of blanks (`&nbsp;` too) is one, unseen characters are gone."""
    line = text.strip()
    # Of all blanks only the plain one is printable: most texts need not be taken apart.
    if "  " in line or not line.isprintable():
        line = " ".join(line.split())
        if not line.isprintable():
            line = " ".join(ODD.sub(lambda odd: "\ufffd" if odd[1] else "", text).split())
    return unicodedata.normalize("NFC", line)


class Document:
    """One page, parsed by lxml once; `url` is the paper's own address of it.

    Bytes are to be UTF-8; where the parser met any that are not, they became U+FFFD, and the page is `garbled`.
    A page is `cut` where elements stand 2,048 deep: there the parser stops, and the rest of the text is lost.
    A body is read last, because reading drops advertisements out of the tree, and says so to `changed`.
    """

    def __init__(self, page: bytes | str, url: str) -> None:
        self.url = url
        markup = page.encode("utf-8", "replace") if isinstance(page, str) else page
        try:
            self.root: html.HtmlElement = html.document_fromstring(_one_root(markup), parser=OWN.parser)
        except etree.ParserError:
            self.root = OWN.parser.makeelement("html")
        _close_head(self.root)
        faults = OWN.parser.error_log
        kinds = {fault.type for fault in faults}
        self.cut = TOO_DEEP in kinds
        first = markup[: markup.find(b">")]  # what is wrong within a document type is not logged
        unlogged = self.cut or len(faults) >= MOST_FAULTS or not len(self.root) or not first.isascii()
        self.garbled = NOT_UTF8 in kinds or (unlogged and not is_utf8(markup))

    @cached_property
    def index(self) -> PageIndex:
        """The page's elements by class and id."""
        return PageIndex(self.root)

    def changed(self) -> None:
        """Forget where elements stood, as something was cut out of the page."""
        self.__dict__.pop("index", None)

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
            for name, value in tag.items() if content else ():
                key = value.strip().lower() if name in META_KEYS else ""
                if key and content not in (known := found.setdefault(key, [])):
                    known.append(content)
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
        address = (href or "").strip()
        if not address:
            return None
        if address[0] == "/" and self.host:
            if ROOTED_ADDRESS.fullmatch(address):
                return self.host + address
            if address.startswith("//"):
                address = self.host.partition("/")[0] + address
        return _joined(self.base, address)

    @cached_property
    def host(self) -> str:
        """What stands before the path in `base`; "" where it is no http or https address."""
        return (_joined(self.base, "/") or "").removesuffix("/")


def _one_root(markup: bytes) -> bytes:
    """Return markup without zeros, and without the end tags of roots behind which more of the page stands."""
    markup = markup.replace(b"\x00", b"")
    end = CLOSED_ROOT.search(markup)
    return CLOSED_ROOT.sub(b"", markup) if end and OPENING.search(markup, end.end()) else markup


def _close_head(root: html.HtmlElement) -> None:
    """Move into the body what stands in the head and is none of it: `<main>` does not end a head for libxml2 2.14."""
    head = root.find("head")
    strayed = [] if head is None else [child for child in head if child.tag not in METADATA]
    if strayed:
        body = root.find("body")
        if body is None:
            body = etree.SubElement(root, "body")
        body[:0] = strayed


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
