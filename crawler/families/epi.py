"""ePi (`cms-body`, `-post<digits>.html`): TP.HCM, Gia Lai, Hà Tĩnh, Lào Cai."""

from __future__ import annotations

from crawler.fields import css, linked, meta, select
from crawler.pages import ArticlePage


class EpiPage(ArticlePage):
    """Articles, e-magazines, photo and video pages; the first `h1` of a page is the logo.

    `var cmsConfig` and `meta.cms-date` occur in another CMS too, `.article__body` in many: none of them tells the
    family. The body of a video page is there and empty. `og:url` is the short address, an alias of the canonical
    one. No comment counter is known of these papers.
    """

    name, version = "epi", 1
    marks = select(".cms-body, .zce-content-body, h1.cms-title, [data-field=body], .story__heading a.cms-link")
    titles = (
        css("h1.cms-title, h1.article__title, h1.article__header, [data-field=title]"),
        css(".article__title"),
        meta("og:title"),
    )
    leads = (css(".article__sapo, [data-field=sapo]"),)
    containers = (select(".article__body"), select(".zce-content-body, [data-field=body]"))
    drops = select(
        ".banner, .ads_middle, .sda_middle, .article-relate, .related-news, .article__list, .article__source,"
        " .article__tag, .article__meta, .article__sapo, ins"
    )
    captions = select("p.imgdesc, td.imgdesc")
    dates = (
        css(".article__meta time[datetime]", "datetime"),
        css("meta.cms-date", "content"),
        linked("datePublished"),
        meta("article:published_time"),
    )
    changes = (meta("article:modified_time"), linked("dateModified"))
    bylines = (css(".article__meta .cms-author, .article__author .cms-author"), linked("author"))
    sections = (css("ul.breadcrumbs li:last-child a"), meta("article:section"))
    keywords = (css(".article__tag a"), meta("article:tag"))
    # `.cms-source` beside the author leads to a search for the outlet, which is no original.
    originals = (css(".article__source a", "href"),)
