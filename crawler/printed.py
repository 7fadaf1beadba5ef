"""A text found in a page, as the page prints it: its blocks, without captions and the page's frame."""

from __future__ import annotations

import re
from collections import defaultdict
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.blocks import paragraph
from crawler.containers import HIDING, free, walked
from crawler.fields import select, text_of
from crawler.page_index import PageIndex
from crawler.trailers import squeezed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from lxml.html import HtmlElement

    from crawler.blocks import Block, Line
    from crawler.documents import Document

NOTHING = select("baotinh-nothing")
FRAMES = select(
    "nav, footer, [class*=breadcrumb], [class*=related], [class*=lien-quan], [class*=sidebar], [class*=site-header]"
)
# What trafilatura draws between the rows of a table.
RULE = re.compile(r"[\s|:-]*")
NOWHERE = -1
LONGEST_FITTING = 60
"""Characters of a line before the headline: what is longer is text, and the headline is said again behind it."""


def as_printed(document: Document, lines: Collection[str], *, framed: bool) -> list[Block]:
    """Return blocks of lines as the page prints them, without captions, and without frames if it is `framed`.

    Lines that the page prints in one block are one; a line that is not found in it stays as it is.
    """
    body = deepcopy(next(document.root.iter("body"), document.root))
    cut = cut_frames(body, lines) if framed else set()
    cut |= hidden_in(body, lines)
    free(body, NOTHING, NOTHING)
    page = Printed(walked(body, document.absolute))
    found: list[tuple[int, Block]] = []
    for text in lines:
        places = page.take(text)
        if not places and key(text) not in page.captions | cut and not RULE.fullmatch(text):
            found.append((NOWHERE, paragraph(text)))
        for at, line in places:
            if found and found[-1][0] == at:
                found[-1][1].lines.append(line)
            else:
                found.append((at, replace(page.blocks[at], lines=[line])))
    return [block for _, block in found if block.lines] + page.signature()


def hidden_in(body: HtmlElement, lines: Collection[str]) -> set[str]:
    """Return the keys of hidden lines; none where most of the text is hidden, which scripts will show."""
    keys = {key(line) for hidden in HIDING(body) for line in text_of(hidden.getparent()).splitlines()}
    wanted = set(map(key, lines))
    return keys if 2 * size(wanted & keys) < size(wanted) else set()


class Printed:
    """What a page prints, in its order, and how far the lines of a text have been found in it."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.places: defaultdict[str, list[tuple[int, Line]]] = defaultdict(list)
        for at, block in enumerate(blocks):
            for line in block.lines:
                self.places[key(line.text)].append((at, line))
        self.captions = {key(block.image.caption) for block in blocks if block.image and block.image.caption}
        self.last = 0

    def take(self, text: str) -> list[tuple[int, Line]]:
        """Return the places of a line: the next where it is printed, or where its pieces are, one after the other."""
        wanted = key(text)
        told = self.places.get(wanted, [])
        if told:
            place = next((place for place in told if place[0] >= self.last), told[0])
            told.remove(place)
            self.last = place[0]
            return [place]
        return self.run(wanted) if text.startswith("|") else []

    def run(self, wanted: str) -> list[tuple[int, Line]]:
        """Return the blocks that say in a row what stands in one cell of a table that lays out the page."""
        for start in range(self.last, len(self.blocks)):
            left, places = wanted, []
            for at in range(start, len(self.blocks)):
                lines = self.blocks[at].lines
                said = "".join(key(line.text) for line in lines)
                if not left or not left.startswith(said):
                    break
                left = left.removeprefix(said)
                places += [(at, line) for line in lines]
            if not left:
                self.last = places[-1][0]
                return places
        return []

    def signature(self) -> list[Block]:
        """Return the block behind the text that is set as a signature, which readers of prose leave out."""
        behind = (block for block in self.blocks[self.last + 1 :] if block.lines)
        block = next(behind, None)
        return [block] if self.last and block is not None and block.right and block.bold else []


def cut_frames(body: HtmlElement, lines: Collection[str]) -> set[str]:
    """Cut out of a body what frames the article, and return the keys of all lines in it.

    What holds the headline, or most of the lines that were found, is the article, whatever it is called.
    """
    wanted = set(map(key, lines))
    cut: set[str] = set()
    for frame in [*FRAMES.any_order(PageIndex(body)), *body.iter("header")]:
        keys = {key(line) for line in text_of(frame).splitlines() if line.strip()}
        if frame is not body and next(frame.iter("h1"), None) is None and 2 * size(wanted & keys) < size(wanted):
            cut |= keys
            frame.clear(keep_tail=True)
    return cut


def size(keys: Iterable[str]) -> int:
    """Return how many characters keys have in all."""
    return sum(map(len, keys))


def key(text: str) -> str:
    """Return what tells a line from others: its letters and digits, all of it where there are none."""
    return "".join(filter(str.isalnum, text)) or text.strip()


def cut_head(blocks: list[Block], title: str, said: Collection[str]) -> None:
    """Cut off the beginning of `blocks` what stands before a repeated headline, and lines that were `said` of it."""
    at = next((place for place, block in enumerate(blocks) if squeezed(block.text) == squeezed(title)), -1)
    if all(len(block.text) <= LONGEST_FITTING for block in blocks[: max(at, 0)]):
        del blocks[: at + 1]
    known = {key(text) for text in said}
    blocks[:] = [block for block in blocks if key(block.text) not in known]
