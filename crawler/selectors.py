"""CSS selectors compiled to XPath for whole pages, where most selectors of a layout match nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import cssselect
from lxml.cssselect import LxmlHTMLTranslator
from lxml.etree import XPath

if TYPE_CHECKING:
    from cssselect.xpath import XPathExpr
    from lxml.html import HtmlElement

    from crawler.documents import Document

# Class names, ids and quoted values: what a page must contain somewhere for the selector to match.
WORDS = re.compile(r"[.#]([\w-]+)|=\s*'([^']+)'")


class QuickTranslator(LxmlHTMLTranslator):
    """Puts a plain substring test before the costly test for a word of `class`: half the time of a page."""

    def xpath_attrib_includes(self, xpath: XPathExpr, name: str, value: str | None) -> XPathExpr:
        """Translate `[name~=value]`, which `.value` stands for."""
        if value:
            xpath.add_condition(f"contains({name}, {self.xpath_literal(value)})")
        return super().xpath_attrib_includes(xpath, name, value)


class Elements:
    """The elements that a CSS selector names, in the page's order."""

    def __init__(self, selector: str) -> None:
        translator = QuickTranslator()
        parts = cssselect.parse(selector)
        self.words = [[first or second for first, second in WORDS.findall(part.canonical())] for part in parts]
        self.xpaths = [translator.selector_to_xpath(part) for part in parts]
        self.compiled: dict[tuple[str, ...], XPath] = {}

    def __call__(self, element: HtmlElement) -> list[HtmlElement]:
        """Find them inside an element, itself included."""
        return self.found(tuple(self.xpaths), element)

    def on(self, document: Document) -> list[HtmlElement]:
        """Find them on a page; alternatives whose words are not in its markup are not looked for."""
        live = self.live(document)
        return self.found(live, document.root) if live else []

    def occur(self, document: Document) -> bool:
        """Tell whether there is any on a page."""
        return any(self.found((xpath,), document.root) for xpath in self.live(document))

    def live(self, document: Document) -> tuple[str, ...]:
        """Return the alternatives whose words are all in the page's markup."""
        pairs = zip(self.words, self.xpaths, strict=True)
        return tuple(xpath for words, xpath in pairs if all(map(document.has_word, words)))

    def found(self, xpaths: tuple[str, ...], element: HtmlElement) -> list[HtmlElement]:
        """Find what any of the alternatives names; each choice of them is compiled once."""
        if xpaths not in self.compiled:
            self.compiled[xpaths] = XPath(" | ".join(xpaths))
        return cast("list[HtmlElement]", self.compiled[xpaths](element))
