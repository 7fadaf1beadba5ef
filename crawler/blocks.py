"""What a body consists of: blocks of printed lines, and pictures with their captions."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from crawler.documents import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.items import Image


class Line(NamedTuple):
    """One printed line: its text, the same as HTML with a few inline elements, the addresses it links to."""

    text: str
    html: str
    links: tuple[str, ...] = ()


@dataclass(slots=True)
class Block:
    """A paragraph, heading, list item or table of a body, or a picture (which has no lines).

    `tag` is the element that the block is printed as; the lines of a table are its rows. `bold` and `italic`
    mean all of its text; `right` means set against the right margin.
    """

    tag: str
    lines: list[Line] = field(default_factory=list)
    bold: bool = False
    italic: bool = False
    right: bool = False
    image: Image | None = None

    @property
    def text(self) -> str:
        """The block as text, one printed line a line."""
        if len(self.lines) == 1:
            return self.lines[0].text
        return "\n".join(line.text for line in self.lines)

    @property
    def html(self) -> str:
        """The block as HTML of a few plain elements, without a style, class or script."""
        if self.image is not None:
            caption = f"<figcaption>{escape(self.image.caption)}</figcaption>" if self.image.caption else ""
            return f'<figure><img src="{escape(self.image.url)}">{caption}</figure>'
        if self.tag == "table":
            return "<table>" + "".join(f"<tr>{line.html}</tr>" for line in self.lines) + "</table>"
        if len(self.lines) == 1:
            return f"<{self.tag}>{self.lines[0].html}</{self.tag}>"
        return f"<{self.tag}>" + "<br>".join(line.html for line in self.lines) + f"</{self.tag}>"


def escaped(text: str) -> str:
    """Return a text as HTML; most texts are HTML already, and three looks cost less than three replacements."""
    return escape(text, quote=False) if "&" in text or "<" in text or ">" in text else text


def paragraph(text: str) -> Block:
    """Make a paragraph of plain text."""
    return Block("p", [Line(line, escape(line)) for line in map(clean, text.splitlines()) if line])


def row(cells: Iterable[str]) -> Line:
    """Make a table's row of the texts of its cells; empty ones are left out of the row's text."""
    texts = list(cells)
    return Line(" | ".join(filter(None, texts)), "".join(f"<td>{escape(text)}</td>" for text in texts))


def as_text(blocks: Iterable[Block]) -> str:
    """Return the body as text: paragraphs separated by blank lines."""
    return "\n\n".join(block.text for block in blocks if block.lines)


def as_html(blocks: Iterable[Block]) -> str:
    """Return the body as HTML, one block a line, list items in a list."""
    parts = []
    for tag, group in groupby(blocks, key=lambda block: block.tag):
        inside = "\n".join(block.html for block in group)
        parts.append(f"<ul>\n{inside}\n</ul>" if tag == "li" else inside)
    return "\n".join(parts)


def pictures(blocks: Iterable[Block]) -> tuple[Image, ...]:
    """Return the pictures of a body in order, each address once."""
    found: dict[str, Image] = {}
    for block in blocks:
        if block.image is not None:
            found.setdefault(block.image.url, block.image)
    return tuple(found.values())
