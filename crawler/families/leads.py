"""Leads that stand inside the body, as its bold first paragraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.blocks import Block

SHORTEST_LEAD = 60
"""Characters: a bold first paragraph that is shorter than a sentence is a heading."""


def cut_bold_lead(blocks: list[Block]) -> str | None:
    """Cut the first paragraph off `blocks` and return it, where all of it is bold and it is no heading."""
    first = next((block for block in blocks if block.lines), None)
    if first is None or not first.bold or first.tag != "p" or len(first.text) < SHORTEST_LEAD:
        return None
    blocks.remove(first)
    return first.text
