"""Elements of a page by class and id, so that a layout's selectors do not walk the page each anew."""

from __future__ import annotations

from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, cast

from lxml.etree import XPath

if TYPE_CHECKING:
    from lxml.html import HtmlElement

WITH_ID = XPath("descendant-or-self::*[@id = $name]")
IDS = XPath("descendant-or-self::*/@id", smart_strings=False)
CLASSES = XPath("descendant-or-self::*/@class", smart_strings=False)
FEW = 8
"""Values that are looked for one by one in all those of a page; for more the page's are gone through once."""


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
    def all_values(self) -> list[str]:
        """The `class` of each element that has one, in the page's order."""
        return cast("list[str]", CLASSES(self.root))

    @cached_property
    def by_value(self) -> dict[str, int]:
        """The values of `class`; for each, which of the elements with a class is the last that has it."""
        return dict(zip(self.all_values, count()))

    @cached_property
    def words(self) -> set[str]:
        """The words in all classes."""
        return set(" ".join(self.by_value).split())

    @cached_property
    def ids(self) -> set[str]:
        """All ids."""
        return set(cast("list[str]", IDS(self.root)))

    def with_id(self, name: str) -> list[HtmlElement]:
        """Return the elements with an id, in the page's order."""
        return cast("list[HtmlElement]", WITH_ID(self.root, name=name)) if name in self.ids else []

    def with_class(self, word: str) -> list[HtmlElement]:
        """Return the elements that have a word among their classes, in the page's order."""
        if word not in self.words:
            return []
        return self.with_values([value for value in self.by_value if word in value and word in value.split()])

    def with_class_part(self, part: str) -> list[HtmlElement]:
        """Return the elements whose `class` has a text anywhere in it, in the page's order."""
        return self.with_values([value for value in self.by_value if part in value])

    def with_values(self, values: list[str]) -> list[HtmlElement]:
        """Return the elements whose `class` is one of `values`, in the page's order."""
        places = self.places(values)
        if places and places[-1] >= len(self.passed):
            self.pass_until(places[-1])
        return [self.passed[place] for place in places]

    def places(self, values: list[str]) -> list[int]:
        """Return which of the elements with a class have one of `values`, in order."""
        if len(values) > FEW:
            wanted = set(values)
            return [place for place, value in enumerate(self.all_values) if value in wanted]
        places = []
        for value in values:
            place, last = -1, self.by_value[value]
            while place < last:
                place = self.all_values.index(value, place + 1)
                places.append(place)
        return sorted(places)

    def pass_until(self, place: int) -> None:
        """Go on through the page until so many elements with a class were passed, and one more."""
        for element in self.rest:
            if element.get("class") is not None:
                self.passed.append(element)
                if len(self.passed) > place:
                    return
