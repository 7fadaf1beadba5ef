"""Article, Unchanged, Gone, FeedEntry and Capture: the contract between the crawler and the archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FieldSource: TypeAlias = Literal["selector", "meta", "json-ld", "text", "feed", "fallback"]
GoneReason: TypeAlias = Literal["404", "410", "soft-404", "redirect-home"]


@dataclass(frozen=True, slots=True)
class Source:
    """One newspaper as the table `sources` knows it; `name` is the spider's name, `number` is below 10,000."""

    name: str
    number: int
    title: str
    province: str | None = None
    domains: tuple[str, ...] = ()
    family: str | None = None
    language: str = "vi"


@dataclass(frozen=True, slots=True)
class Capture:
    """Where the bytes of one response lie, and what the wire said of them.

    `url` is the paper's own address, `fetched_from` the one that was really asked (another origin, or the
    same). `fetched_at` is aware and in UTC. `headers` are (name, value) pairs as the client parsed them.
    `file` is relative to the data folder; `offset` and `length` (bytes) are those of the WARC record.
    `digest` is the sha256 (hex) of the body after transfer decoding, before content decoding (None for a
    304, which has no body). `revisit_of` is the (file, offset) of the record that holds the bytes, where
    this record is a WARC `revisit`.
    """

    url: str
    fetched_from: str
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    file: str
    offset: int
    length: int
    digest: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    revisit_of: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of an article: absolute address and printed caption (None when it has none)."""

    url: str
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One reading of an article page; field names follow schema.org NewsArticle where it has one.

    `url` is the paper's own address of the page (the canonical one that the page declares, when it lies on
    a host of the source). `body` is paragraphs separated by blank lines, NFC; "" when the page has none.
    `published_at` and `modified_at` are aware. `comment_count` is None when the page does not say, 0 only
    when it says 0. `field_sources` tells how each field was found. `source` and `capture` are set by the
    spider: a reading alone has neither.
    """

    url: str
    title: str
    body: str = ""
    lead: str | None = None
    body_html: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    published_raw: str | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    image_url: str | None = None
    images: tuple[Image, ...] = ()
    comment_count: int | None = None
    source_url: str | None = None
    reader: str = ""
    field_sources: Mapping[str, FieldSource] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    source: str = ""
    capture: Capture | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A known article was asked for again and is the same: 304, or bytes equal to the last capture's."""

    source: str
    url: str
    capture: Capture


@dataclass(frozen=True, slots=True)
class Gone:
    """A known address no longer gives its article, and why."""

    source: str
    url: str
    reason: GoneReason
    capture: Capture


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A known article as a listing named it: how many comments it had when `capture` (the listing) was made.

    `comment_count` is None where only the address is to be kept, as one more of the article's.
    """

    source: str
    url: str
    comment_count: int | None
    capture: Capture


Item: TypeAlias = Article | Unchanged | Gone | FeedEntry
