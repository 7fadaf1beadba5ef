"""Under which addresses an article is known: its key, and every other one at which it was seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias

from archive.urls import canonical

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

Noted: TypeAlias = Literal["alias", "known alias", "too many aliases"]

BY_KEY = "SELECT * FROM articles WHERE url = ?"
BY_ALIAS = "SELECT * FROM articles WHERE id = (SELECT article_id FROM aliases WHERE url = ?)"
BY_ID = "SELECT * FROM articles WHERE id = ?"
AT_HOST = "SELECT name, domains FROM sources WHERE instr(domains, ? || '\"') AND NOT instr(domains, '[\"' || ? || '\"')"
# The plus keeps SQLite from walking all of a source's articles: the addresses are what is indexed.
OF_SOURCE = """
SELECT id FROM articles WHERE url IN (SELECT value FROM json_each(:keys)) AND +source = :source
UNION SELECT id FROM articles WHERE +source = :source AND id IN
    (SELECT article_id FROM aliases WHERE url IN (SELECT value FROM json_each(:keys)))
LIMIT 2
"""

RECORDED = "SELECT 1 FROM articles WHERE url = :url UNION ALL SELECT 1 FROM aliases WHERE url = :url LIMIT 1"
ALIASES_OF = "SELECT count(*) FROM aliases WHERE article_id = ?"
MOST = 32
"""Aliases of an article up to which listings add more: some put another token into an address every time."""

FOLDERS = {"baobinhthuan.com.vn": "bbt"}
"""Where a paper keeps the articles of a former host in a folder: their addresses are else the same."""


def find(conn: sqlite3.Connection, key: str) -> sqlite3.Row | None:
    """Return the row of the article whose key, or alias, is the canonical address `key`."""
    row: sqlite3.Row | None = conn.execute(BY_KEY, (key,)).fetchone()
    return row or conn.execute(BY_ALIAS, (key,)).fetchone()


def find_known(conn: sqlite3.Connection, key: str) -> sqlite3.Row | None:
    """Return the row of the article at `key`, or at what stands there now for an address on a former host.

    To look up only. What is written of an answer goes by `find`: a former host that no longer answers, or
    answers with something else, is no word on the article.
    """
    row = find(conn, key)
    if row is None and (moved := find_moved(conn, key)) is not None:
        row = conn.execute(BY_ID, (moved,)).fetchone()
    return row


def find_moved(conn: sqlite3.Connection, key: str) -> int | None:
    """Return the id of the one article of a source that has, on another of its hosts, the path of `key`.

    `key` lies on any host of the source but its first, which is the paper's own and present one. None when no
    article fits, or more than one: numbers were given anew after mergers.
    """
    host, _, path = key.removeprefix("https://").partition("/")
    for name, domains in conn.execute(AT_HOST, (host, host)) if path else ():
        first, *others = (canonical(f"https://{domain}/") for domain in json.loads(domains))
        if f"https://{host}/" not in others:
            continue
        keys = [f"{home}{path}" for home in (first, *others)]
        keys += [f"{first}{FOLDERS[host]}/{path}"] if host in FOLDERS else []
        found = conn.execute(OF_SOURCE, {"keys": json.dumps(keys), "source": name}).fetchall()
        return int(found[0][0]) if len(found) == 1 else None
    return None


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


def is_recorded(conn: sqlite3.Connection, url: str) -> bool:
    """Tell whether an article is known under just this spelling of an address, its fragment aside."""
    return conn.execute(RECORDED, {"url": plain(url)}).fetchone() is not None


def note(conn: sqlite3.Connection, article_id: int, key: str, url: str) -> Noted:
    """Keep an address of an article that a listing named, and its key, as aliases; no more than MOST of them."""
    new = [one for one in dict.fromkeys((key, plain(url))) if not is_recorded(conn, one)]
    if not new:
        return "known alias"
    if conn.execute(ALIASES_OF, (article_id,)).fetchone()[0] >= MOST:
        return "too many aliases"
    record(conn, article_id, new[0], new)
    return "alias"


def plain(url: str) -> str:
    """Return an address without its fragment, which no server is told."""
    return url.partition("#")[0]


def spellings(urls: Iterable[str]) -> tuple[str, ...]:
    """List addresses as they were seen and their canonical forms; an unusable one has no form."""
    found: dict[str, None] = {}
    for url in urls:
        try:
            found.update({canonical(url): None, url: None})
        except ValueError:
            continue
    return tuple(found)
