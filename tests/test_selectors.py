"""Selectors find what CSS says, once each and in the page's order, however few or many classes a page has."""

from __future__ import annotations

import pytest
from cssselect import HTMLTranslator
from hypothesis import given
from hypothesis import strategies as st

from crawler.documents import Document
from crawler.selectors import FEW, Elements

SELECTORS = (
    ".a",
    ".b, .a",
    "p.a, .b, em",
    ".c .a, .a .b",
    "[class*=a], .b",
    "#i, .a",
    ".a > .b, .c",
    "[class*=x]",
    "[class*=x], .a, .x1",
    "div, p",
)
NAMES = st.sampled_from(["", "a", "b", "c", "a b", "b  c", "ab", *(f"x{number}" for number in range(12))])
ELEMENTS = st.tuples(st.sampled_from(["p", "div", "em"]), NAMES, st.booleans(), st.integers(0, 3))


def page(elements: list[tuple[str, str, bool, int]]) -> Document:
    """A page of nested elements: tag, classes, whether it has an id, how many end behind it."""
    markup, unclosed = [], []
    for tag, names, is_named, ends in elements:
        tag = "div" if tag == "p" and "p" in unclosed else tag  # noqa: PLW2901 - a paragraph would end the other
        classes = f" class='{names}'" if names else ""
        markup.append(f"<{tag}{classes}{' id=i' if is_named else ''}>t")
        unclosed.append(tag)
        markup += [f"</{unclosed.pop()}>" for _ in range(min(ends, len(unclosed)))]
    return Document("<html><body>" + "".join(markup), "https://a.vn/x")


@pytest.mark.parametrize("selector", SELECTORS)
@given(elements=st.lists(ELEMENTS, max_size=60))
def test_selectors_find_what_css_says(selector: str, elements: list[tuple[str, str, bool, int]]) -> None:
    document = page(elements)
    expected = document.root.xpath(HTMLTranslator().css_to_xpath(selector))
    assert Elements(selector).on(document) == expected


def test_more_elements_than_are_put_in_order_by_themselves() -> None:
    document = Document("<body>" + "<p class=b>t</p><p class=a>t</p>" * FEW, "https://a.vn/x")
    assert Elements(".a, .b").on(document) == list(document.root.iter("p"))
