"""What keeps one question to the archive short: a time limit that holds within a step, and counts that end early.

SQLite asks its progress handler between the steps of a statement. `count(*)` of a whole table is one step: it reads
10 GB after any limit has passed. So a timer interrupts as well (sqlite3_interrupt, which a count heeds), and the
pages that list the tables count no further than they need to.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from datasette import database
from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit as between_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTED = 10_000
"""Rows of a table that are counted for the list of tables; Datasette calls more of them many."""


@contextmanager
def time_limit(conn: sqlite3.Connection, ms: float) -> Iterator[None]:
    """Interrupt what runs on this connection after so many milliseconds: it raises OperationalError("interrupted")."""
    over = threading.Event()
    turn = threading.Lock()

    def stop() -> None:
        with turn:  # never after the end: the next statement of this connection is another reader's
            if not over.is_set():
                conn.interrupt()

    timer = threading.Timer(ms / 1000, stop)
    timer.daemon = True
    timer.start()
    try:
        with between_steps(conn, ms):
            yield
    finally:
        with turn:
            over.set()
        timer.cancel()


async def table_counts(db: Any, limit: float = 10) -> dict[str, int | None]:
    """Count the rows of each table: None for more than 10,000, or where `limit` milliseconds were not enough.

    Hidden tables, the many of the search index among them, are not counted: each would cost the whole limit.
    """
    hidden = set(await db.hidden_table_names())
    return {table: None if table in hidden else await _count(db, table, limit) for table in await db.table_names()}


async def _count(db: Any, table: str, limit: float) -> int | None:
    quoted = table.replace('"', '""')
    sql = f'select count(*) from (select 1 from "{quoted}" limit {COUNTED + 1})'  # noqa: S608 — a name in quotes
    try:
        found = await db.execute(sql, custom_time_limit=limit, log_sql_errors=False)
    except (QueryInterrupted, sqlite3.Error):  # an index without a text of its own cannot be counted
        return None
    number: int = found.single_value()
    return number if number <= COUNTED else None


def take_over() -> None:
    """Let Datasette limit and count so: it has no setting for either."""
    database.sqlite_timelimit = time_limit
    database.Database.table_counts = table_counts
