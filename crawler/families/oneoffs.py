"""Papers with a CMS of their own: Bắc Ninh, Điện Biên, Ninh Bình, Quảng Ngãi, Sơn La."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from archive.urls import in_domains
from crawler.datelines import dateline
from crawler.documents import Document
from crawler.fields import css, linked, meta, select, text_of
from crawler.pages import ArticlePage

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# A string of JavaScript in double quotes; one without an end goes on to the end, so that the search stays linear.
LITERAL = re.compile(r'"(?:[^"\\]|\\.?)*+(?:"|\Z)', re.DOTALL)


class OwnPage(ArticlePage):
    """A layout of one paper, whose marks are too common to tell it on another host."""

    hosts: ClassVar[tuple[str, ...]]

    @classmethod
    def matches(cls, document: Document) -> bool:
        """Tell whether the page lies on the paper's hosts and has its marks."""
        return in_domains(document.url, cls.hosts) and super().matches(document)


class BacNinhPage(OwnPage):
    """Bắc Ninh (`-postid<id>.bbg`): lead, body and section as other crawlers read them."""

    name, version = "bacninh", 1
    hosts = ("baobacninhtv.vn",)
    marks = select(".news-details__content, .news_detail_sapo")
    titles = (css(".news-detail__head h1, h1[class*=news-detail]"), meta("og:title"), css("h1"))
    leads = (css(".news_detail_sapo"),)
    containers = (select(".news-details__content"),)
    drops = select(".news-related__list, .news_detail_sapo, ins")
    captions = select("p.imgdesc, p.image_desc, td.image_desc")
    dates = (
        dateline(".news-detail__head time, .news-detail__head [class*=date], .news-detail__head [class*=time]"),
        meta("article:published_time"),
        linked("datePublished"),
    )
    bylines = (css(".news-details__content p.author, .news-detail__author"),)
    sections = (css("a.post-meta"), meta("article:section"))
    keywords = (css(".news-detail__tag a, .tags a"), meta("article:tag"))


class DienBienPage(OwnPage):
    """Điện Biên (`/tin-bai/<section>/<slug>`): only the body and the section's link are known."""

    name, version = "dienbien", 1
    hosts = ("baodienbienphu.vn",)
    marks = select(".editor-content")
    titles = (css("#detail-news h1"), meta("og:title"), css("h1"))
    leads = (css("#detail-news .sapo, #detail-news .description"),)
    containers = (select(".editor-content"),)
    drops = select(".sapo, .related, ins")
    dates = (
        meta("article:published_time"),
        linked("datePublished"),
        dateline("#detail-news time, #detail-news [class*=date], #detail-news [class*=time]", above="none"),
    )
    bylines = (css("#detail-news .author, .editor-content p.author"),)
    sections = (css("#detail-news a[href*='/tin-tuc/']"), meta("article:section"))
    keywords = (css("#detail-news .tags a"), meta("article:tag"))


class NinhBinhPage(OwnPage):
    """Ninh Bình (`/slug/d<digits>.htm`): body `#content_detail`, date `#date`."""

    name, version = "ninhbinh", 1
    hosts = ("baoninhbinh.org.vn",)
    marks = select("#content_detail")
    titles = (css("h1[class*=title], h1#title"), meta("og:title"), css("h1"))
    leads = (css("h2.sapo, p.sapo, div.sapo, #sapo"),)
    containers = (select("#content_detail"),)
    drops = select(".sapo, #sapo, .related, .tin-lien-quan, ins")
    captions = select("p.imgdesc, td.image_desc, p.image_desc")
    dates = (css("#date"), meta("article:published_time"), linked("datePublished"))
    bylines = (css("#content_detail p.author, #author"),)
    sections = (css(".breadcrumb li:last-child a"), css(".breadcrumb > a:last-child"), meta("article:section"))
    keywords = (css(".tags a"), meta("article:tag"))


class QuangNgaiPage(OwnPage):
    """Quảng Ngãi (`-<id>.htm`): some pages carry the body as a text in a script, `#content` is empty then.

    How the script holds it is not known: any string of a script that has paragraphs in it is taken, the
    longest. Without one the page needs JavaScript; the rest of the page never fills the body.
    """

    name, version = "quangngai", 1
    hosts = ("baoquangngai.vn",)
    marks = select("#content, p.sapo")
    filled_by_script = select("#content")
    titles = (css("#body h1"), meta("og:title"), css("h1"))
    leads = (css("p.sapo"), css("#body .sapo"))
    containers = (select("#content"),)
    drops = select(".sapo, .related, ins")
    captions = select("p.imgdesc, td.image_desc, p.image_desc")
    dates = (
        meta("article:published_time"),
        linked("datePublished"),
        dateline("#body time, #body [class*=date], #body [class*=time]", above="none"),
    )
    bylines = (css("#body .author, #content p.author"), linked("author"))
    sections = (css(".breadcrumb li:last-child a"), css(".breadcrumb > a:last-child"), meta("article:section"))
    keywords = (css("#body .tags a"), meta("article:tag"))

    def container(self) -> HtmlElement | None:
        """Return the body's element; an empty one is filled with what a script would put there."""
        found = super().container()
        if found is None or text_of(found).strip() or len(found):
            return found
        written = script_markup(self.document)
        return Document(written, self.document.url).root if written else found


def script_markup(document: Document) -> str | None:
    """Return the longest string in the page's scripts that holds paragraphs of HTML."""
    scripts = (script.text or "" for script in document.root.iter("script"))
    literals = (literal for text in scripts for literal in LITERAL.findall(text) if "/p>" in literal)
    found = []
    for literal in literals:
        with suppress(ValueError):  # a string of another kind, or a torn one
            found.append(str(json.loads(literal, strict=False)))
    return max(found, key=len, default=None)


class SonLaPage(OwnPage):
    """Sơn La (`/<section>/<slug>-<letters and digits>.html`): the lead is the page's description.

    Links are those of ePi, the rest is not; the body's element is not known, so ePi's names and those that
    say `content` are tried.
    """

    name, version = "sonla", 1
    hosts = ("baosonla.vn",)
    marks = select("ul.breadcrumb a.active, .cms-body, .article__body")
    titles = (css("h1.cms-title, h1[class*=title]"), meta("og:title"), css("h1"))
    leads = (css(".cms-desc, .article__sapo"), meta("description", "og:description"))
    containers = (select(".cms-body, .article__body"), select("[itemprop=articleBody], .detail-content"))
    drops = select(".banner, .article-relate, .related-news, .cms-relate, ins")
    captions = select("p.imgdesc")
    dates = (
        dateline(".cms-date, time[datetime]", "datetime"),
        dateline(".cms-date, .article__meta time"),
        meta("article:published_time"),
        linked("datePublished"),
    )
    bylines = (css(".cms-author"), linked("author"))
    sections = (css("ul.breadcrumb a.active"), css("ul.breadcrumb li:last-child a"))
    keywords = (css(".article__tag a, .cms-tags a"), meta("article:tag"))
