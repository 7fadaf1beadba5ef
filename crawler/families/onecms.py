"""ONECMS (`*.1cdn.vn`): Lâm Đồng, Nghệ An, Đà Nẵng, Hải Phòng, Hà Nội and papers of the capital."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.families.leads import cut_bold_lead
from crawler.fields import css, meta, script, select
from crawler.pages import ArticlePage

if TYPE_CHECKING:
    from crawler.blocks import Block


class OneCmsPage(ArticlePage):
    """Articles, longforms and video pages; title, author, date and lead stand inside the body's container.

    The date in meta is printed month first, the one on the page day first; `datetimenow` is when the page was
    fetched. `meta author` is the paper itself on some papers, which is no author.
    """

    name, version = "onecms", 1
    marks = select(
        ".b-maincontent, .c-news-detail, .sc-longform-header, .block-sc-title, .c-detail-head__title,"
        " .c-video-detail__title, [class*='onecms__']"
    )
    titles = (
        css("h1.sc-longform-header-title, h1.block-sc-title, h1.c-detail-head__title, .c-video-detail__title h1"),
        meta("og:title"),
    )
    leads = (css(".sc-longform-header-sapo"), css(".c-news-detail h2.desc, .b-maincontent h2.desc"))
    containers = (select(".b-maincontent .entry"), select(".c-news-detail .entry, .c-video-detail .entry"))
    drops = select(
        ".sc-longform-header, .sc-empty-layer, .c-box, .oneads, b.vtranslate-author-translate, .c-banner-inpage,"
        " h2.desc, .c-detail-head"
    )
    captions = select("td.image_desc, p.image_desc")
    media = select(".sc-longform-header-media")
    dates = (
        script(r"'articlePublishDate'\s*:\s*'([^']+)'"),
        css(".sc-longform-header-date, .c-detail-head__time"),
        meta("article:published_time", month_first=True),
    )
    changes = (meta("article:modified_time", month_first=True),)
    bylines = (
        css(".sc-longform-header-author, .c-detail-head__author"),
        meta("dable:author"),
        meta("article:author"),
        meta("author"),
    )
    sections = (meta("article:section"), css("ol.breadcrumb li:last-child a"), css(".block-sc-cate-name"))
    keywords = (css(".onecms__tags a, .c-tags a"), meta("article:tag"))
    counters = (css(".c-comment-bar__count"),)
    originals = (css("#url-copy", "href"), css("#url-copy", "value"), css("#url-copy"))

    def lead_inside(self, blocks: list[Block]) -> str | None:
        """Take a bold first paragraph as the lead where the sapo is empty or missing."""
        text = cut_bold_lead(blocks)
        return self.note("lead", self.without_tag(text) if text else None, "selector")
