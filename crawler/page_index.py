"""Elements of a page by class and id, so that a layout's selectors do not walk the page each anew."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, cast

from lxml.etree import XPath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

FIRST_WITH_ID = XPath("id($name)")
WITH_ID = XPath("descendant-or-self::*[@id = $name]")
CLASSES = XPath("descendant-or-self::*/@class", smart_strings=False)


class PageIndex:
    """The elements at and under `root` by their classes, good until the tree is changed.

    libxml2 lists all classes at a third of the price of making Python's elements: those are made only as far
    into the page as an element lies that is asked for, and articles lie before most of what else is on a page.
    """

    def __init__(self, root: HtmlElement) -> None:
        self.root = root
        self.rest = root.iter("*")
        self.passed: list[HtmlElement] = []  # those with a class, before `rest`

    @cached_property
    def by_value(self) -> dict[str, list[int]]:
        """The values of `class`; for each, which of the elements with a class have it."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, value in enumerate(cast("list[str]", CLASSES(self.root))):
            places[value].append(place)
        return places

    @cached_property
    def values(self) -> dict[str, list[str]]:
        """The words in all classes; for each, the values of `class` that it occurs in."""
        values: defaultdict[str, list[str]] = defaultdict(list)
        for value in self.by_value:
            for word in set(value.split()):
                values[word].append(value)
        return values

    def with_id(self, name: str) -> list[HtmlElement]:
        """Return the elements with an id, in the page's order."""
        # libxml2 knows at once whether the page has any.
        return cast("list[HtmlElement]", WITH_ID(self.root, name=name)) if FIRST_WITH_ID(self.root, name=name) else []

    def with_class(self, word: str) -> list[HtmlElement]:
        """Return the elements that have a word among their classes, in the page's order."""
        return self.with_values(self.values[word]) if word in self.values else []

    def with_class_part(self, part: str) -> list[HtmlElement]:
        """Return the elements whose `class` has a text anywhere in it, in the page's order."""
        return self.with_values(value for value in self.by_value if part in value)

    def with_values(self, values: Iterable[str]) -> list[HtmlElement]:
        """Return the elements whose `class` is one of `values`, in the page's order."""
        places = sorted(place for value in values for place in self.by_value[value])
        if places and places[-1] >= len(self.passed):
            self.pass_until(places[-1])
        return [self.passed[place] for place in places]

    def pass_until(self, place: int) -> None:
        """Go on through the page until so many elements with a class were passed, and one more."""
        for element in self.rest:
            if element.get("class") is not None:
                self.passed.append(element)
                if len(self.passed) > place:
                    return
