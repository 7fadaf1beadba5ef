"""The walk over an article's body fragment: text into blocks, pictures with their captions beside them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from lxml import etree

from archive.items import Image
from crawler.blocks import Block, Line, escaped, row
from crawler.documents import clean

if TYPE_CHECKING:
    from lxml.html import HtmlElement

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main",
    "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
SKIPPED = frozenset({
    "script", "style", "noscript", "template", "iframe", "object", "embed", "form", "button", "select",
    "textarea", "input", "svg", "canvas", "audio", "video", "map", "link", "meta", "head", "title",
})  # fmt: skip
CAPTIONS = frozenset({"figcaption", "caption"})
INLINE = {"a": "a", "b": "strong", "strong": "strong", "i": "em", "em": "em", "sub": "sub", "sup": "sup"}
HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
PRINTED_AS = {**HEADINGS, "li": "li", "blockquote": "blockquote"}
BOLD = frozenset({"b", "strong", *HEADINGS})
ITALIC = frozenset({"i", "em"})
TELLING = frozenset({*SKIPPED, *CAPTIONS, *INLINE, *PRINTED_AS, *BOLD, *ITALIC, "br", "img", "table"})
"""Elements that mean something without a style; all others only part blocks, if that."""
STYLES = etree.XPath("descendant-or-self::*/@style | descendant-or-self::*/@align")
BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
ITALIC_STYLE = re.compile(r"font-style\s*:\s*italic", re.IGNORECASE)
RIGHT_STYLE = re.compile(r"text-align\s*:\s*(?:right|end)", re.IGNORECASE)
PICTURE_ATTRIBUTES = ("data-src", "data-original", "data-lazy-src", "src")
PLACEHOLDER = re.compile(r"(?:grey|blank|spacer|placeholder|loading|transparent)[\w-]*\.\w+$", re.IGNORECASE)
CREDIT = re.compile(r"(?:^|[.,;(])\s*(?:Ảnh|Photo|Foto|Nguồn ảnh|الصورة|صورة)\s*:\s*[^.:]{2,60}[.)]*$", re.IGNORECASE)
LONGEST_CAPTION = 400
LONGEST_CELL = 600
PARTING = BLOCKS | {"br"}
UNSHOWN = frozenset({"script", "style"})
Absolute = Callable[[str | None], str | None]


def blocks_of(container: HtmlElement, absolute: Absolute) -> list[Block]:
    """Walk an element of a page and return its blocks; `absolute` completes the addresses in it."""
    return Walk(absolute).over(container)


def flat(element: HtmlElement) -> str:
    """Return all text inside an element on one line; only blocks and breaks part words."""
    if not len(element):
        return "" if element.tag in UNSHOWN else clean(element.text or "")
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walk:
        if event == "end":
            parts += [" " if inner.tag in BLOCKS else "", (inner.tail or "") if inner is not element else ""]
        elif inner.tag in UNSHOWN:
            walk.skip_subtree()
        else:
            parts += [" " if inner.tag in PARTING else "", inner.text or ""]
    return clean("".join(parts))


@dataclass(slots=True)
class Open:
    """An element that the walk is inside of; what it and those around it mean for the text.

    `before` and `after` are the tags that the element itself is printed with, "" for most.
    """

    element: HtmlElement | None
    name: str = ""
    before: str = ""
    after: str = ""
    block: str = "p"
    bold: bool = False
    italic: bool = False
    right: bool = False

    def dress(self, element: HtmlElement) -> None:
        """Add what the element's attributes say."""
        style = element.get("style", "")
        self.bold = self.bold or BOLD_STYLE.search(style) is not None
        self.italic = self.italic or ITALIC_STYLE.search(style) is not None
        self.right = self.right or element.get("align") == "right" or RIGHT_STYLE.search(style) is not None


class Walk:
    """One pass over a fragment in the page's order, without recursion.

    Text outside any paragraph is kept, inline elements add no blank, two breaks in a row end a paragraph.
    """

    def __init__(self, absolute: Absolute) -> None:
        self.absolute = absolute
        self.blocks: list[Block] = []
        self.open: list[Open] = []
        self.inline: list[Open] = []  # those of `open` that are printed: never more than one of a name
        self.uncaptioned: list[Block] = []  # pictures since the last text
        self.after_text: list[Block] = []  # those of them that stand behind a text of the open block
        self.styled: set[HtmlElement] = set()
        self.lines: list[Line] = []
        self.text: list[str] = []
        self.html: list[str] = []  # empty until an inline element is printed
        self.links: list[str] = []
        self.letters = self.bold = self.italic = 0

    def over(self, container: HtmlElement) -> list[Block]:
        """Return the blocks of an element and all that is in it."""
        self.open.append(Open(None))
        self.styled = {attribute.getparent() for attribute in STYLES(container)}
        walk = etree.iterwalk(container, events=("start", "end"))
        for event, element in walk:
            name = element.tag
            if name in BLOCKS and (self.text or self.lines):
                self.end_block()
            if event == "start":
                if (name in TELLING or element in self.styled) and not self.enter(element):
                    walk.skip_subtree()
                    continue
                text = element.text
            else:
                if self.open[-1].element is element:
                    self.leave()
                text = element.tail if element is not container else None
            if text and (self.text or not text.isspace()):
                self.say(text)
        self.end_block()
        return self.blocks

    def enter(self, element: HtmlElement) -> bool:
        """Begin an element: what it means for the text; False when what is inside it is none or is read already."""
        name = element.tag
        if name == "br":
            self.end_line()
        elif name == "img":
            self.picture(element)
        elif name in CAPTIONS and (self.uncaptioned or name != "caption"):
            self.end_block()
            self.pictures(element)
            self.caption(flat(element))
        elif name not in SKIPPED and not (name == "table" and self.table(element)):
            self.push(element)
            return True
        return False

    def push(self, element: HtmlElement) -> None:
        """Go inside an element."""
        outer, name = self.open[-1], str(element.tag)
        before, after = self.printed(element) if name in INLINE else ("", "")
        bold, italic = outer.bold or name in BOLD, outer.italic or name in ITALIC
        opened = Open(element, name, before, after, PRINTED_AS.get(name, outer.block), bold, italic, outer.right)
        if element in self.styled:
            opened.dress(element)
        self.open.append(opened)
        if before:
            self.inline.append(opened)
            self.html = self.html or [escaped("".join(self.text))]
            self.html.append(before)

    def printed(self, element: HtmlElement) -> tuple[str, str]:
        """Return the tags that an inline element is printed with; a link keeps nothing but its address."""
        name = INLINE[str(element.tag)]
        if self.inline and any(INLINE[outer.name] == name for outer in self.inline):
            return "", ""
        if name == "a":
            href = self.absolute(element.get("href"))
            self.links += [href] if href else []
            return (f'<a href="{escape(href)}">', "</a>") if href else ("", "")
        return f"<{name}>", f"</{name}>"

    def leave(self) -> None:
        """Come out of the innermost element."""
        element = self.open.pop()
        if element.before:
            self.inline.pop()
            self.html.append(element.after)

    def say(self, text: str) -> None:
        """Add a piece of text as it stands in the source; not for blanks before any other text."""
        self.text.append(text)
        if self.html:
            self.html.append(escaped(text))
        if letters := len(text.strip()):
            around = self.open[-1]
            if self.after_text:
                self.after_text = []
            self.letters += letters
            self.bold += letters * around.bold
            self.italic += letters * around.italic

    def end_line(self) -> None:
        """End a line at a break; an empty line ends the paragraph."""
        if not self.take_line() and self.lines:
            self.end_block()

    def take_line(self) -> bool:
        """Make a line of the text that was said; False when there is none."""
        said = "".join(self.text)
        if not (text := clean(said)):
            return False
        if self.html:
            markup = clean("".join((*self.html, *(element.after for element in reversed(self.inline)))))
        else:
            markup = escaped(text)
        self.lines.append(Line(text, markup, tuple(self.links)))
        self.text, self.links = [], []
        self.html = [element.before for element in self.inline]
        return True

    def end_block(self) -> None:
        """End a paragraph, and decide whether it was a picture's caption."""
        if not self.text and not self.lines:
            return
        self.take_line()
        lines, self.lines = self.lines, []
        letters, bold, italic = self.letters, self.bold, self.italic
        self.letters = self.bold = self.italic = 0
        if not lines:
            return
        around = self.open[-1]
        block = Block(around.block, lines, bold == letters, italic == letters, around.right)
        if self.uncaptioned and len(block.text) <= LONGEST_CAPTION and is_caption(block):
            self.caption(clean(block.text))
        else:
            self.blocks.append(block)
            self.uncaptioned = self.after_text
        self.after_text = []

    def picture(self, element: HtmlElement) -> None:
        """Note a picture; a placeholder of lazy loading is none."""
        for name in PICTURE_ATTRIBUTES:
            address = (element.get(name) or "").strip()
            if address and not is_placeholder(address) and (url := self.absolute(address)):
                block = Block("figure", image=Image(url))
                self.blocks.append(block)
                self.uncaptioned.append(block)
                self.after_text.append(block)
                return

    def pictures(self, element: HtmlElement) -> None:
        """Note all pictures inside an element."""
        for picture in element.iter("img"):
            self.picture(picture)

    def caption(self, text: str) -> None:
        """Give a caption to the pictures that stand before it; without any it belongs to nothing kept."""
        for block in self.uncaptioned:
            if block.image is not None and text:
                block.image = replace(block.image, caption=text)
        self.uncaptioned = [] if text else self.uncaptioned

    def table(self, element: HtmlElement) -> bool:
        """Read a table that frames a picture, or one of data; False for one that lays out the page."""
        if next(element.iterdescendants("table"), None) is not None:
            return False
        text = flat(element)
        if len(text) <= LONGEST_CAPTION and next(element.iter("img"), None) is not None:
            self.pictures(element)
            self.caption(text)
            return True
        rows = [[flat(cell) for cell in line.iter("td", "th")] for line in element.iter("tr")]
        cells = [cell for texts in rows for cell in texts]
        columns = max((len([text for text in texts if text]) for texts in rows), default=0)
        if columns < 2 or max(map(len, cells)) > LONGEST_CELL:  # noqa: PLR2004
            return False
        self.pictures(element)
        named = [[flat(caption)] for caption in element.iter("caption")]
        self.blocks.append(Block("table", [row(texts) for texts in (*named, *rows) if any(texts)]))
        self.uncaptioned = []
        return True


def is_placeholder(address: str) -> bool:
    """Whether an address stands for a picture that a script loads later: a file of such a name, or none."""
    return address[:5].lower() == "data:" or PLACEHOLDER.search(address.rpartition("/")[2]) is not None


def is_caption(block: Block) -> bool:
    """Whether a short block right after a picture is its caption: all in italics, or with a photo credit."""
    return block.italic or bool(CREDIT.search(block.text))
