"""What an address stands for when it is withdrawn: the article, its other addresses, every capture of its text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import addresses
from archive.schema import ArchiveError
from archive.seal import SHORTEST
from archive.urls import canonical

if TYPE_CHECKING:
    import sqlite3

BY_ADDRESS = """
SELECT * FROM captures WHERE id NOT IN (SELECT capture_id FROM sealed_captures)
    AND key_of(url) IN (SELECT value FROM json_each(?))
"""
# What repeats bytes that go: it has headers of its own.
REPEATS = """
SELECT * FROM captures WHERE id NOT IN (SELECT capture_id FROM sealed_captures)
    AND revisit_of IN (SELECT value FROM json_each(?))
"""
# The bytes that a revision was read from, under whatever address they were captured again.
BY_BYTES = """
SELECT * FROM captures WHERE revisit_of IS NULL AND id NOT IN (SELECT capture_id FROM sealed_captures)
    AND digest IN (SELECT read.digest FROM revisions JOIN captures AS read ON read.id = capture_id WHERE article_id = ?)
"""
# Other articles with the same text, and those that are copies or translations of it, or it of them.
ALIKE = """
SELECT url FROM articles WHERE withdrawn_at IS NULL AND id IS NOT :id AND (
    id IN (SELECT article_id FROM revisions WHERE digest IN (
        SELECT digest FROM revisions WHERE article_id = :id))
    OR id IN (SELECT from_article FROM links WHERE to_article = :id)
    OR id IN (SELECT to_article FROM links WHERE from_article = :id) OR source_url = :url)
"""
READ_BY_ANOTHER = """
SELECT 1 FROM revisions JOIN captures ON captures.id = capture_id
WHERE article_id IS NOT :article AND (captures.id = :capture OR captures.revisit_of = :capture)
UNION ALL SELECT 1 FROM articles WHERE url = :key AND id IS NOT :article
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The article (None where the address is none), the key it is known by, and the captures to be sealed.

    `shared` are the addresses of other articles that were read from the very same bytes, `alike` of those with
    the same text, and of its copies and translations: they stay.
    """

    url: str
    article: sqlite3.Row | None
    captures: tuple[sqlite3.Row, ...]
    shared: tuple[str, ...]
    alike: tuple[str, ...]


def find(conn: sqlite3.Connection, url: str) -> Found:
    """Find what is to be withdrawn with an address, in whatever spelling.

    Reads every row of `captures`: an address may have been captured in spellings that nothing else
    remembers. Raises ArchiveError for what is no address.
    """
    key = canonical_of(url)
    article = addresses.find(conn, key)
    article_id = None if article is None else int(article["id"])
    conn.create_function("key_of", 1, _key_of, deterministic=True)
    keys = {key, *_keys(conn, article)}
    same_address = conn.execute(BY_ADDRESS, (json.dumps(sorted(keys)),)).fetchall()
    same_bytes = conn.execute(BY_BYTES, (article_id,)).fetchall()
    found = {row["id"]: row for row in (*same_address, *same_bytes)}
    others = {id_ for id_, row in found.items() if _is_of_another(conn, row, article_id)}
    repeats = conn.execute(REPEATS, (json.dumps(sorted(found.keys() - others)),)).fetchall()
    found |= {row["id"]: row for row in repeats if not _is_of_another(conn, row, article_id)}
    captures = tuple(row for id_, row in sorted(found.items()) if id_ not in others and _can_be_sealed(row))
    shared = {row["url"] for row in same_bytes if row["id"] in others}
    alike = {row["url"] for row in conn.execute(ALIKE, {"id": article_id, "url": key})} - shared
    url = key if article is None else article["url"]
    return Found(url, article, captures, tuple(sorted(shared)), tuple(sorted(alike)))


def check_left(conn: sqlite3.Connection, url: str, found: Found) -> None:
    """Raise ArchiveError when nothing is known of an address, or it was withdrawn before and nothing came since."""
    if found.captures or (found.article is not None and found.article["withdrawn_at"] is None):
        return
    query = "SELECT max(withdrawn_at) FROM withdrawals WHERE url = ? AND state = 'done'"
    before = found.article["withdrawn_at"] if found.article else conn.execute(query, (found.url,)).fetchone()[0]
    if before is None:
        raise ArchiveError(f"{url}: the archive knows no article and no capture of this address")
    raise ArchiveError(f"{url}: was withdrawn on {before[:10]}, and nothing has been captured since")


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


def _can_be_sealed(capture: sqlite3.Row) -> bool:
    """Tell whether a capture holds bytes, or headers with room for a tombstone: only a bare 304 has neither."""
    has_bytes = capture["revisit_of"] is None and capture["digest"] is not None
    return has_bytes or int(capture["length"]) >= SHORTEST


def _key_of(url: str) -> str | None:
    try:
        return canonical(url)
    except ValueError:
        return None
