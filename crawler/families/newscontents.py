"""Newscontents (`#newscontents`, `.content-fck`, `-a<digits>.html`): Cần Thơ, An Giang, Đồng Tháp."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lxml.etree import XPath

from crawler.fields import Finder, css, linked, meta, select, tidy
from crawler.names import split_names
from crawler.pages import ArticlePage

if TYPE_CHECKING:
    from crawler.blocks import Block
    from crawler.documents import Document
    from crawler.selectors import Elements

LINK_TO_ORIGINAL = XPath(
    "//a[contains(., 'Link gốc') or contains(normalize-space(preceding-sibling::node()[1]), 'Link gốc')]/@href"
)
LONGEST_SIGNATURE = 80


def original(document: Document) -> list[str]:
    """Return where `Link gốc: …` leads; its text is cut short, the address is not."""
    return tidy(map(str, LINK_TO_ORIGINAL(document.root)))


class NewsContentsPage(ArticlePage):
    """Pages whose relative addresses hang on `<base href>`; the first `h1` is a breadcrumb on some papers.

    The printed date has a time, that of the JSON-LD often none. The signature is the last paragraph against
    the right margin, bold or not. The heading BÌNH LUẬN has no number: unknown.
    """

    name, version = "newscontents", 1
    marks = select("#newscontents, .content-fck")
    titles: ClassVar[tuple[Finder, ...]] = (
        css(".detail-title h1"),
        css("h1.fw700"),
        linked("headline", "name"),
        meta("og:title"),
    )
    leads: ClassVar[tuple[Finder, ...]] = (css(".detail-desc p.fw600"), css(".detail-desc"))
    containers: ClassVar[tuple[Elements, ...]] = (
        select("#newscontents .content-fck"),
        select(".content-fck"),
        select("#newscontents"),
    )
    drops = select("[class^=AMN_], .detail-desc, .detail-related, .detail-tag, .related-list, ins")
    captions = select("p.note")
    dates: ClassVar[tuple[Finder, ...]] = (css(".pubdate"), linked("datePublished"), meta("article:published_time"))
    changes = (linked("dateModified"), meta("article:modified_time"))
    bylines: ClassVar[tuple[Finder, ...]] = (css("#newscontents p.author"),)
    sections = (
        css("ul.breadcrumb li:last-child a"),
        css(".catename span a, .titlecate h1 span a"),
        css(".catename a, .titlecate h1 a"),
        meta("article:section"),
    )
    keywords = (css(".detail-tag a.tag_item"),)
    originals = (Finder("selector", original),)

    def authors(self, blocks: list[Block]) -> tuple[str, ...]:
        """Return the persons of the byline, else of the last paragraph against the right margin."""
        authors = super().authors(blocks)
        last = blocks[-1] if blocks else None
        if last is None or not last.right or not last.lines or len(last.text) > LONGEST_SIGNATURE:
            return authors
        blocks.pop()
        return authors or self.note("authors", split_names([last.text]), "selector")
