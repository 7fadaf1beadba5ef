"""Elements of a page by class and id, so that a layout's selectors do not walk the page each anew."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, cast

from lxml.etree import XPath

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FIRST_WITH_ID = XPath("id($name)")
WITH_ID = XPath("descendant-or-self::*[@id = $name]")


class PageIndex:
    """The elements at and under `root` by their classes now: what is cut out later stays in here."""

    def __init__(self, root: HtmlElement) -> None:
        self.root = root
        self.by_value: defaultdict[str, list[HtmlElement]] = defaultdict(list)
        for element in root.iter("*"):
            if value := element.get("class"):
                self.by_value[value].append(element)
        self.values: defaultdict[str, list[str]] = defaultdict(list)
        for value in self.by_value:
            for word in set(value.split()):
                self.values[word].append(value)

    def with_id(self, name: str) -> list[HtmlElement]:
        """Return the elements with an id, in the page's order."""
        # libxml2 knows at once whether the page has any.
        return cast("list[HtmlElement]", WITH_ID(self.root, name=name)) if FIRST_WITH_ID(self.root, name=name) else []

    def with_class(self, word: str) -> list[HtmlElement]:
        """Return the elements that have a word among their classes, in the page's order."""
        return self.with_values(self.values.get(word, []))

    def with_class_part(self, part: str) -> list[HtmlElement]:
        """Return the elements whose `class` has a text anywhere in it, in the page's order."""
        return self.with_values([value for value in self.by_value if part in value])

    def with_values(self, values: list[str]) -> list[HtmlElement]:
        """Return the elements whose `class` is one of `values`, in the page's order."""
        if len(values) < 2:  # noqa: PLR2004 - those of one value are in order
            return self.by_value[values[0]] if values else []
        wanted = {element for value in values for element in self.by_value[value]}
        return [element for element in self.root.iter("*") if element in wanted]
