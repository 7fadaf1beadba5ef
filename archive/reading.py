"""An Article made ready for its rows: cleaned, folded, digested, its addresses in canonical form (pure)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from archive.addresses import spellings
from archive.comments import usable
from archive.schema import SEARCHED
from archive.search_key import day_of
from archive.text import digest, fold, needs_fold, nfc
from archive.times import moment, stamp
from archive.urls import canonical

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

    from archive.items import Article

Value: TypeAlias = str | int | None

# Control characters mean nothing in a text, and search marks its hits with two of them.
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
EMPTY = (None, "", "[]")


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of an article: `columns` are those of `articles` that the page itself decides.

    `key` is its canonical address, `addresses` all under which it was seen, as seen and in canonical form.
    `digest` is that of its texts, `seen_at` the time of its capture (stored form), `day` the day of its
    publication (days since 1970), None when it is undated.
    """

    source: str
    key: str
    addresses: tuple[str, ...]
    columns: Mapping[str, Value]
    digest: str
    seen_at: str
    day: int | None

    @property
    def texts(self) -> dict[str, str | None]:
        """The title, lead and body."""
        return {name: _text(self.columns, name) or None for name in SEARCHED}


def prepare(article: Article) -> Reading:
    """Make a reading ready to be saved.

    Raises ValueError when it cannot be: no title, no usable address, no capture, a time without a zone.
    """
    if article.capture is None:
        raise ValueError("the reading names no capture")
    columns = _columns(article)
    if not columns["title"]:
        raise ValueError("the reading has no title")
    return Reading(
        source=article.source,
        key=canonical(article.url),
        addresses=spellings((article.url, article.capture.url, *article.aliases)),
        columns=columns | _folds(columns),
        digest=_digest(columns),
        seen_at=stamp(article.capture.fetched_at),
        day=_day(columns),
    )


def with_kept(reading: Reading, known: sqlite3.Row) -> Reading:
    """Keep what only a feed said of the article, whose row is `known`, where the page says nothing.

    Feeds name leads, dates and comment counts that a page may not show: when it is read again without the
    feed, they have not gone.
    """
    sources = json.loads(known["field_sources"])
    kept = {
        name: known[name]
        for name, origin in sources.items()
        if origin == "feed" and name in reading.columns and reading.columns[name] in EMPTY
    }
    if not kept:
        return reading
    own = json.loads(str(reading.columns["field_sources"]))
    columns = {**reading.columns, **kept, "field_sources": _sources(own | dict.fromkeys(kept, "feed"))}
    return replace(reading, columns=columns | _folds(columns), digest=_digest(columns), day=_day(columns))


def with_count_of(reading: Reading, known: sqlite3.Row) -> Reading:
    """Keep the comment count of the row `known`, which is of a later time than the reading."""
    own, theirs = json.loads(str(reading.columns["field_sources"])), json.loads(known["field_sources"])
    own.pop("comment_count", None)
    if "comment_count" in theirs:
        own["comment_count"] = theirs["comment_count"]
    kept = {"comment_count": known["comment_count"], "field_sources": _sources(own)}
    return replace(reading, columns={**reading.columns, **kept})


def _columns(article: Article) -> dict[str, Value]:
    images = [{"url": _clean(image.url), "caption": _maybe(image.caption)} for image in article.images]
    return {
        "title": _clean(article.title).strip(),
        "lead": _maybe(article.lead),
        "body": _clean(article.body),
        "body_html": _maybe(article.body_html),
        "published_at": _iso(article.published_at),
        "modified_at": _iso(article.modified_at),
        "published_raw": _maybe(article.published_raw),
        "authors": _json([_clean(author) for author in article.authors]),
        "section": _maybe(article.section),
        "tags": _json([_clean(tag) for tag in article.tags]),
        "language": _maybe(article.language),
        "image_url": _maybe(article.image_url),
        "images": _json(images),
        "comment_count": usable(article.comment_count),
        "source_url": _maybe(article.source_url),
        "reader": article.reader,
        "field_sources": _sources(article.field_sources),
    }


def _folds(columns: Mapping[str, Value]) -> dict[str, Value]:
    """Fold what the triggers of the search index do not fold far enough; None where they do."""
    texts = {name: _text(columns, name) for name in SEARCHED}
    return {f"{name}_fold": fold(text) if needs_fold(text) else None for name, text in texts.items()}


def _digest(columns: Mapping[str, Value]) -> str:
    return digest(*(_text(columns, name) for name in SEARCHED))


def _day(columns: Mapping[str, Value]) -> int | None:
    published_at = columns["published_at"]
    return None if published_at is None else day_of(moment(str(published_at)))


def _text(columns: Mapping[str, Value], name: str) -> str:
    return str(columns[name] or "")


def _clean(text: str) -> str:
    return CONTROL.sub("", nfc(text))


def _maybe(text: str | None) -> str | None:
    """Clean a text that may be missing; one without a letter is missing too."""
    return None if text is None else _clean(text).strip() or None


def _iso(time: datetime | None) -> str | None:
    """Write a time that the paper states, in the zone in which it does."""
    if time is not None and time.tzinfo is None:
        raise ValueError(f"a time without a zone: {time}")
    return None if time is None else time.isoformat()


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False)


def _sources(sources: Mapping[str, str]) -> str:
    return json.dumps(dict(sources), sort_keys=True)
