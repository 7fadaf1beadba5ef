"""What an address stands for when it is withdrawn: the article, its other addresses, every capture of its text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import addresses
from archive.schema import ArchiveError
from archive.urls import canonical

if TYPE_CHECKING:
    import sqlite3

BY_ADDRESS = """
SELECT * FROM captures WHERE revisit_of IS NULL AND digest IS NOT NULL
    AND id NOT IN (SELECT capture_id FROM sealed_captures) AND key_of(url) IN (SELECT value FROM json_each(?))
"""
# The bytes that a revision was read from, under whatever address they were captured again.
BY_BYTES = """
SELECT * FROM captures WHERE revisit_of IS NULL AND id NOT IN (SELECT capture_id FROM sealed_captures)
    AND digest IN (SELECT read.digest FROM revisions JOIN captures AS read ON read.id = capture_id WHERE article_id = ?)
"""
READ_BY_ANOTHER = """
SELECT 1 FROM revisions JOIN captures ON captures.id = capture_id
WHERE article_id IS NOT :article AND (captures.id = :capture OR captures.revisit_of = :capture)
UNION ALL SELECT 1 FROM articles WHERE url = :key AND id IS NOT :article
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The article (None where the address is none), the key it is known by, and the captures to be sealed.

    `shared` are the addresses of other articles that were read from the very same bytes: those stay.
    """

    url: str
    article: sqlite3.Row | None
    captures: tuple[sqlite3.Row, ...]
    shared: tuple[str, ...]


def find(conn: sqlite3.Connection, url: str) -> Found:
    """Find what is to be withdrawn with an address, in whatever spelling.

    Reads every row of `captures`: an address may have been captured in spellings that nothing else
    remembers. Raises ArchiveError when nothing is known of it, or nothing is left to withdraw.
    """
    key = canonical_of(url)
    article = addresses.find(conn, key)
    article_id = None if article is None else int(article["id"])
    conn.create_function("key_of", 1, _key_of, deterministic=True)
    keys = {key, *_keys(conn, article)}
    same_address = conn.execute(BY_ADDRESS, (json.dumps(sorted(keys)),)).fetchall()
    same_bytes = conn.execute(BY_BYTES, (article_id,)).fetchall()
    candidates = {row["id"]: row for row in (*same_address, *same_bytes)}
    others = {id_ for id_, row in candidates.items() if _is_of_another(conn, row, article_id)}
    captures = tuple(row for id_, row in sorted(candidates.items()) if id_ not in others)
    if article is None and not captures:
        raise ArchiveError(f"{url}: the archive knows no article and no capture of this address")
    if article is not None and article["withdrawn_at"] is not None and not captures:
        raise ArchiveError(
            f"{url}: was withdrawn on {article['withdrawn_at'][:10]}, and nothing has been captured since"
        )
    shared = {row["url"] for row in same_bytes if row["id"] in others}
    return Found(key if article is None else article["url"], article, captures, tuple(sorted(shared)))


def canonical_of(url: str) -> str:
    """Return the key of an address that an operator typed; raises ArchiveError when it is none."""
    try:
        return canonical(url)
    except ValueError as error:
        raise ArchiveError(f"{url}: not an address of the web ({error})") from error


def _keys(conn: sqlite3.Connection, article: sqlite3.Row | None) -> list[str]:
    """List the canonical forms of all addresses of an article."""
    if article is None:
        return []
    rows = conn.execute("SELECT url FROM aliases WHERE article_id = ?", (article["id"],))
    return [article["url"], *(key for key in map(_key_of, (row[0] for row in rows)) if key is not None)]


def _is_of_another(conn: sqlite3.Connection, capture: sqlite3.Row, article_id: int | None) -> bool:
    """Tell whether another article was read from this capture: an alias may lead to another one every day."""
    values = {"article": article_id, "capture": capture["id"], "key": _key_of(capture["url"])}
    return conn.execute(READ_BY_ANOTHER, values).fetchone() is not None


def _key_of(url: str) -> str | None:
    try:
        return canonical(url)
    except ValueError:
        return None
