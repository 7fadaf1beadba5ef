"""Under which addresses an article is known: its key, and every other one at which it was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.urls import canonical

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

BY_KEY = "SELECT * FROM articles WHERE url = ?"
BY_ALIAS = "SELECT * FROM articles WHERE id = (SELECT article_id FROM aliases WHERE url = ?)"


def find(conn: sqlite3.Connection, key: str) -> sqlite3.Row | None:
    """Return the row of the article whose key, or alias, is the canonical address `key`."""
    row: sqlite3.Row | None = conn.execute(BY_KEY, (key,)).fetchone()
    return row or conn.execute(BY_ALIAS, (key,)).fetchone()


def find_reading(conn: sqlite3.Connection, key: str, others: Iterable[str]) -> sqlite3.Row | None:
    """Return the row of the article that was read under `key`, having been asked for at `others` (canonical).

    An address that is no article's own yet may be a new spelling of one: a paper that renames a page
    redirects its old address, which is that article's key, to the new one. An alias is not enough for that:
    an address that shows another article every day is an alias of the first.
    """
    row = find(conn, key)
    if row is None:
        moved = (conn.execute(BY_KEY, (other,)).fetchone() for other in others)
        row = next((candidate for candidate in moved if candidate is not None), None)
    return row


def record(conn: sqlite3.Connection, article_id: int, key: str, seen: Iterable[str]) -> list[int]:
    """Keep `key` and the addresses `seen` as aliases of an article, beside its own url.

    Returns the ids of other articles whose key is among them: the paper now answers them with this one.
    """
    others = []
    for url in dict.fromkeys([key, *seen]):
        owner = conn.execute("SELECT id FROM articles WHERE url = ?", (url,)).fetchone()
        if owner is None:
            insert = "INSERT INTO aliases (url, article_id) VALUES (?, ?) ON CONFLICT (url) DO NOTHING"
            conn.execute(insert, (url, article_id))
        elif owner[0] != article_id:
            others.append(int(owner[0]))
    return others


def spellings(urls: Iterable[str]) -> tuple[str, ...]:
    """List addresses as they were seen and their canonical forms; an unusable one has no form."""
    found: dict[str, None] = {}
    for url in urls:
        try:
            found.update({canonical(url): None, url: None})
        except ValueError:
            continue
    return tuple(found)
