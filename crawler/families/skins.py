"""Families in another dress: the same addresses and CMS, other names of elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.urls import in_domains
from crawler.datelines import dateline
from crawler.families.hexid import HexIdPage
from crawler.families.leads import cut_bold_lead
from crawler.families.newscontents import NewsContentsPage
from crawler.fields import css, meta, select
from crawler.pages import ArticlePage

if TYPE_CHECKING:
    from crawler.blocks import Block
    from crawler.documents import Document


class HexIdSkinPage(ArticlePage):
    """Hex id as Đắk Lắk, Đồng Nai and Thái Nguyên dress it, by what other crawlers read there.

    What the family's own elements say comes first. Without `p.reply` or `div.desc` the lead is the bold first
    paragraph.
    """

    name, version = "hexid-skin", 1
    marks = select(
        "#page_info #article_id, .wrapper-post-detail-main, #content .td-post-content, .article_content #content"
    )
    titles = (*HexIdPage.titles, css("h1.media-heading, .article_content h1"), meta("og:title"))
    leads = (*HexIdPage.leads, css("div.desc"))
    containers = (*HexIdPage.containers, select(".article_content"))
    drops = select(
        ".section-post-detail-related, .tags-box, .after-author, h1.media-heading, div.date, ul.social, div.bd02,"
        " div.desc"
    )
    captions, media = HexIdPage.captions, HexIdPage.media
    dates = (*HexIdPage.dates, dateline(".article_content div.date, .article_content .time"))
    bylines, keywords = HexIdPage.bylines, HexIdPage.keywords
    sections = (*HexIdPage.sections, css("a.maincatetitle, a.title.color1"))

    def lead_inside(self, blocks: list[Block]) -> str | None:
        """Take a bold first paragraph as the lead where there is no other."""
        return self.note("lead", cut_bold_lead(blocks), "selector")


class CaMauPage(NewsContentsPage):
    """Cà Mau (`-a<id>.html`): addresses and pictures are those of Newscontents, the body is `.post-content`."""

    name, version = "camau", 1
    marks = select("div.post-content, section.post-content")
    titles = (css(".post-title h1, h1.post-title"), *NewsContentsPage.titles)
    leads = (css(".post-desc, .post-sapo"), *NewsContentsPage.leads)
    containers = (select("div.post-content, section.post-content"),)
    drops = select("[class^=AMN_], .post-desc, .post-sapo, .related-list, ul.related, ins")
    dates = (*NewsContentsPage.dates, dateline(".post-date, .post-meta time"))
    bylines = (css(".post-content p.author, .post-author"),)

    @classmethod
    def matches(cls, document: Document) -> bool:
        """Tell whether the page is the paper's: many sites of another kind have a `.post-content`."""
        return in_domains(document.url, ("baocamau.vn",)) and super().matches(document)
