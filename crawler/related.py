"""Lines within a body that lead to other articles: `>> Tin liên quan: …`, `Xem thêm`, and the links behind them."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.blocks import Block, Line

LABELS = (
    r"(?:các )?(?:tin|bài)(?: viết| tức| bài)?(?: có)? (?:liên quan|cùng chủ đề|cùng chuyên mục)"
    r"|(?:mời )?(?:xem|đọc) thêm|có thể bạn quan tâm"
)
BEGINNING = re.compile(rf"\W{{0,5}}(?:[>»►▶☞]|(?:{LABELS})\b)", re.IGNORECASE)
LABEL = re.compile(LABELS, re.IGNORECASE)
LINK = re.compile(r"<a [^>]*>.*?</a>")
MARKUP = re.compile(r"<[^>]*>")
LONGEST_LABEL = 60
NO_WORD = re.compile(r"[\W_]+")


def cut_related(blocks: list[Block]) -> None:
    """Cut out of `blocks` the lines that lead to other articles, and what they leave empty."""
    led = False
    emptied = []
    for block in blocks:
        if not block.lines or block.tag == "table":
            continue
        kept = []
        for line in block.lines:
            led = leads_on(line) or (led and bool(line.links) and not beside_links(line))
            kept += [] if led else [line]
        block.lines = kept
        emptied += [] if kept else [id(block)]
    blocks[:] = [block for block in blocks if id(block) not in emptied]


def leads_on(line: Line) -> bool:
    """Tell whether a line is nothing but such a label, or a mark or label and links."""
    if (not line.links and len(line.text) > LONGEST_LABEL) or not BEGINNING.match(line.text):
        return False
    beside = beside_links(line)
    return LABEL.fullmatch(beside) is not None or (bool(line.links) and not beside)


def beside_links(line: Line) -> str:
    """Return the words of a line that stand outside its links."""
    return NO_WORD.sub(" ", unescape(MARKUP.sub("", LINK.sub(" ", line.html)))).strip()
