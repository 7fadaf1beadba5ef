"""CSS selectors compiled to XPath for whole pages, where most selectors of a layout match nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

import cssselect
from cssselect import parser
from lxml.cssselect import LxmlHTMLTranslator
from lxml.etree import XPath

if TYPE_CHECKING:
    from cssselect.xpath import XPathExpr
    from lxml.etree import _Element
    from lxml.html import HtmlElement

    from crawler.documents import Document
    from crawler.page_index import PageIndex

Key: TypeAlias = tuple[Literal["id", "class", "part", "tag"], str]
"""What a selector asks for that can be looked up: an id, a class, a part of `class`; else nothing but a tag."""

FEW = 20
"""Elements that are put into the page's order by themselves: of more, each is looked for in the page again."""
IN_ORDER = XPath("$found")
SIGNS = {"id": "#", "class": ".", "part": "*", "tag": ""}


class QuickTranslator(LxmlHTMLTranslator):
    """Translates a selector to the test of one element, those around it being asked from there.

    A plain substring test stands before the costly test for a word of `class`: half the time of a page.
    """

    def xpath_attrib_includes(self, xpath: XPathExpr, name: str, value: str | None) -> XPathExpr:
        """Translate `[name~=value]`, which `.value` stands for."""
        if value:
            xpath.add_condition(f"contains({name}, {self.xpath_literal(value)})")
        return super().xpath_attrib_includes(xpath, name, value)

    def xpath_descendant_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        """Translate `left right`."""
        return right.add_condition(f"ancestor::{left}")

    def xpath_child_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        """Translate `left > right`."""
        return right.add_condition(f"parent::{left}")

    def xpath_direct_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        """Translate `left + right`."""
        return right.add_condition(f"preceding-sibling::*[1]/self::{left}")

    def xpath_indirect_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        """Translate `left ~ right`."""
        return right.add_condition(f"preceding-sibling::{left}")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the selectors between commas.

    `test` is its XPath without an axis. `key` is the name of each element that it finds (`own`) or of one
    around it; None where the selector says no name that can be looked up. `bare`: it asks for nothing else.
    """

    test: str
    key: Key | None
    own: bool
    bare: bool
    anywhere: XPath
    itself: XPath

    @classmethod
    def of(cls, selector: parser.Selector) -> Alternative:
        """Compile a parsed selector."""
        test = QuickTranslator().selector_to_xpath(selector, prefix="")
        named = (("tag", test), True) if test.isalnum() else key_of(selector.parsed_tree)
        bare = named[0] is not None and selector.canonical() == SIGNS[named[0][0]] + named[0][1]
        return cls(test, *named, bare, XPath(f"descendant-or-self::{test}"), XPath(f"self::{test}"))

    def among(self, index: PageIndex) -> list[HtmlElement]:
        """Find its elements, in the page's order."""
        if self.key is None:
            return cast("list[HtmlElement]", self.anywhere(index.root))
        if not (named := look_up(index, self.key)):
            return []
        if self.own:
            return named if self.bare else [element for element in named if self.itself(element)]
        # Of two, one may lie in the other, and what is inside both would be found twice.
        around = named if len(named) < 2 else [index.root]  # noqa: PLR2004
        return [found for element in around for found in cast("list[HtmlElement]", self.anywhere(element))]


def key_of(tree: parser.Tree) -> tuple[Key | None, bool]:
    """Return the name that a selector asks for, and whether of the element itself; of one around it otherwise."""
    own = True
    while isinstance(tree, parser.CombinedSelector):
        if key := name_of(tree.subselector):
            return key, own
        if tree.combinator not in (" ", ">"):
            return None, own
        tree, own = tree.selector, False
    return name_of(tree), own


def name_of(tree: parser.Tree) -> Key | None:
    """Return the name that one compound of a selector asks for: its id, else a class, else a part of `class`."""
    keys: list[Key] = []
    while not isinstance(tree, parser.Element):
        match tree:
            case parser.Hash():
                keys.append(("id", tree.id))
            case parser.Class():
                keys.append(("class", tree.class_name))
            case parser.Attrib(attrib="class", value=value) if value is not None and value.value:
                keys.append(("part", value.value))
        tree = tree.selector
    return min(keys, key=lambda key: ("id", "class", "part").index(key[0]), default=None)


def look_up(index: PageIndex, key: Key) -> list[HtmlElement]:
    """Return the elements with a name, in the page's order."""
    kind, name = key
    if kind == "class":
        return index.with_class(name)
    if kind == "tag":
        return list(index.root.iter(name))
    return index.with_id(name) if kind == "id" else index.with_class_part(name)


class Elements:
    """The elements that a CSS selector names, in the page's order."""

    def __init__(self, selector: str) -> None:
        self.alternatives = [Alternative.of(part) for part in cssselect.parse(selector)]
        self.compiled: dict[tuple[str, ...], XPath] = {}

    def on(self, document: Document) -> list[HtmlElement]:
        """Find them on a page as it was received."""
        return self.among(document.index)

    def among(self, index: PageIndex) -> list[HtmlElement]:
        """Find them among the elements of an index."""
        founds = [(part.test, found) for part in self.alternatives if (found := part.among(index))]
        if len(founds) < 2:  # noqa: PLR2004
            return founds[0][1] if founds else []
        all_found: list[_Element] = [element for _, found in founds for element in found]
        if len(all_found) <= FEW:
            return cast("list[HtmlElement]", IN_ORDER(index.root, found=all_found))
        return self.ordered(tuple(test for test, _ in founds), index.root)

    def any_order(self, index: PageIndex) -> list[HtmlElement]:
        """Find them among the elements of an index, in any order."""
        return list(dict.fromkeys(found for part in self.alternatives for found in part.among(index)))

    def occur(self, document: Document) -> bool:
        """Tell whether there is any on a page."""
        return any(part.among(document.index) for part in self.alternatives)

    def ordered(self, tests: tuple[str, ...], root: HtmlElement) -> list[HtmlElement]:
        """Find what any of the alternatives names, in the page's order; each choice of them is compiled once."""
        if tests not in self.compiled:
            self.compiled[tests] = XPath(" | ".join(f"descendant-or-self::{test}" for test in tests))
        return cast("list[HtmlElement]", self.compiled[tests](root))
