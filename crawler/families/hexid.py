"""Hex id (`/common/v2/`): Đắk Lắk, Đồng Nai, Khánh Hòa, Thái Nguyên, Quảng Trị, Vĩnh Long; Lâm Đồng to 2025."""

from __future__ import annotations

from crawler.fields import css, select
from crawler.pages import ArticlePage


class HexIdPage(ArticlePage):
    """Pages with a whole document nested in `main`; the first of several `h1` is the paper's name.

    The lead is often said again as the first paragraph. The author is a placeholder on some pages; the real
    one is then the last bold paragraph against the right margin. The header's date is today's. These papers
    print no comment count.
    """

    name, version = "hexid", 1
    marks = select("#page_info #article_id, .wrapper-post-detail-main")
    titles = (css(".wrapper-post-detail-main h1.title"), css("#page_info #article_title"))
    leads = (css("p.reply"),)
    containers = (select("#content .td-post-content"), select("#content"))
    drops = select(".section-post-detail-related, .tags-box, .after-author")
    captions = select("td > font[color]")
    media = select(".wrapper-post-detail-main .group-image")
    dates = (css(".group-time time"),)
    bylines = (css(".after-author .author"),)
    sections = (css("#page_info #cate_title"), css("ol.breadcrumb li:last-child a"))
    keywords = (css(".tags-box a"),)
