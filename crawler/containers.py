"""The element that holds a body: freed of what is none of it, and walked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml.etree import XPath

from crawler.blocks import paragraph
from crawler.bodies import LONGEST_CAPTION, Absolute, blocks_of
from crawler.fields import text_of
from crawler.page_index import PageIndex

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.blocks import Block
    from crawler.selectors import Elements

# Twenty times what the largest real body has: beyond it only the text is taken, at a tenth of the memory.
MOST_ELEMENTS = 50_000
ELEMENTS = XPath("count(descendant::*)")
NO_TEXT = ("script", "style", "noscript", "template", "iframe", "form", "button")
# Asked of the attributes, of which there are few, not of every element.
HIDING = XPath(
    "descendant::*/@hidden | descendant::*/@aria-hidden[. = 'true']"
    " | descendant::ins/@class[contains(., 'adsbygoogle')]"
    " | descendant::*/@style[contains(., 'display:none') or contains(., 'display: none')]"
)
# What editors' own styles say of a paragraph, in every family.
STYLED = re.compile("aption|imgdesc|image_desc|author|-right|ads|quang")
CAPTION = re.compile(r"caption|imgdesc|image_desc", re.IGNORECASE)
CAPTIONED = frozenset({"p", "div", "span"})
ADVERTISEMENTS = frozenset({"ads", "advertisement", "quangcao", "quang-cao"})
SET_RIGHT = frozenset({"text-right", "align-right", "has-text-align-right"})


def free(container: HtmlElement, drops: Elements, captions: Elements) -> None:
    """Cut out of a container what is hidden, what has no text and `drops`; short `captions` become captions."""
    index = PageIndex(container)
    hidden = (attribute.getparent() for attribute in HIDING(container))
    unwanted = dict.fromkeys((*container.iterdescendants(*NO_TEXT), *hidden, *drops.any_order(index)))
    kept = [element for element in captions.any_order(index) if element not in unwanted]
    styled = index.with_values(list(filter(STYLED.search, index.by_value)))
    for element in unwanted:
        if element is not container:
            # Emptied, not taken out: lxml refuses to join texts in which a control character stands.
            element.clear(keep_tail=True)
            element.tag = "span"
    for element in kept:
        if len(text_of(element)) <= LONGEST_CAPTION:
            element.tag = "figcaption"
    for element in styled:
        if element is not container:
            style(element, element.get("class", ""))
    for caption in list(container.iterdescendants("figcaption")):
        figure = caption.getparent()
        if figure is not None and figure.tag == "figure":
            figure.append(caption)  # behind its picture


def style(element: HtmlElement, classes: str) -> None:
    """Set an element as its classes say: as a caption of the pictures before it, as nothing, against the right."""
    words = set(classes.split())
    if element.tag in CAPTIONED and CAPTION.search(classes) and len(text_of(element)) <= LONGEST_CAPTION:
        # One that holds its picture too is the picture's frame.
        element.tag = "figcaption" if len(list(element.iter("img"))) == 1 else "caption"
    elif words & ADVERTISEMENTS:
        element.clear(keep_tail=True)
    elif "author" in words:
        element.set("style", "text-align: right; font-weight: bold")
    elif words & SET_RIGHT:
        element.set("align", "right")


def walked(container: HtmlElement, absolute: Absolute) -> list[Block]:
    """Return the blocks of a container; `absolute` completes the addresses in it."""
    if ELEMENTS(container) > MOST_ELEMENTS:
        return [block for block in map(paragraph, text_of(container).splitlines()) if block.lines]
    return blocks_of(container, absolute)
