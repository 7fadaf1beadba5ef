"""The element that holds a body: freed of what is none of it, and walked."""

from __future__ import annotations

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


def free(container: HtmlElement, drops: Elements, captions: Elements) -> None:
    """Cut out of a container what is hidden, what has no text and `drops`; short `captions` become captions."""
    index = PageIndex(container)
    hidden = (attribute.getparent() for attribute in HIDING(container))
    unwanted = dict.fromkeys((*container.iterdescendants(*NO_TEXT), *hidden, *drops.any_order(index)))
    kept = [element for element in captions.any_order(index) if element not in unwanted]
    for element in unwanted:
        if element is not container:
            # Emptied, not taken out: lxml refuses to join texts in which a control character stands.
            element.clear(keep_tail=True)
            element.tag = "span"
    for element in kept:
        if len(text_of(element)) <= LONGEST_CAPTION:
            element.tag = "figcaption"


def walked(container: HtmlElement, absolute: Absolute) -> list[Block]:
    """Return the blocks of a container; `absolute` completes the addresses in it."""
    if ELEMENTS(container) > MOST_ELEMENTS:
        return [block for block in map(paragraph, text_of(container).splitlines()) if block.lines]
    return blocks_of(container, absolute)
