"""What the newsroom reads of one article: its row, revisions, comment counts, captures, and its addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archive.addresses import find_moved
from archive.grades import Reading
from archive.urls import canonical

if TYPE_CHECKING:
    import sqlite3

MOST_REVISIONS = 100
MOST_COUNTS = 1_000
MOST_COPIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """An article as stored, JSON columns read; times are ISO 8601 with offset; None means unknown.

    `images` are (address, caption) pairs. `edits` counts the paper's revisions after the first,
    `withdrawn_for` is why it was withdrawn (court-order, privacy, other).
    """

    id: int
    source: str
    source_title: str
    province: str | None
    url: str
    title: str
    lead: str | None
    body: str
    published_at: str | None
    modified_at: str | None
    authors: tuple[str, ...]
    section: str | None
    tags: tuple[str, ...]
    language: str | None
    images: tuple[tuple[str, str | None], ...]
    comment_count: int | None
    source_url: str | None
    reader: str
    first_seen: str
    last_seen: str
    last_changed: str
    missing_since: str | None
    gone_at: str | None
    withdrawn_at: str | None
    edits: int
    withdrawn_for: str | None


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One revision without its text, and the capture it was read from (None where none is known).

    `url` is the address that was asked for; that of the article is only its key.
    """

    number: int
    kind: str
    seen_at: str
    reader: str
    capture_id: int | None
    fetched_at: str | None
    sha256: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Linked:
    """Another article of the archive, as far as a link to it needs."""

    id: int
    title: str
    language: str | None
    source_title: str


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """What a capture received, and where its bytes lie (for a `revisit` the record `revisit_of` holds them)."""

    id: int
    url: str
    fetched_from: str
    fetched_at: str
    status: int
    headers: tuple[tuple[str, str], ...]
    file: str
    offset: int
    sha256: str | None
    revisit_of: int | None
    withdrawn: bool


ARTICLE = """
SELECT a.id, a.source, s.title AS source_title, s.province, a.url, a.title, a.lead, a.body, a.published_at,
    a.modified_at, a.authors, a.section, a.tags, a.language, a.images, a.comment_count, a.source_url,
    a.reader, a.first_seen, a.last_seen, a.last_changed, a.missing_since, a.gone_at, a.withdrawn_at,
    (SELECT count(*) FROM revisions WHERE article_id = a.id AND kind IN ('content', 'revert')) AS edits,
    (SELECT category FROM withdrawals WHERE article_id = a.id AND undone_at IS NULL ORDER BY id DESC LIMIT 1)
        AS withdrawn_for
FROM articles AS a JOIN sources AS s ON s.name = a.source WHERE a.id = ?
"""


def article(conn: sqlite3.Connection, id_: int) -> ArticleRow | None:
    """Return an article, None when there is none with this id."""
    cursor = conn.execute(ARTICLE, (id_,))
    row = cursor.fetchone()
    if row is None:
        return None
    values: dict[str, Any] = dict(zip((column[0] for column in cursor.description), row, strict=True))
    values |= {name: _texts(values[name]) for name in ("authors", "tags")}
    values["images"] = tuple(
        (image["url"], image["caption"] if isinstance(image.get("caption"), str) else None)
        for image in _list(values["images"])
        if isinstance(image, dict) and isinstance(image.get("url"), str)
    )
    return ArticleRow(**values)


def _texts(column: str) -> tuple[str, ...]:
    return tuple(value for value in _list(column) if isinstance(value, str))


def _list(column: str) -> list[Any]:
    """Read a list that is stored as JSON; what is none, by damage or by another's hand, counts as empty."""
    try:
        values = json.loads(column)
    except (ValueError, RecursionError):
        return []
    return values if isinstance(values, list) else []


REVISIONS = """
SELECT r.number, r.kind, r.seen_at, r.reader, r.capture_id, c.fetched_at, coalesce(c.digest, held.digest),
    c.url
FROM revisions AS r LEFT JOIN captures AS c ON c.id = r.capture_id
LEFT JOIN captures AS held ON held.id = c.revisit_of
WHERE r.article_id = ? AND r.number < ? ORDER BY r.number DESC LIMIT ?
"""
ENDLESS = 2**62


def revisions(conn: sqlite3.Connection, id_: int, before: int = ENDLESS) -> list[RevisionRow]:
    """Return the newest 100 revisions of an article with a number below `before`, newest first."""
    return [RevisionRow(*row) for row in conn.execute(REVISIONS, (id_, before, MOST_REVISIONS))]


def revision(conn: sqlite3.Connection, id_: int, number: int | None = None) -> RevisionRow | None:
    """Return one revision of an article, its newest one without a number; None when there is none."""
    row = conn.execute(REVISIONS, (id_, ENDLESS if number is None else number + 1, 1)).fetchone()
    return None if row is None or number not in (None, row[0]) else RevisionRow(*row)


def text_of(conn: sqlite3.Connection, id_: int, number: int) -> Reading | None:
    """Return what one revision says, None when there is none with this number."""
    sql = "SELECT title, lead, body FROM revisions WHERE article_id = ? AND number = ?"
    row = conn.execute(sql, (id_, number)).fetchone()
    return None if row is None else Reading(*row)


def comment_counts(conn: sqlite3.Connection, id_: int) -> list[tuple[str, int]]:
    """Return the newest 1,000 (seen at, count), oldest first: one each time the printed count was another."""
    sql = "SELECT seen_at, count FROM comment_counts WHERE article_id = ? ORDER BY seen_at DESC LIMIT ?"
    return [tuple(row) for row in conn.execute(sql, (id_, MOST_COUNTS))][::-1]


LINKED = """
SELECT a.id, a.title, a.language, s.title FROM articles AS a JOIN sources AS s ON s.name = a.source
WHERE a.withdrawn_at IS NULL AND a.id = ?
"""
COPIES = """
SELECT id FROM articles WHERE source_url IN (
    SELECT url FROM aliases WHERE article_id = :id UNION ALL SELECT url FROM articles WHERE id = :id
) AND id <> :id LIMIT :most
"""


def linked(conn: sqlite3.Connection, id_: int | None) -> Linked | None:
    """Return the link to an article, None when there is none or it was withdrawn."""
    row = None if id_ is None else conn.execute(LINKED, (id_,)).fetchone()
    return None if row is None else Linked(*row)


def copies(conn: sqlite3.Connection, id_: int) -> list[Linked]:
    """Return the articles that declare this one as their source."""
    rows = conn.execute(COPIES, {"id": id_, "most": MOST_COPIES}).fetchall()
    return [found for (copy,) in rows if (found := linked(conn, copy)) is not None]


def find_address(conn: sqlite3.Connection, address: str) -> int | None:
    """Return the id of the article that an address leads to, None for an unknown one.

    Its aliases lead to it too, and its address on a former host of the paper.
    """
    try:
        key = canonical(address)
    except ValueError:
        return None
    for sql in ("SELECT id FROM articles WHERE url = ?", "SELECT article_id FROM aliases WHERE url = ?"):
        row = conn.execute(sql, (key,)).fetchone()
        if row is not None:
            return int(row[0])
    return find_moved(conn, key)


CAPTURE = """
SELECT c.id, c.url, c.fetched_from, c.fetched_at, c.status, c.headers, coalesce(held.file, c.file),
    coalesce(held."offset", c."offset"), coalesce(held.digest, c.digest), c.revisit_of,
    EXISTS (SELECT 1 FROM sealed_captures WHERE capture_id IN (c.id, c.revisit_of)) OR
    EXISTS (SELECT 1 FROM revisions AS r JOIN articles AS a ON a.id = r.article_id
            WHERE r.capture_id IN (c.id, c.revisit_of) AND a.withdrawn_at IS NOT NULL)
FROM captures AS c LEFT JOIN captures AS held ON held.id = c.revisit_of WHERE c.id = ?
"""


def capture(conn: sqlite3.Connection, id_: int) -> CaptureRow | None:
    """Return where a capture's bytes lie, None when there is none with this id.

    `withdrawn` holds for every capture of an article that was withdrawn, whatever revision it led to, and for
    every other one whose bytes were sealed.
    """
    row = conn.execute(CAPTURE, (id_,)).fetchone()
    if row is None:
        return None
    found = CaptureRow(*row)
    headers = tuple((str(pair[0]), str(pair[1])) for pair in _list(row[5]) if isinstance(pair, list) and pair[1:])
    return replace(found, headers=headers, withdrawn=bool(found.withdrawn) or _withdrawn(conn, found.url))


def _withdrawn(conn: sqlite3.Connection, url: str) -> bool:
    found = find_address(conn, url)
    sql = "SELECT withdrawn_at IS NOT NULL FROM articles WHERE id = ?"
    row = None if found is None else conn.execute(sql, (found,)).fetchone()
    return row is not None and bool(row[0])
