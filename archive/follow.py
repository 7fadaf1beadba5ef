"""What readers follow: the newest changes, what vanished, and the newspapers themselves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from archive.diff import Paragraph, Piece, compare
from archive.grades import GRADES, Grade, Reading

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

PAGE = 30
MOST_PASSED = 20_000
MOST_LOOKED = 600
LOOKING = 0.4
"""What a page of changes costs at most: revisions passed over, revisions compared, seconds. The next goes on there."""
COUNTED = 10_000
"""Articles counted per newspaper; one more stands for more than that."""
EXCERPT = 240
BEFORE = 70

Mark: TypeAlias = tuple[str, int]
"""Where a page ended: time and id of the last row; the next page holds what is older."""


@dataclass(frozen=True, slots=True)
class Change:
    """One edit: who, when, how grave, the headline with its marks, and the first changed passage."""

    article_id: int
    url: str
    source_title: str
    language: str | None
    number: int
    seen_at: str
    kind: str
    grades: tuple[Grade, ...]
    title: Paragraph
    excerpt: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes; `searched_back_to` tells that it was cut off before it was full."""

    changes: tuple[Change, ...]
    next: Mark | None
    searched_back_to: str | None


# Other newspapers' edits are passed over in the index: their texts are never read.
FARTHEST = """
SELECT seen_at, id FROM revisions WHERE kind <> 'first' AND (seen_at, id) < (:seen_at, :id)
ORDER BY seen_at DESC, id DESC LIMIT 1 OFFSET :most
"""
CHANGES = """
SELECT r.id, r.seen_at, r.kind, r.number, r.title, r.lead, r.body, p.title, p.lead, p.body, a.id, a.url,
    s.title, a.language
FROM revisions AS r JOIN articles AS a ON a.id = r.article_id JOIN sources AS s ON s.name = a.source
JOIN revisions AS p ON p.article_id = r.article_id AND p.number = r.number - 1
WHERE r.kind <> 'first' AND (r.seen_at, r.id) < (:seen_at, :id) AND (r.seen_at, r.id) >= (:to_seen_at, :to_id)
    AND (:source IS NULL OR EXISTS (
        SELECT 1 FROM articles AS of INDEXED BY articles_of WHERE of.source = :source AND of.id = r.article_id))
    AND a.withdrawn_at IS NULL
    AND (:grade IS NULL AND r.kind IN ('content', 'revert') OR :grade = 'reader' AND r.kind = 'reader'
        OR :grade = 'cosmetic' AND r.kind = 'cosmetic'
        OR :grade NOT IN ('reader', 'cosmetic') AND r.kind IN ('content', 'revert'))
ORDER BY r.seen_at DESC, r.id DESC
"""
NEWEST: Mark = ("9999", 2**62)
OLDEST: Mark = ("", 0)


def changes(
    conn: sqlite3.Connection,
    *,
    source: str | None = None,
    grade: Grade | None = None,
    before: Mark | None = None,
    limit: int = PAGE,
) -> Changes:
    """Return the newest edits; by default those of content, else those that have the grade.

    Passes over 20,000 revisions, compares 600, and looks for 0.4 seconds at most, so that a newspaper that seldom
    edits, a rare grade, or one of long texts, costs no more.
    """
    seen_at, id_ = before or NEWEST
    values = {"seen_at": seen_at, "id": id_, "source": source, "grade": grade}
    end = conn.execute(FARTHEST, {"seen_at": seen_at, "id": id_, "most": MOST_PASSED - 1}).fetchone()
    values["to_seen_at"], values["to_id"] = end or OLDEST
    found: list[Change] = []
    mark: Mark | None = None
    enough = time.monotonic() + LOOKING
    for looked, row in enumerate(conn.execute(CHANGES, values)):
        full = len(found) == limit
        if mark is not None and (full or looked == MOST_LOOKED or time.monotonic() > enough):
            return Changes(tuple(found), mark, None if full else mark[0])
        mark = (row[1], row[0])
        made = _change(tuple(row))
        if grade is None or grade in made.grades:
            found.append(made)
    return Changes(tuple(found), end and tuple(end), end and end[0])


def _change(row: tuple[Any, ...]) -> Change:
    _, seen_at, kind, number, title, lead, body, *before, article_id, url, source_title, language = row
    difference = compare(Reading(*before), Reading(title, lead, body), ours=kind == "reader")
    passages = (difference.lead, *difference.body)
    passage = next((one for one in passages if any(piece.op != "same" for piece in one.pieces)), None)
    return Change(
        article_id=article_id,
        url=url,
        source_title=source_title,
        language=language,
        number=number,
        seen_at=seen_at,
        kind=kind,
        grades=difference.grades,
        title=difference.title,
        excerpt=tuple(excerpt(passage.pieces)) if passage else (),
    )


def excerpt(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    """Yield the pieces around the first mark, about 240 characters, with … where text was left out."""
    left = EXCERPT
    for place, piece in enumerate(pieces):
        text = piece.text
        if place == 0 and piece.op == "same" and len(text) > BEFORE:
            text = "…" + text[-BEFORE:].partition(" ")[2]
        if len(text) > left:
            yield Piece(piece.op, text[:left].rpartition(" ")[0] + "…")
            return
        left -= len(text)
        yield Piece(piece.op, text)


@dataclass(frozen=True, slots=True)
class Vanished:
    """An article that its paper no longer shows; `gone_at` None while it is only missing."""

    id: int
    url: str
    title: str
    lead: str | None
    source_title: str
    language: str | None
    section: str | None
    published_at: str | None
    first_seen: str
    last_seen: str
    since: str
    confirmed: bool


VANISHED = """
SELECT a.id, a.url, a.title, a.lead, s.title, a.language, a.section, a.published_at, a.first_seen,
    a.last_seen, a.{since}, a.gone_at IS NOT NULL
FROM articles AS a JOIN sources AS s ON s.name = a.source
WHERE a.{since} IS NOT NULL AND (a.{since}, a.id) < (:since, :id) AND a.withdrawn_at IS NULL {more}
ORDER BY a.{since} DESC, a.id DESC LIMIT :limit
"""
OF_SOURCE = "AND a.source = :source "
ONLY_MISSING = "AND a.gone_at IS NULL"
GONE = VANISHED.format(since="gone_at", more="")
GONE_OF = VANISHED.format(since="gone_at", more=OF_SOURCE)
MISSING = VANISHED.format(since="missing_since", more=ONLY_MISSING)
MISSING_OF = VANISHED.format(since="missing_since", more=OF_SOURCE + ONLY_MISSING)


def vanished(
    conn: sqlite3.Connection,
    *,
    source: str | None = None,
    missing: bool = False,
    before: Mark | None = None,
    limit: int = PAGE,
) -> tuple[list[Vanished], Mark | None]:
    """Return the articles that are gone, newest first, and where the next page begins.

    With `missing` those that were not found at their last check, but are not yet known to be gone.
    """
    since, id_ = before or NEWEST
    values = {"since": since, "id": id_, "source": source, "limit": limit + 1}
    everywhere, of_source = (MISSING, MISSING_OF) if missing else (GONE, GONE_OF)
    rows = [Vanished(*row) for row in conn.execute(of_source if source else everywhere, values)]
    last = rows[limit - 1] if len(rows) > limit else None
    return rows[:limit], None if last is None else (last.since, last.id)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A newspaper: how many articles (COUNTED + 1 stands for more), its newest one, its last run."""

    name: str
    title: str
    province: str | None
    language: str
    domains: str
    articles: int
    newest: str | None
    last_run: str | None
    outcome: str | None


SOURCES = """
SELECT s.name, s.title, s.province, s.language, s.domains,
    (SELECT count(*) FROM (SELECT 1 FROM articles AS a WHERE a.source = s.name LIMIT ?)),
    (SELECT max(published_at) FROM articles AS a WHERE a.source = s.name),
    r.started_at, r.outcome
FROM sources AS s LEFT JOIN runs AS r ON r.id = (
    SELECT id FROM runs WHERE source = s.name ORDER BY started_at DESC LIMIT 1
) ORDER BY s.number
"""


def sources(conn: sqlite3.Connection) -> list[SourceRow]:
    """Return every newspaper of the archive in the order of its number."""
    return [SourceRow(*row) for row in conn.execute(SOURCES, (COUNTED + 1,))]


def known_grade(text: str) -> Grade | None:
    """Return the grade of this name, None for any other text."""
    return next((grade for grade in GRADES if grade == text), None)
