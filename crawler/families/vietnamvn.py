"""vietnam.vn, the syndicator: copies of the papers' articles, and their translations in many editions."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml.etree import XPath

from crawler.addresses import edition
from crawler.counts import count_line
from crawler.datelines import Place, dateline
from crawler.documents import clean
from crawler.fields import css, linked, meta, select, text_of
from crawler.layouts import LANGUAGES
from crawler.pages import ArticlePage

if TYPE_CHECKING:
    from crawler.trailers import Trailer

# What stands after the body, outside links: there a number beside "comments" belongs to this article.
AFTER_BODY = XPath(
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' post-detail-body ')][1]"
    "/following::*[not(self::script)][string-length(.) < 100][not(ancestor-or-self::a)]"
)


class VietnamVnPage(ArticlePage):
    """Pages of every edition: the address begins with its language, Vietnamese has none.

    Source and comment count stand as text at the end of the body, in the edition's language; after them, on
    some pages, the imprint.
    """

    name, version = "vietnamvn", 1
    marks = select(".post-detail-body")
    titles = (css("h1"), meta("og:title"))
    leads = (css("[class*='detail'][class*='sapo'], [class*='detail'][class*='summary'], p.sapo"),)
    containers = (select(".post-detail-body"),)
    # With a colon or a number: articles end in sentences that begin with the same words.
    imprint = re.compile(
        r"(?:BỘ VĂN HÓA|Cục trưởng\W*$|(?:Chịu trách nhiệm|Cục trưởng|Trụ sở|Giấy phép)\b[^.]{0,60}?(?::|\bsố\b|\d))"
    )
    dates = (
        meta("article:published_time"),
        linked("datePublished"),
        dateline("time[datetime]", "datetime"),
        dateline("[class*='detail'] time"),
    )
    changes = (meta("article:modified_time", "og:updated_time"), linked("dateModified"))
    bylines = (meta("author"), linked("author"))
    keywords = (meta("article:tag"), meta("keywords"))

    def language(self) -> str | None:
        """Return the edition's language, which the address tells, all but that of Vietnamese."""
        if named := edition(self.document.url):
            return self.note("language", LANGUAGES.get(named, named), "text")
        return super().language()

    def count_after(self, trailer: Trailer) -> int | None:
        """Return the count at the body's end, else the first one that is printed after the body."""
        if trailer.comment_count is None:
            body = Place(self.marks.on(self.document)[0])
            after = (element for element in AFTER_BODY(self.document.root) if not body.is_beyond(element))
            counts = (count_line(clean(text_of(element))) for element in after)
            trailer = replace(trailer, comment_count=next((n for n in counts if n is not None), None))
        return super().count_after(trailer)
