"""The archive against its last snapshot: what has not been touched since must still be the same."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from archive.database_check import FILE, MOST
from archive.fault import Fault

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

WRITTEN_ONCE = {
    "captures": """now.id NOT IN (SELECT capture_id FROM main.sealed_captures)
        AND now.id NOT IN (SELECT capture_id FROM past.sealed_captures)""",
    "comment_counts": "1",
    "revisions": "now.article_id NOT IN (SELECT article_id FROM main.withdrawals WHERE article_id IS NOT NULL)",
    "runs": "past.ended_at IS NOT NULL",
}
"""Tables whose rows never change, and which rows of them: the paper says no more of what it once said."""
# A run that was replayed stands in the place of another: not of itself, as one flipped byte might say.
REPLAYED = """
SELECT count(*) > 1 OR coalesce(max(past.outcome IS NOT 'replayed'), 0)
FROM main.runs AS now JOIN past.runs AS past USING (id)
WHERE now.outcome = 'replayed' AND (past.outcome IS NOT 'replayed' OR now.started_at <> past.started_at)
"""
NEVER_DELETED = ("articles", "captures", "revisions", "runs")
KEYS = {"comment_counts": ("article_id", "seen_at")}

# What the store may set without having seen the article again.
UNSEEN = frozenset(
    {"search_key", "first_seen", "next_check_at", "missing_since", "gone_at", "comment_count", "field_sources"}
)
UNTOUCHED = """now.last_seen = past.last_seen AND now.reader = past.reader AND now.id NOT IN (
    SELECT article_id FROM main.withdrawals WHERE article_id IS NOT NULL)"""


def check(conn: sqlite3.Connection, past: Path, notes: list[str]) -> Iterator[Fault]:
    """Compare rows with those of the snapshot `past` (its full database), which its own digest vouches for.

    An archive that was replayed since numbers its rows otherwise: nothing is compared then, and `notes` say so.
    """
    with _attached(conn, past):
        if conn.execute(REPLAYED).fetchone()[0]:
            notes.append("the archive was replayed since its last snapshot: make a new one to compare it with")
            return
        for table, condition in WRITTEN_ONCE.items():
            columns = _shared_columns(conn, table, frozenset())
            yield from _differing(conn, table, columns, condition)
        yield from _differing(conn, "articles", _shared_columns(conn, "articles", UNSEEN), UNTOUCHED)
        for table in NEVER_DELETED:
            yield from _missing(conn, table)


def _differing(conn: sqlite3.Connection, table: str, columns: list[str], condition: str) -> Iterator[Fault]:
    differs = " OR ".join(f'now."{name}" IS NOT past."{name}"' for name in columns)
    sql = f"""SELECT {_named(table, "now")} FROM main.{table} AS now JOIN past.{table} AS past ON {_same_key(table)}
        WHERE ({differs}) AND {condition} LIMIT {MOST}"""  # noqa: S608 — names of the schema
    for row in conn.execute(sql):
        yield Fault(FILE, None, f"{table} row {_key(row)}: differs from the last snapshot, though nothing changed it")


def _missing(conn: sqlite3.Connection, table: str) -> Iterator[Fault]:
    sql = f"""SELECT {_named(table, "past")} FROM past.{table} AS past WHERE NOT EXISTS (
        SELECT 1 FROM main.{table} AS now WHERE {_same_key(table)}) LIMIT {MOST}"""  # noqa: S608
    for row in conn.execute(sql):
        yield Fault(FILE, None, f"{table} row {_key(row)}: is missing, though the last snapshot has it")


def _shared_columns(conn: sqlite3.Connection, table: str, without: frozenset[str]) -> list[str]:
    """List the columns that the archive and an older snapshot both have."""
    names = [[row[1] for row in conn.execute(f"PRAGMA {schema}.table_info({table})")] for schema in ("main", "past")]
    return [name for name in names[0] if name in names[1] and name not in without]


def _named(table: str, row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in KEYS.get(table, ("id",)))


def _same_key(table: str) -> str:
    return " AND ".join(f"now.{name} = past.{name}" for name in KEYS.get(table, ("id",)))


def _key(row: sqlite3.Row) -> str:
    return " ".join(map(str, row))


@contextmanager
def _attached(conn: sqlite3.Connection, past: Path) -> Iterator[None]:
    conn.execute("ATTACH ? AS past", (f"file:{quote(str(past.resolve()))}?mode=ro&immutable=1",))
    try:
        yield
    finally:
        conn.execute("DETACH past")
