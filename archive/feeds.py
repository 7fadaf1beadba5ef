"""Atom feeds (RFC 4287): the one writer of all that can be followed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.times import moment

ATOM = "http://www.w3.org/2005/Atom"
XML = "http://www.w3.org/XML/1998/namespace"
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold in any form (section 2.2, Char): such characters are left out."""
LANGUAGE = re.compile("[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
"""What xml:lang may hold (XML Schema, language)."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

ET.register_namespace("", ATOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: `id` an address that never changes, `link` the page to read, `html` its content as HTML.

    `updated` and `published` are stored times (ISO 8601); 1970 stands for one that cannot be read.
    """

    id: str
    title: str
    link: str
    updated: str
    published: str | None = None
    author: str | None = None
    categories: tuple[str, ...] = ()
    html: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed: `address` is its own, `page` is the page that shows the same to a person."""

    title: str
    address: str
    page: str
    entries: tuple[Entry, ...]
    language: str


def write(feed: Feed) -> bytes:
    """Write the feed as UTF-8; `updated` is that of its newest entry, so that nothing new gives equal bytes."""
    root = ET.Element(f"{{{ATOM}}}feed", {f"{{{XML}}}lang": feed.language})
    times = [time for entry in feed.entries if (time := _time(entry.updated)) is not None]
    _add(root, "id", feed.address)
    _add(root, "title", feed.title)
    _add(root, "updated", max(times, default=BEGINNING).isoformat())
    _add(root, "link", None, rel="self", type="application/atom+xml", href=feed.address)
    _add(root, "link", None, rel="alternate", type="text/html", href=feed.page)
    _add(_add(root, "author", None), "name", feed.title)
    for entry in feed.entries:
        _entry(root, entry)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _entry(root: ET.Element, entry: Entry) -> None:
    node = _add(root, "entry", None)
    if entry.language and LANGUAGE.fullmatch(entry.language):
        node.set(f"{{{XML}}}lang", entry.language)
    _add(node, "id", entry.id)
    _add(node, "title", entry.title)
    _add(node, "updated", (_time(entry.updated) or BEGINNING).isoformat())
    if entry.published and (published := _time(entry.published)):
        _add(node, "published", published.isoformat())
    _add(node, "link", None, rel="alternate", type="text/html", href=entry.link)
    if entry.author:
        _add(_add(node, "author", None), "name", entry.author)
    for category in entry.categories:
        _add(node, "category", None, term=category)
    if entry.html is not None:
        _add(node, "content", entry.html, type="html")


def _add(parent: ET.Element, name: str, text: str | None, **attributes: str) -> ET.Element:
    cleaned = {key: _clean(value) for key, value in attributes.items()}
    node = ET.SubElement(parent, f"{{{ATOM}}}{name}", cleaned)
    if text is not None:
        node.text = _clean(text)
    return node


def _clean(text: str) -> str:
    return ILLEGAL.sub("", text)


def _time(text: str) -> datetime | None:
    try:
        return moment(text)
    except ValueError:
        return None
