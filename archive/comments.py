"""How the number of comments on an article grew: a row in `comment_counts` when it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

MOST = 2**53
"""Counts from here on are no counts; every tool that reads the archive holds smaller numbers exactly."""

INSERT = """
INSERT INTO comment_counts (article_id, seen_at, count, capture_id) VALUES (?, ?, ?, ?)
ON CONFLICT (article_id, seen_at) DO UPDATE SET count = excluded.count, capture_id = excluded.capture_id
"""


def note(conn: sqlite3.Connection, article_id: int, count: int, seen_at: str, capture_id: int) -> bool:
    """Write that an article had `count` comments at `seen_at`, unless the row before it says so already.

    Counts may come in any order of time: a later row that now repeats the one before it goes. Returns
    whether there was something to write.
    """
    before = "SELECT count FROM comment_counts WHERE article_id = ? AND seen_at <= ? ORDER BY seen_at DESC"
    known = conn.execute(f"{before} LIMIT 1", (article_id, seen_at)).fetchone()
    if known is not None and known[0] == count:
        return False
    conn.execute(INSERT, (article_id, seen_at, count, capture_id))
    after = "SELECT seen_at, count FROM comment_counts WHERE article_id = ? AND seen_at > ? ORDER BY seen_at"
    following = conn.execute(f"{after} LIMIT 1", (article_id, seen_at)).fetchone()
    if following is not None and following[1] == count:
        delete = "DELETE FROM comment_counts WHERE article_id = ? AND seen_at = ?"
        conn.execute(delete, (article_id, following[0]))
    return True


def is_newest(conn: sqlite3.Connection, article_id: int, seen_at: str) -> bool:
    """Tell whether nothing later than `seen_at` is known of an article's comments."""
    query = "SELECT 1 FROM comment_counts WHERE article_id = ? AND seen_at > ? LIMIT 1"
    return conn.execute(query, (article_id, seen_at)).fetchone() is None


def usable(count: int | None) -> int | None:
    """Return the count where it can be one, None (unknown) where it is negative or beyond all measure."""
    return count if count is not None and 0 <= count < MOST else None
