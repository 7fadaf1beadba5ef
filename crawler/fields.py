"""Where a field may stand on a page (selectors, meta, JSON-LD, scripts), and how its text is tidied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml.etree import iterwalk

from crawler.documents import Document, clean
from crawler.selectors import Elements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.html import HtmlElement

    from archive.items import FieldSource

LINES = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"})
UNSHOWN = frozenset({"script", "style"})


@dataclass(frozen=True, slots=True)
class Finder:
    """One place where a field may stand: `texts` gives what stands there, cleaned, empty ones left out.

    `month_first` marks dates that are printed as month/day/year.
    """

    kind: FieldSource
    texts: Callable[[Document], list[str]]
    month_first: bool = False


def select(selector: str) -> Elements:
    """Compile a CSS selector for elements of a page."""
    return Elements(selector)


def css(selector: str, attribute: str | None = None) -> Finder:
    """Find the text, or one attribute, of the elements that a CSS selector names."""
    elements = select(selector)

    def texts(document: Document) -> list[str]:
        found = elements.on(document)
        return tidy((element.get(attribute) or "") if attribute else text_of(element) for element in found)

    return Finder("selector", texts)


def meta(*names: str, month_first: bool = False) -> Finder:
    """Find the contents of meta tags by name, property or itemprop, the first name that is there."""
    keys = [name.lower() for name in names]

    def texts(document: Document) -> list[str]:
        return next((document.meta[key] for key in keys if key in document.meta), [])

    return Finder("meta", texts, month_first)


def link(relation: str) -> Finder:
    """Find where the page's link elements of one relation lead."""

    def texts(document: Document) -> list[str]:
        links = document.fittings["link"]
        return tidy(link.get("href", "") for link in links if relation in link.get("rel", "").lower().split())

    return Finder("selector", texts)


def page_attribute(name: str) -> Finder:
    """Find an attribute of the page's root."""
    return Finder("selector", lambda document: tidy([document.root.get(name, "")]))


def linked(*keys: str) -> Finder:
    """Find a property of the article in its JSON-LD: texts, numbers, or the names of things."""

    def texts(document: Document) -> list[str]:
        for key in keys:
            values = [name for data in document.article_data for name in names_of(data.get(key))]
            if found := tidy(values):
                return found
        return []

    return Finder("json-ld", texts)


def script(pattern: str) -> Finder:
    """Find the first group of a pattern in the page's inline scripts."""
    compiled = re.compile(pattern)
    return Finder("text", lambda document: tidy(compiled.findall(document.scripts)))


def tidy(texts: Iterable[str]) -> list[str]:
    """Clean texts and drop empty and repeated ones, in order."""
    return list(dict.fromkeys(filter(None, map(clean, texts))))


def text_of(element: HtmlElement) -> str:
    """Return an element's text without scripts; breaks and inner blocks become line breaks."""
    if not len(element):
        return "" if element.tag in UNSHOWN else element.text or ""
    parts: list[str] = []
    walk = iterwalk(element, events=("start", "end"))
    for event, inner in walk:
        if event == "end":
            parts.append((inner.tail or "") if inner is not element else "")
        elif inner.tag in UNSHOWN:
            walk.skip_subtree()
        else:
            parts.append("\n" if inner.tag in LINES and inner is not element else "")
            parts.append(inner.text or "")
    return "".join(parts)


def has_text(element: HtmlElement) -> bool:
    """Tell whether there is any text in an element, scripts left out."""
    for inner in element.iter("*"):
        if inner.tag not in UNSHOWN and (inner.text or "").strip():
            return True
        if inner is not element and (inner.tail or "").strip():
            return True
    return False


def names_of(value: Any) -> Iterator[str]:
    """Iterate over the texts, numbers and `name`s in a JSON-LD value, however it is nested in lists."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item)
        elif isinstance(item, dict):
            waiting.append(item.get("name") or item.get("@value"))
        elif isinstance(item, str | int | float) and not isinstance(item, bool):
            yield str(item)
