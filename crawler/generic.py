"""GenericPage: any news page, by JSON-LD, meta and headings; its body by trafilatura, as the last resort."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml.etree import XPath

from crawler.datelines import dateline
from crawler.dates import ICT, is_american, parse_date, read_date
from crawler.documents import types_of
from crawler.families.leads import SHORTEST_LEAD, cut_bold_lead
from crawler.fields import Finder, css, linked, meta, names_of, select, text_of, tidy
from crawler.layouts import ArticlePage
from crawler.names import split_names
from crawler.printed import as_printed, cut_head
from crawler.trailers import cut_signature, squeezed

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.blocks import Block
    from crawler.documents import Document

# What may stand between a headline and the paper's name, in `<title>` and og:title.
SITE_NAME = re.compile(r"^(.+?)(?:\s+[|·•»›–—:-]+\s+|\s*[|｜]\s*)([^|｜]{2,60})$")
ABBREVIATION = re.compile(r"\s*\([^()]*\)")
# Day or month first depends on the country: only Vietnamese pages are known to print the day first.
EITHER_ORDER = re.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{4}")
CRUMBS, HEADINGS = select("[class*=breadcrumb] a"), select("h1")
HOME = re.compile(r"(?:trang chủ|home(?: ?page)?|الرئيسية|accueil|inicio|главная|首页|ホーム|トップ|홈)", re.IGNORECASE)
BESIDE_HEADLINE = dateline("[class*=author], [class*=tac-gia], [class*=byline]")
# What somebody typed to log in: one word without a capital, or with figures. No Vietnamese signs so.
LOGIN_NAME = re.compile(r"[a-z][a-z0-9._-]*|\w*\d\w*")
LEAST_SHARE = 0.2
FARTHEST_LEAD = 300
"""Characters between headline and lead: date, author, buttons."""
MOST_ELEMENTS = 20_000
LONGEST_TEXT = 1_000_000
ELEMENTS = XPath("count(//*)")
HAS_LONG_CLASS = XPath("boolean(//@class[string-length(.) > 10000])")
IS_DEEP = XPath("boolean(//*[count(ancestor::*) > 250])")


def persons(document: Document) -> list[str]:
    """Return the authors that JSON-LD names, without organisations."""
    named = [author for data in document.article_data for author in opened(data.get("author"))]
    people = [author for author in named if not any("Organi" in kind for kind in kinds(author))]
    return tidy(ABBREVIATION.sub("", name) for person in people for name in names_of(person))


def opened(value: object) -> list[object]:
    """Return a JSON-LD value as a list."""
    return value if isinstance(value, list) else [value]


def kinds(value: object) -> list[str]:
    """Return the schema.org types of a JSON-LD value."""
    return types_of(value) if isinstance(value, dict) else []


def is_monstrous(document: Document) -> bool:
    """Tell whether a page is beyond any real one: in elements, characters of text or of a class, or depth."""
    root = document.root
    if ELEMENTS(root) > MOST_ELEMENTS or len(document.visible) > LONGEST_TEXT:
        return True
    return bool(HAS_LONG_CLASS(root)) or bool(IS_DEEP(root))


def last_crumb(document: Document) -> list[str]:
    """Return where the page says that it stands: the last link of its breadcrumb but its own headline."""
    headlines = tidy(map(text_of, HEADINGS.on(document)))
    crumbs = tidy(map(text_of, CRUMBS.on(document)))
    return [crumb for crumb in crumbs if not HOME.fullmatch(crumb) and crumb not in headlines][-1:]


def is_below(title: str, text: str, shown: str) -> bool:
    """Tell whether a text is shown shortly below the headline."""
    ends = (found.end() for found in re.finditer(re.escape(title), shown))
    return bool(title) and any(shown.find(text, end, end + len(text) + FARTHEST_LEAD) >= 0 for end in ends)


# Where a headline stands, the most trusted first.
HEADLINES = (css("h1"), linked("headline", "name"), meta("og:title"), meta("twitter:title"), css("head title"))


class GenericPage(ArticlePage):
    """A page of no family; always the last layout.

    The headline is the candidate that most others agree with. Vietnamese pages (by language or host) print
    Vietnam's time; of a time without a zone on any other page only the day is taken, as midnight UTC, and
    only where nothing on the page has a zone.
    """

    name, version = "generic", 1
    days_only = False
    body_source = "fallback"
    marks = select("body")
    containers = (select("body"),)
    leads = (css(".sapo, [class*='sapo'], .article-lead, .article__lead, .standfirst"),)
    dates = (
        linked("datePublished"),
        meta(
            *("article:published_time", "og:article:published_time", "datepublished", "article:published"),
            month_first=True,
        ),
        meta("parsely-pub-date", "pubdate", "publishdate", "publish-date", "sailthru.date", "date", "dc.date"),
        meta("dc.date.issued", "dcterms.created", "dcterms.date", "cxenseparse:recs:publishtime"),
        dateline("article time[datetime], main time[datetime], time[pubdate][datetime]", "datetime", above="vouched"),
        dateline("time[datetime], [itemprop=datePublished][datetime]", "datetime", above="vouched"),
        dateline("[itemprop=datePublished]"),
        dateline("article time, main time, [class*='publish'], [class*='date'], [class*='time']", above="vouched"),
        dateline("[id*='publish'], [id*='date'], [id*='time']", above="vouched"),
    )
    changes = (
        linked("dateModified"),
        meta("article:modified_time", "og:updated_time", "datemodified", month_first=True),
    )
    bylines = (
        Finder("json-ld", persons),
        meta("author", "parsely-author", "dc.creator", "sailthru.author", "byl"),
        meta("article:author"),
        css("[rel=author], [itemprop=author] [itemprop=name], a[href*='/author/'], a[href*='/authors/']"),
        css("[class*='author-name'], [class*='author_name'], [class*='authorName'], [class*='byline-name']"),
    )
    organisations = (linked("author"), meta("author"))
    sections = (linked("articleSection"), meta("article:section", "section"), Finder("selector", last_crumb))
    keywords = (linked("keywords"), meta("article:tag"), meta("news_keywords"), meta("keywords"))
    counters = (linked("commentCount"),)

    def title(self) -> str | None:
        """Return the headline that most of the page's candidates agree on, the first of equals."""
        said = [(finder.kind, self.headlines(finder.texts(self.document)[:4])) for finder in HEADLINES]
        votes: dict[str, int] = {}
        for _, texts in said:
            for key in {squeezed(text) for text in texts}:
                votes[key] = votes.get(key, 0) + 1
        candidates = [(text, kind) for kind, texts in said for text in texts if squeezed(text)]
        if not candidates:
            return None
        text, kind = max(candidates, key=lambda candidate: votes[squeezed(candidate[0])])
        return self.note("title", text, kind)

    def lead(self) -> str | None:
        """Return the lead; on Vietnamese pages also the description, where the page prints it below the headline."""
        lead = super().lead()
        if lead or not self.is_vietnamese():
            return lead
        title, shown = self.title() or "", self.document.visible
        texts = self.document.meta.get("description", []) + self.document.meta.get("og:description", [])
        printed = (text for text in texts if len(text) >= SHORTEST_LEAD and is_below(title, text, shown))
        lead = next(printed, None)
        return self.note("lead", self.without_tag(lead) if lead else None, "meta")

    def lead_inside(self, blocks: list[Block]) -> str | None:
        """Take a bold first paragraph of a Vietnamese page as the lead where there is no other."""
        text = cut_bold_lead(blocks) if self.is_vietnamese() else None
        return self.note("lead", self.without_tag(text) if text else None, "selector")

    def headlines(self, texts: list[str]) -> list[str]:
        """Return headlines with and without what may be the paper's name; first without it where it is."""
        forms = []
        for text in texts:
            match = SITE_NAME.match(text)
            bare = match[1] if match else text
            forms += [bare, text] if match and self.is_paper(match[2]) else [text, bare]
        return tidy(forms)

    def is_paper(self, name: str) -> bool:
        """Tell whether a name is the paper's own: its host, or what it calls itself."""
        itself = [*self.document.meta.get("og:site_name", []), *self.publishers()]
        host = squeezed(urlsplit(self.document.url).hostname or "")
        key = squeezed(name)
        return bool(key) and (key in host or any(key == squeezed(other) for other in itself))

    def publishers(self) -> list[str]:
        """Return the publishers that JSON-LD names."""
        return [name for data in self.document.article_data for name in names_of(data.get("publisher"))]

    def authors(self, blocks: list[Block]) -> tuple[str, ...]:
        """Return the first byline that names a person, else the credit at the end, else the organisation declared.

        Vietnamese papers put their own name where no author is known: there an organisation is no author.
        """
        named = ((self.own_people(finder.texts(self.document)), finder.kind) for finder in self.bylines)
        people, kind = next((found for found in named if found[0]), ((), "selector"))
        if not people and self.is_vietnamese():
            people = self.own_people(BESIDE_HEADLINE.texts(self.document))
        signature = cut_signature(blocks, people)
        if people or signature:
            return self.note("authors", people or self.own_people([signature or ""]), kind)
        texts, kind = self.find(self.organisations)
        return () if self.is_vietnamese() else self.note("authors", split_names(texts), kind)

    def own_people(self, texts: list[str]) -> tuple[str, ...]:
        """Return the persons that bylines name; no paper's own name is one."""
        names = (name for name in self.persons(texts) if not self.is_paper(name))
        return tuple(name for name in names if not (self.is_vietnamese() and LOGIN_NAME.fullmatch(name)))

    def blocks(self, container: HtmlElement) -> list[Block]:  # noqa: ARG002 - trafilatura looks for itself
        """Let trafilatura find the body: with precision, and once more without where that leaves too little.

        Pages beyond any real one in size or depth would keep it busy for minutes: they are left without a body.
        """
        if is_monstrous(self.document):
            return []
        text = self.extracted(precise=True)
        if len(text) < len(self.document.visible) * LEAST_SHARE:
            text = self.extracted(precise=False) or text
        blocks = as_printed(self.document, text.splitlines(), framed=self.is_vietnamese())
        if self.is_vietnamese():
            cut_head(blocks, self.title() or "", self.dateline_texts())
        return blocks

    def dateline_texts(self) -> list[str]:
        """Return what the page prints of the article's date, author and lead beside its headline."""
        finders = (*self.dates, *self.bylines, BESIDE_HEADLINE)
        return [text for finder in finders if finder.kind == "selector" for text in finder.texts(self.document)]

    def extracted(self, *, precise: bool) -> str:
        """Return trafilatura's text of the page; "" where it finds none."""
        # A heavy import that most pages never need.
        from trafilatura import extract

        tree, url = self.document.root, self.document.url
        return extract(tree, url=url, favor_precision=precise, include_comments=False, with_metadata=False) or ""

    def published(self) -> tuple[datetime | None, str | None]:
        """Return when it was published, to the minute where any date has a zone, else the day."""
        when, raw = super().published()
        if when is None and not self.is_vietnamese():
            self.days_only = True
            return super().published()
        return self.minute_of(when, raw) if when is not None and self.is_vietnamese() else (when, raw)

    def minute_of(self, day: datetime, raw: str | None) -> tuple[datetime, str | None]:
        """Return the date of the same day that has a time too, where the one that was found has none."""
        if (told := read_date(raw or "")) is not None and not told.precise:
            for finder in self.dates:
                for text in finder.texts(self.document):
                    other = self.moment(text, month_first=finder.month_first)
                    if other and other.date() == day.date() and (read := read_date(text)) and read.precise:
                        return self.note("published_at", other, finder.kind), text
        return day, raw

    def moment(self, text: str, *, month_first: bool = False) -> datetime | None:
        """Read a date; None for one whose order or zone is anybody's guess."""
        if self.is_vietnamese():
            return super().moment(text, month_first=month_first and is_american(text))
        if EITHER_ORDER.search(text):
            return None
        when = parse_date(text, zone=UTC, captured_at=self.captured_at)
        if when is None or when == parse_date(text, zone=ICT, captured_at=self.captured_at):
            return when
        return datetime.combine(when.date(), time(), UTC) if self.days_only else None

    def is_vietnamese(self) -> bool:
        """Tell whether the page's language is Vietnamese, or its host lies in Vietnam."""
        host = urlsplit(self.document.url).hostname or ""
        return self.language() == "vi" or host.endswith(".vn")
