"""ArticlePage: what the layouts of all families have in common. A family says where, this says how."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, TypeVar
from urllib.parse import urlsplit

from archive.items import Article
from crawler.addresses import edition, same_page, site
from crawler.blocks import as_html, as_text, pictures
from crawler.containers import free, walked
from crawler.counts import parse_count
from crawler.dates import ICT, parse_date
from crawler.fields import css, has_text, link, meta, page_attribute, select, tidy
from crawler.names import is_paper, split_names, without_tag
from crawler.related import cut_related
from crawler.trailers import address_in, cut_repeated, cut_signature, cut_trailers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from lxml.html import HtmlElement

    from archive.items import FieldSource
    from crawler.blocks import Block
    from crawler.documents import Document
    from crawler.fields import Finder
    from crawler.selectors import Elements
    from crawler.trailers import Trailer

T = TypeVar("T")

LANGUAGE = re.compile(r"^([A-Za-z]{2,3})(?:[-_].*)?$")
# Country codes that papers write for languages (ISO 639-1).
LANGUAGES = {"vn": "vi", "cn": "zh", "jp": "ja", "kr": "ko", "la": "lo"}
LONGEST_DATE = 160
NOTHING = select("baotinh-nothing")


class ArticlePage:
    """A page in the layout of one family; a family is a subclass of compiled selectors and a few hooks.

    Finders of a field are asked in order, and the first that has something to say is believed; what it is
    (selector, meta, json-ld, text) is noted in `sources`. `marks` tell the family; `containers` hold the body,
    whose `drops` are cut out and whose `captions` belong to pictures; `media` hold more pictures. Where an
    element of `filled_by_script` holds nothing, a script of the page would fill it with the body.
    Raise `version` with every change that alters any reading. `zone` is that of times printed without one.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    zone: ClassVar[tzinfo | None] = ICT
    marks: ClassVar[Elements]
    titles: ClassVar[tuple[Finder, ...]] = (css("h1"), meta("og:title"))
    leads: ClassVar[tuple[Finder, ...]] = ()
    containers: ClassVar[tuple[Elements, ...]] = ()
    drops: ClassVar[Elements] = NOTHING
    captions: ClassVar[Elements] = NOTHING
    media: ClassVar[Elements] = NOTHING
    filled_by_script: ClassVar[Elements] = NOTHING
    body_source: ClassVar[FieldSource] = "selector"
    imprint: ClassVar[re.Pattern[str] | None] = None
    dates: ClassVar[tuple[Finder, ...]] = ()
    changes: ClassVar[tuple[Finder, ...]] = (meta("article:modified_time", "og:updated_time"),)
    bylines: ClassVar[tuple[Finder, ...]] = ()
    sections: ClassVar[tuple[Finder, ...]] = (meta("article:section"),)
    keywords: ClassVar[tuple[Finder, ...]] = (meta("article:tag"),)
    counters: ClassVar[tuple[Finder, ...]] = ()
    originals: ClassVar[tuple[Finder, ...]] = ()
    languages: ClassVar[tuple[Finder, ...]] = (page_attribute("lang"), meta("content-language", "og:locale"))
    addresses: ClassVar[tuple[Finder, ...]] = (
        link("canonical"),
        meta("canonical", "og:url"),
    )
    posters: ClassVar[tuple[Finder, ...]] = (meta("og:image", "twitter:image"),)

    def __init__(self, document: Document, captured_at: datetime | None = None) -> None:
        self.document = document
        self.captured_at = captured_at
        self.sources: dict[str, FieldSource] = {}
        self.byline: tuple[list[str], FieldSource] = ([], "fallback")

    @classmethod
    def reader(cls) -> str:
        """Return what an article remembers of its layout: name and version, such as `onecms/1`."""
        return f"{cls.name}/{cls.version}"

    @classmethod
    def matches(cls, document: Document) -> bool:
        """Tell whether the page is of this family."""
        return cls.marks.occur(document)

    def article(self) -> Article | None:
        """Read the page; None when it holds no article in this layout. The body's tree is changed by this."""
        title, container = self.title(), self.container()
        if title is None or (container is None and self.sources["title"] != "selector"):
            return None
        head = self.head(title)
        beside = [block for element in self.media.on(self.document) for block in self.blocks(element)]
        blocks = [] if container is None else self.blocks(container)
        cut_repeated(blocks, title, head.lead)
        cut_related(blocks)
        trailer = cut_trailers(blocks, self.imprint)
        authors = self.authors(blocks)
        lead = head.lead or self.lead_inside(blocks)
        return replace(
            head,
            authors=authors,
            lead=lead,
            body=self.note("body", as_text(blocks), self.body_source),
            body_html=as_html(blocks) or None,
            images=self.note("images", pictures([*beside, *blocks]), "selector"),
            comment_count=self.count_after(trailer) if head.comment_count is None else head.comment_count,
            source_url=head.source_url or self.note("source_url", trailer.source_url, "text"),
            field_sources=self.sources,
        )

    def head(self, title: str) -> Article:
        """Read all that is asked of the whole page; before the body, whose reading drops parts of the page."""
        url = self.url()
        published_at, published_raw = self.published()
        self.byline = self.find(finder for finder in self.bylines if self.persons(finder.texts(self.document)))
        return Article(
            url=url,
            title=title,
            lead=self.lead(),
            published_at=published_at,
            modified_at=self.modified(),
            published_raw=published_raw,
            section=self.section(),
            tags=self.tags(),
            language=self.language(),
            image_url=self.image_url(),
            comment_count=self.comment_count(),
            source_url=self.source_url(),
            reader=self.reader(),
            aliases=self.aliases(url),
        )

    def note(self, field: str, value: T, kind: FieldSource) -> T:
        """Note how a field was found, unless nothing was; returns the value."""
        if value not in (None, "", ()):
            self.sources[field] = kind
        return value

    def find(self, finders: Iterable[Finder]) -> tuple[list[str], FieldSource]:
        """Ask finders in order and return what the first that knows anything says, and of what kind it is."""
        for finder in finders:
            if texts := finder.texts(self.document):
                return texts, finder.kind
        return [], "fallback"

    def one(self, field: str, finders: Iterable[Finder]) -> str | None:
        """Return the first text of a field, None when there is none."""
        texts, kind = self.find(finders)
        return self.note(field, texts[0] if texts else None, kind)

    def title(self) -> str | None:
        """Return the headline."""
        return self.one("title", self.titles)

    def lead(self) -> str | None:
        """Return the lead (sapo) without the paper's tag before it; None when there is none or it is empty."""
        text = self.one("lead", self.leads)
        return self.without_tag(text) if text else None

    def without_tag(self, lead: str) -> str | None:
        """Return a lead without the paper's tag; None when nothing is left."""
        names = [*self.document.meta.get("og:site_name", []), *self.document.meta.get("author", [])]
        return without_tag(lead, " ".join(names)) or None

    def lead_inside(self, blocks: list[Block]) -> str | None:  # noqa: ARG002 - for families that override it
        """Take the lead out of the body, for layouts that print it there. None: this one does not."""
        return None

    def container(self) -> HtmlElement | None:
        """Return the element that holds the body: of the first kind there is, the first that has any text."""
        for elements in self.containers:
            if found := elements.on(self.document):
                return next(filter(has_text, found), found[0])
        return None

    def blocks(self, container: HtmlElement) -> list[Block]:
        """Cut out of the container what is no body, and walk it."""
        free(container, self.drops, self.captions)
        self.document.changed()
        return walked(container, self.document.absolute)

    def published(self) -> tuple[datetime | None, str | None]:
        """Return when it was published and the text that says so; that of the first date if none is read."""
        raw = None
        for finder in self.dates:
            for text in finder.texts(self.document):
                when = self.moment(text, month_first=finder.month_first)
                if when is not None:
                    return self.note("published_at", when, finder.kind), text
                raw = raw or (text if len(text) <= LONGEST_DATE else None)
        return None, raw

    def modified(self) -> datetime | None:
        """Return when the page says it was last changed."""
        for finder in self.changes:
            for text in finder.texts(self.document):
                if (when := self.moment(text, month_first=finder.month_first)) is not None:
                    return self.note("modified_at", when, finder.kind)
        return None

    def moment(self, text: str, *, month_first: bool = False) -> datetime | None:
        """Read a date in the paper's own zone."""
        zone = self.zone or UTC
        when = parse_date(text, zone=zone, month_first=month_first, captured_at=self.captured_at)
        return when.astimezone(zone) if when is not None else None

    def authors(self, blocks: list[Block]) -> tuple[str, ...]:
        """Return the persons of the byline, else of the signature, which is cut off the body."""
        texts, kind = self.byline
        authors = self.persons(texts)
        signature = cut_signature(blocks, (*texts, *authors))
        if not authors and signature:
            authors, kind = self.persons([signature]), "selector"
        return self.note("authors", authors, kind)

    def persons(self, texts: list[str]) -> tuple[str, ...]:
        """Return the persons that bylines name; the paper's own name is none."""
        called, url = self.document.meta.get("og:site_name", []), self.document.url
        return tuple(name for name in split_names(texts) if not is_paper(name, url, called))

    def section(self) -> str | None:
        """Return the section that the article stands in."""
        return self.one("section", self.sections)

    def tags(self) -> tuple[str, ...]:
        """Return the keywords that the page prints, or lists with commas in meta."""
        texts, kind = self.find(self.keywords)
        parts = texts if kind == "selector" else [part for text in texts for part in text.split(",")]
        return self.note("tags", tuple(tidy(parts)), kind)

    def language(self) -> str | None:
        """Return the article's language as an ISO 639 code."""
        texts, kind = self.find(self.languages)
        codes = (match[1].lower() for match in map(LANGUAGE.match, texts) if match)
        code = next(codes, None)
        return self.note("language", LANGUAGES.get(code, code) if code else None, kind)

    def image_url(self) -> str | None:
        """Return the picture that announces the article; a paper's stock picture is none."""
        texts, kind = self.find(self.posters)
        chosen = self.document.absolute(texts[0]) if texts and "default_image" not in texts[0] else None
        return self.note("image_url", chosen, kind)

    def comment_count(self) -> int | None:
        """Return the number in the page's comment counter; None when there is none."""
        for finder in self.counters:
            for text in finder.texts(self.document):
                if (count := parse_count(text)) is not None:
                    return self.note("comment_count", count, finder.kind)
        return None

    def count_after(self, trailer: Trailer) -> int | None:
        """Return the comment count that stands as text at the body's end; None when it does not."""
        return self.note("comment_count", trailer.comment_count, "text")

    def source_url(self) -> str | None:
        """Return the address of the original that a copy or translation declares outside its body."""
        for finder in self.originals:
            for text in finder.texts(self.document):
                if (address := address_in(text)) and not same_page(address, self.document.url):
                    return self.note("source_url", address, finder.kind)
        return None

    def url(self) -> str:
        """Return the address that the page declares, if it lies on its own host and in its edition."""
        own = self.document.url
        for address in self.declared:
            if site(address) == site(own) and urlsplit(address).path.strip("/") and edition(address) == edition(own):
                return address
        return own

    @cached_property
    def declared(self) -> list[str]:
        """The addresses that the page gives itself."""
        texts = [text for finder in self.addresses for text in finder.texts(self.document)]
        return list(filter(None, map(self.document.absolute, texts)))

    def aliases(self, url: str) -> tuple[str, ...]:
        """Other addresses of the same article: the one that was asked, and those declared, on former hosts too.

        Whether another host is the paper's own the page cannot tell: who knows the source must judge.
        """
        others = [self.document.url, *self.declared]
        same = [other for other in others if edition(other) == edition(url) and urlsplit(other).path.strip("/")]
        return tuple(dict.fromkeys(other for other in same if other != url))
