"""MediaTech (`/themes/frontend/`, `#content-detail`): Tây Ninh, Quảng Ninh, Hưng Yên, Cao Bằng, Lạng Sơn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.datelines import dateline
from crawler.families.leads import cut_bold_lead
from crawler.fields import css, linked, meta, select
from crawler.pages import ArticlePage

if TYPE_CHECKING:
    from crawler.blocks import Block


class MediaTechPage(ArticlePage):
    """Documents that close before they begin (`<html></html><head>`), a second one inside the body.

    The author in the JSON-LD is a login name, that in meta the vendor: neither is asked. `div.sapo` is an
    excerpt cut in the middle of a word. The counter `Ý kiến (…)` is empty on most pages: unknown. On papers
    without `p.sapo` the lead is the bold first paragraph.
    """

    name, version = "mediatech", 1
    marks = select("#content-detail, .page-info #article-title")
    titles = (
        css(".content-article h1.name"),
        css(".page-info #article-title"),
        css("h1.name, h1.title"),
        linked("headline"),
        meta("og:title"),
    )
    leads = (css(".content-article p.sapo, #content-detail p.sapo"), css("h4.sapo"))
    containers = (select("#content-detail"),)
    drops = select("div.sapo, p.sapo, h4.sapo, ins, .block-news-list, .related-news")
    captions = select("p.wp-caption-text")
    dates = (dateline(".content-article .date, div.date.font5"), linked("datePublished"))
    changes = (linked("dateModified"),)
    bylines = (css("#content-detail div.author strong"),)
    sections = (css("ol.breadcrumb li.active a"), linked("articleSection"))
    keywords = (css(".content-article .tags a"), linked("keywords"))
    counters = (css("span.total-comment"),)

    def authors(self, blocks: list[Block]) -> tuple[str, ...]:
        """Return the persons without the paper behind the stroke (`Name/Báo …`)."""
        names = (author.partition("/")[0].strip() for author in super().authors(blocks))
        return tuple(filter(None, names))

    def lead_inside(self, blocks: list[Block]) -> str | None:
        """Take a bold first paragraph as the lead where there is no other."""
        return self.note("lead", cut_bold_lead(blocks), "selector")
