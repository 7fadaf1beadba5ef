"""How a text leaves the database and its bytes the WARC files, with no trace in freed pages or search indexes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from archive import keys, rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from archive.reading import Value

BLANK: Mapping[str, Value] = {
    "title": "",
    "lead": None,
    "body": "",
    "body_html": None,
    "published_raw": None,
    "authors": "[]",
    "section": None,
    "tags": "[]",
    "image_url": None,
    "images": "[]",
    "source_url": None,
    "field_sources": "{}",
    "title_fold": None,
    "lead_fold": None,
    "body_fold": None,
    "next_check_at": None,
}
"""What a withdrawn article's row says: its address, source, language, dates and comment count are left."""

LINKS = """
SELECT url AS from_url, to_url, kind, evidence FROM links JOIN articles ON articles.id = from_article
WHERE from_article = :id OR to_article = :id
"""
MERGE_PAGES = 2_000
"""Pages of a search index that are merged in one transaction: writers beside wait some milliseconds each."""
CHECKPOINT_DONE = 0


def texts(conn: sqlite3.Connection, article: sqlite3.Row | None, captures: Iterable[sqlite3.Row]) -> dict[str, Any]:
    """Gather all that `erase` takes away, so that `restore` can bring it back."""
    headers = [{name: row[name] for name in ("file", "offset", "headers")} for row in captures]
    if article is None:
        return {"article": None, "revisions": [], "links": [], "headers": headers}
    revisions = "SELECT number, title, lead, body, changes FROM revisions WHERE article_id = ?"
    return {
        "article": {name: article[name] for name in BLANK},
        "revisions": [dict(row) for row in conn.execute(revisions, (article["id"],))],
        "links": [dict(row) for row in conn.execute(LINKS, {"id": article["id"]})],
        "headers": headers,
    }


def erase(conn: sqlite3.Connection, article: sqlite3.Row | None, captures: Iterable[sqlite3.Row], at: str) -> None:
    """Blank an article's row, the texts of its revisions, the evidence of its links, headers; search entries go.

    Runs inside the caller's transaction. What tells nothing of the text stays: dates, comment counts,
    digests, addresses. `captures` are those that are sealed.
    """
    conn.executemany("UPDATE captures SET headers = '[]' WHERE id = ?", [(row["id"],) for row in captures])
    if article is None:
        return
    id_ = article["id"]
    rows.write(conn, id_, {**BLANK, "withdrawn_at": article["withdrawn_at"] or at})
    blank = "UPDATE revisions SET title = '', lead = NULL, body = '', changes = '{}' WHERE article_id = ?"
    conn.execute(blank, (id_,))
    conn.execute("UPDATE links SET evidence = '{}' WHERE from_article = :id OR to_article = :id", {"id": id_})
    _settle_keys(conn)


def restore(conn: sqlite3.Connection, article_id: int | None, pack: Mapping[str, Any]) -> None:
    """Bring back what `texts` gathered; runs inside the caller's transaction.

    Rows are found by what does not change when an archive is replayed: the article of the withdrawal, the
    numbers of its revisions, addresses, places in WARC files.
    """
    headers = 'UPDATE captures SET headers = :headers WHERE file = :file AND "offset" = :offset'
    conn.executemany(headers, pack["headers"])
    if article_id is None or pack["article"] is None:
        return
    rows.write(conn, article_id, {**pack["article"], "withdrawn_at": None})
    conn.executemany(
        "UPDATE revisions SET title = :title, lead = :lead, body = :body, changes = :changes "
        "WHERE article_id = :article_id AND number = :number",
        [{**revision, "article_id": article_id} for revision in pack["revisions"]],
    )
    conn.executemany(
        """UPDATE links SET evidence = :evidence WHERE to_url = :to_url AND kind = :kind
        AND from_article = (SELECT id FROM articles WHERE url = :from_url)""",
        pack["links"],
    )
    _settle_keys(conn)


def _settle_keys(conn: sqlite3.Connection) -> None:
    """Bring the newsroom's search in step at once: what waits for it keeps the old text."""
    while keys.settle(conn):
        pass


def scrub(conn: sqlite3.Connection, article: sqlite3.Row | None) -> bool:
    """Drop what the search indexes and the WAL still hold of deleted texts; False when a reader kept the WAL.

    An FTS5 index keeps deleted words with their positions, from which a text can be pieced together, until
    their segments are merged (FTS5, the 'merge' command). That rewrites the index, step by step.
    """
    if article is not None:
        year = keys.year_of(article["search_key"])
        for table in ("articles_fts", *(f"keys_{year:04}" for known in keys.years(conn) if known == year)):
            _merge(conn, table)
    return bool(conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == CHECKPOINT_DONE)


def _merge(conn: sqlite3.Connection, table: str) -> None:
    pages = -MERGE_PAGES  # the first step, negative, chooses all segments; further ones go on with it
    while True:
        before = conn.total_changes
        conn.execute(f"INSERT INTO {table}({table}, rank) VALUES ('merge', ?)", (pages,))  # noqa: S608 — a table
        if conn.total_changes - before < 2:  # noqa: PLR2004 — FTS5: nothing was left to do
            return
        pages = MERGE_PAGES


def overwrite(data: Path, records: Iterable[tuple[str, int, bytes]]) -> None:
    """Write (file, offset, bytes) into WARC files, in place, and put them onto the disk."""
    written: dict[str, int] = {}
    try:
        for file, offset, content in records:
            if file not in written:
                written[file] = os.open(data / file, os.O_WRONLY | os.O_CLOEXEC)
            os.pwrite(written[file], content, offset)
        for handle in written.values():
            os.fsync(handle)
    finally:
        for handle in written.values():
            os.close(handle)
