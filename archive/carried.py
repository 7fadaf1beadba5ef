"""What no capture tells any more: withdrawals and their tombstones, carried from an archive into its replay."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from archive import keys, runs
from archive.schema import ArchiveError, open_read_only, plain_errors, transaction
from archive.search_key import PER_DAY, next_key

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from archive.items import Capture

Row: TypeAlias = dict[str, Any]

WITHDRAWN = "SELECT * FROM articles WHERE withdrawn_at IS NOT NULL ORDER BY id"
# `article` and `place_*` name what the new archive knows by another id.
HANGING = {
    "revisions": """SELECT revisions.*, a.url AS article, captures.file AS place_file, captures."offset" AS place_offset
        FROM revisions JOIN articles AS a ON a.id = article_id LEFT JOIN captures ON captures.id = capture_id
        WHERE withdrawn_at IS NOT NULL ORDER BY revisions.id""",
    "comment_counts": """SELECT c.*, a.url AS article, captures.file AS place_file, captures."offset" AS place_offset
        FROM comment_counts AS c JOIN articles AS a ON a.id = article_id
        LEFT JOIN captures ON captures.id = c.capture_id WHERE withdrawn_at IS NOT NULL""",
    "withdrawals": """SELECT *, (SELECT url FROM articles WHERE id = article_id) AS article
        FROM withdrawals ORDER BY id""",
    "sealed_captures": """SELECT sealed_captures.*, file AS place_file, "offset" AS place_offset
        FROM sealed_captures JOIN captures ON captures.id = capture_id ORDER BY capture_id""",
}
ALIASES = """
SELECT aliases.url, articles.url AS article FROM aliases JOIN articles ON id = article_id WHERE withdrawn_at IS NOT NULL
"""
SEALED = """SELECT captures.* FROM sealed_captures JOIN captures ON captures.id = capture_id ORDER BY file, "offset" """
OWN_IDS = {"revisions": "id"}


class UnsettledError(ArchiveError):
    """A withdrawal was interrupted: what it took away may still be in the captures."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What is carried over: rows of the tables as they were, and the sealed captures by their file."""

    articles: Sequence[Row] = ()
    aliases: Sequence[Row] = ()
    hanging: dict[str, list[Row]] = field(default_factory=dict)
    sealed: dict[str, list[Capture]] = field(default_factory=dict)

    @property
    def withdrawals(self) -> int:
        """How many withdrawals there are."""
        return len(self.hanging.get("withdrawals", ()))

    def begin(self, conn: sqlite3.Connection, source: str) -> None:
        """Write the tombstones of a source's withdrawn articles, so that nothing that is replayed brings them back."""
        number = conn.execute("SELECT number FROM sources WHERE name = ?", (source,)).fetchone()[0]
        with transaction(conn):
            for row in self.articles:
                if row["source"] == source:
                    key = next_key(conn, row["search_key"] // PER_DAY, number)
                    _insert(conn, "articles", {**row, "search_key": key})
            for row in self.aliases:
                article_id = _article(conn, row["article"])
                if article_id is not None:
                    conn.execute("INSERT INTO aliases VALUES (?, ?) ON CONFLICT DO NOTHING", (row["url"], article_id))
            _settle(conn)

    def end(self, conn: sqlite3.Connection) -> None:
        """Write what hangs on the tombstones, and the withdrawals, once all captures have their rows."""
        with transaction(conn):
            for table, rows in self.hanging.items():
                for row in rows:
                    self._carry(conn, table, dict(row))
            _settle(conn)

    def _carry(self, conn: sqlite3.Connection, table: str, row: Row) -> None:
        url, file, offset = (row.pop(name, None) for name in ("article", "place_file", "place_offset"))
        if "article_id" in row:
            row["article_id"] = None if url is None else _article(conn, url)
        if "capture_id" in row:
            row["capture_id"] = None if file is None else runs.capture_id(conn, file, offset)
        row.pop(OWN_IDS.get(table, ""), None)
        lacking = table == "sealed_captures" and row["capture_id"] is None
        if not lacking and (table == "withdrawals" or row.get("article_id", 0) is not None):
            _insert(conn, table, row)


def read(database: Path) -> Carried:
    """Read what is to be carried over from the archive `database`; raises ArchiveError when it cannot be read.

    UnsettledError, where a withdrawal has to be finished first.
    """
    with closing(open_read_only(database)) as conn, plain_errors(database):
        if conn.execute("SELECT 1 FROM withdrawals WHERE state IN ('pending', 'undoing')").fetchone():
            raise UnsettledError(
                f"{database}: a withdrawal was interrupted: `baotinh snapshot` finishes it, then replay"
            )
        if conn.execute("SELECT 1 FROM withdrawals").fetchone() is None:
            return Carried()
        sealed = defaultdict(list)
        for row in conn.execute(SEALED).fetchall():
            sealed[row["file"]].append(runs.as_capture(conn, row))
        articles = [{name: row[name] for name in row.keys() if name != "id"} for row in conn.execute(WITHDRAWN)]  # noqa: SIM118
        hanging = {table: list(map(dict, conn.execute(query))) for table, query in HANGING.items()}
        return Carried(articles, list(map(dict, conn.execute(ALIASES))), hanging, dict(sealed))


def _insert(conn: sqlite3.Connection, table: str, row: Row) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join("?" * len(row))
    conn.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", tuple(row.values()))  # noqa: S608 — names of the schema


def _article(conn: sqlite3.Connection, url: str) -> int | None:
    row = conn.execute("SELECT id FROM articles WHERE url = ?", (url,)).fetchone()
    return None if row is None else int(row[0])


def _settle(conn: sqlite3.Connection) -> None:
    while keys.settle(conn):
        pass
