"""dcontent (`#dcontent`, `-<digits>.htm`): Thanh Hóa, Phú Thọ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.datelines import dateline
from crawler.fields import css, linked, meta, select
from crawler.pages import ArticlePage

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.blocks import Block

# Encoded bodies are one word of base64, or lines of it; the longest word of a text is an address.
LONGEST_WORD = 300
LONGEST_WORDS = 40
"""Characters of a word on the average of a long block: written Vietnamese has four."""
LONG_BLOCK = 200


class DContentPage(ArticlePage):
    """Articles of which a part is encoded and decoded by a script: those have no body, and are not stored.

    What stands outside of `#dcontent` never fills the body. Selectors other than that of the body are
    inferred from what crawlers of these papers ask for.
    """

    name, version = "dcontent", 1
    marks = select("#dcontent")
    titles = (css("h1[class*=title]"), meta("og:title"), css("h1"))
    leads = (css(".article__sapo"), css("h2.sapo, p.sapo, div.sapo"))
    containers = (select("#dcontent"),)
    drops = select(".article__sapo, .sapo, .related, .related-news, .article-relate, .tags, ins")
    captions = select("p.imgdesc, td.image_desc, p.image_desc")
    dates = (
        meta("article:published_time"),
        linked("datePublished"),
        dateline("[class*=pdate], [class*=stime], [class*=date-detail]"),
    )
    bylines = (css("#dcontent p.author, .article__author"), linked("author"))
    sections = (css(".breadcrumb li:last-child a"), css(".breadcrumb > a:last-child"), meta("article:section"))
    keywords = (css(".article__tag a, .tags a"), meta("article:tag"))

    def blocks(self, container: HtmlElement) -> list[Block]:
        """Walk the body; one that is encoded has no blocks."""
        blocks = super().blocks(container)
        return [] if any(is_encoded(block.text) for block in blocks) else blocks


def is_encoded(text: str) -> bool:
    """Tell whether a block is no text for people: a word longer than any, or nothing but long words."""
    words = text.split()
    return any(len(word) > LONGEST_WORD for word in words) or (
        len(words) > 1 and len(text) > max(LONG_BLOCK, LONGEST_WORDS * len(words))
    )
