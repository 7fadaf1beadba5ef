"""How a look at an article stands to those before it: new, handed in twice, or only read by another reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.runs import same_bytes

if TYPE_CHECKING:
    import sqlite3

    from archive.reading import Reading

READ_BEFORE = """
SELECT revisions.digest FROM revisions JOIN captures AS read ON read.id = capture_id
    JOIN captures AS again ON again.id = :capture
WHERE article_id = :article AND (read.id = again.id OR read.digest = again.digest)
    AND (reader = :reader OR :reader IN (SELECT value FROM json_each(changes, '$.read_by')))
"""
ALSO_READ_BY = """
UPDATE revisions SET changes = json_set(changes, '$.read_by',
    json_insert(coalesce(json_extract(changes, '$.read_by'), '[]'), '$[#]', :reader)) WHERE id = :id
"""


def is_new(row: sqlite3.Row, seen_at: str) -> bool:
    """Tell whether a look is after the last one at the article of `row`.

    A look at that very moment (stored form) is the same one, handed in twice.
    """
    return bool(seen_at > max(row["last_seen"], row["gone_at"] or row["missing_since"] or ""))


def is_ours(conn: sqlite3.Connection, row: sqlite3.Row, last: sqlite3.Row, reading: Reading, capture_id: int) -> bool:
    """Tell whether another reader, not the paper, makes a reading differ from the last revision (`last`).

    It read the bytes of that revision; or it reads newer ones as it once read those (a reader taken back).
    """
    if row["reader"] == reading.columns["reader"] or reading.seen_at < last["seen_at"]:
        return False
    if same_bytes(conn, last["capture_id"], capture_id):
        return True
    read_so = reading.digest in read_before(conn, row["id"], reading, last["capture_id"])
    return read_so and is_new(row, reading.seen_at)


def read_before(conn: sqlite3.Connection, article_id: int, reading: Reading, capture_id: int) -> set[str]:
    """Return the digests of what the reader of a reading has made of the bytes of a capture."""
    values = {"capture": capture_id, "article": article_id, "reader": reading.columns["reader"]}
    return {digest for (digest,) in conn.execute(READ_BEFORE, values)}


def note_reader(conn: sqlite3.Connection, last: sqlite3.Row, reading: Reading) -> None:
    """Note in `changes` of the last revision that another reader made the same text of its bytes.

    It adds no revision. Without the note, that reading handed in again would undo what a third reader made since.
    """
    conn.execute(ALSO_READ_BY, {"reader": reading.columns["reader"], "id": last["id"]})
