"""The database checked: SQLite's own structure, the schema, every text against its digest."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from archive.fault import Fault
from archive.schema import SEARCHED, folding_ok, migrate
from archive.text import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE = "archive.db"
PAGE = re.compile(r"\b[Pp]age (\d+)")
MOST = 1000
"""Faults of one kind that are named."""

LAST_TEXTS = f"""
SELECT a.id FROM articles AS a LEFT JOIN revisions AS r ON r.article_id = a.id
    AND number = (SELECT max(number) FROM revisions WHERE article_id = a.id)
WHERE {" OR ".join(f"a.{name} IS NOT r.{name}" for name in SEARCHED)}
"""  # noqa: S608 — constants
# Each must find no row. What the columns say of each other, in the order in which the store writes them.
RULES = {
    "article {}: its text is not that of its last revision": LAST_TEXTS,
    "article {}: its revisions are not numbered from 1 without a gap": """
        SELECT article_id FROM revisions GROUP BY article_id HAVING max(number) <> count(*)""",
    "revision {}: its time is not that of its capture": """
        SELECT revisions.id FROM revisions JOIN captures ON captures.id = capture_id WHERE seen_at <> fetched_at""",
    "article {}: last_changed is not the time of any revision": """
        SELECT id FROM articles WHERE NOT EXISTS (
            SELECT 1 FROM revisions WHERE article_id = articles.id AND seen_at = last_changed)""",
    "article {}: it was last seen before it was first seen": "SELECT id FROM articles WHERE last_seen < first_seen",
    "article {}: nothing was captured when it was first or last seen": """
        SELECT id FROM articles WHERE first_seen NOT IN (SELECT fetched_at FROM captures)
            OR last_seen NOT IN (SELECT fetched_at FROM captures)""",
    "article {}: its comment count is not the newest that was counted": """
        SELECT id FROM articles WHERE comment_count IS NOT NULL AND comment_count IS NOT (
            SELECT count FROM comment_counts WHERE article_id = articles.id ORDER BY seen_at DESC LIMIT 1)""",
    "article {}: its authors, tags, images or field_sources cannot be read": """
        SELECT id FROM articles WHERE NOT (json_valid(authors) AND json_valid(tags) AND json_valid(images)
            AND json_valid(field_sources))""",
    "article {}: withdrawn, but it still has a text": """
        SELECT id FROM articles WHERE withdrawn_at IS NOT NULL AND (title <> '' OR body <> '' OR lead IS NOT NULL)""",
    "capture {}: of a withdrawn article, and not sealed: withdraw the address again": """
        SELECT captures.id FROM articles JOIN captures ON captures.url = articles.url
        WHERE withdrawn_at IS NOT NULL AND status = 200 AND revisit_of IS NULL
            AND captures.id NOT IN (SELECT capture_id FROM sealed_captures)
            AND captures.id NOT IN (SELECT capture_id FROM revisions WHERE article_id <> articles.id)""",
    "day {}: day_counts does not hold the number of its articles": """
        SELECT coalesce(day, counted) FROM (
            SELECT search_key / 10000000000 AS counted, count(*) AS articles FROM articles
            WHERE withdrawn_at IS NULL GROUP BY 1) FULL JOIN day_counts ON day = counted
        WHERE coalesce(n, 0) <> coalesce(articles, 0) AND NOT EXISTS (SELECT 1 FROM keys_pending)""",
    "article {}: there is no key table for its year": """
        SELECT id FROM articles WHERE withdrawn_at IS NULL AND NOT EXISTS (SELECT 1 FROM keys_pending)
            AND strftime('keys_%Y', search_key / 10000000000 * 86400, 'unixepoch') NOT IN (
                SELECT name FROM sqlite_schema)""",
    "withdrawal {}: it was interrupted: withdraw, or undo, any address to finish it": """
        SELECT id FROM withdrawals WHERE state IN ('pending', 'undoing')""",
}
REVISIONS = """
SELECT revisions.id, digest, revisions.title, revisions.lead, revisions.body FROM revisions
JOIN articles ON articles.id = article_id WHERE withdrawn_at IS NULL
"""
TABLES = """
SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'
"""
SCHEMA = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


def guarded(part: Callable[[], Iterator[Fault]]) -> Iterator[Fault]:
    """Run one check; what SQLite then says of the damage becomes a fault."""
    try:
        yield from part()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        yield Fault(FILE, None, f"cannot be read: {error}")
    except TypeError as error:  # bytes, or a number, where a text should be: `kinds` says where
        yield Fault(FILE, None, f"holds a value that is no text: {error}")


def structure(conn: sqlite3.Connection) -> Iterator[Fault]:
    """Check pages, B-trees, records and that every index agrees with its table (PRAGMA integrity_check)."""
    size = conn.execute("PRAGMA page_size").fetchone()[0]
    for (message,) in conn.execute(f"PRAGMA integrity_check({MOST})"):
        if message != "ok":
            page = PAGE.search(message)
            yield Fault(FILE, (int(page[1]) - 1) * size if page else None, message.strip().replace("\n", "; "))


def schema(conn: sqlite3.Connection) -> Iterator[Fault]:
    """Check that every table, index and trigger is as the migrations made it: without one, search goes astray."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh)
        expected = dict(map(tuple, fresh.execute(SCHEMA)))
    found = dict(map(tuple, conn.execute(SCHEMA)))
    for name, sql in expected.items():
        if name not in found or _words(found[name]) != _words(sql):
            yield Fault(FILE, None, f"{name}: {'altered' if name in found else 'missing'}")


def kinds(conn: sqlite3.Connection) -> Iterator[Fault]:
    """Check that no text has become bytes: one bit of a record tells them apart, and integrity_check lets it pass."""
    for table, without_rowid in conn.execute(TABLES).fetchall():
        columns = conn.execute("SELECT name FROM pragma_table_info(?) WHERE type = 'TEXT'", (table,)).fetchall()
        if not columns:
            continue
        wrong = " ".join(f"""WHEN typeof("{name}") THEN '{name}'""" for (name,) in columns)
        row = "'without a number'" if without_rowid else "rowid"
        sql = f"SELECT {row}, CASE 'blob' {wrong} END AS wrong FROM {table} WHERE wrong IS NOT NULL LIMIT {MOST}"  # noqa: S608
        for number, column in conn.execute(sql):
            yield Fault(FILE, None, f"{table} row {number}: {column} holds bytes, not text")


def foreign_keys(conn: sqlite3.Connection) -> Iterator[Fault]:
    """Check that every row leads to the rows it names."""
    for table, row, parent, _ in conn.execute("PRAGMA foreign_key_check"):
        yield Fault(FILE, None, f"{table} row {row}: names a row of {parent} that does not exist")


def folding(conn: sqlite3.Connection) -> Iterator[Fault]:
    """Check that the search index is still fed folded text."""
    if not folding_ok(conn):
        yield Fault(FILE, None, "articles_fts: holds unfolded words (a `rebuild`?): marks are no longer ignored")


def rules(conn: sqlite3.Connection) -> Iterator[Fault]:
    """Check what the columns of rows say of each other."""
    for message, query in RULES.items():
        for row in conn.execute(f"{query} LIMIT {MOST}"):
            yield Fault(FILE, None, message.format(row[0]))


def digests(conn: sqlite3.Connection) -> Iterator[Fault]:
    """Check the texts of every revision against its digest."""
    for id_, stated, title, lead, body in conn.execute(REVISIONS):
        texts = (title, lead or "", body)
        if not all(isinstance(text, str) for text in texts) or digest(title, lead, body) != stated:
            yield Fault(FILE, None, f"revision {id_}: its text does not agree with its digest")


def _words(sql: str | None) -> list[str]:
    return (sql or "").split()


PARTS = (digests, structure, rules, kinds, foreign_keys, schema, folding)
"""The checks of an archive that is open for reading, each by itself; those that take longest come first."""
