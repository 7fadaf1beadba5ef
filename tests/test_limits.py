"""One question to the archive ends in time even within a step of SQLite, and lists of tables count only so far."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import TYPE_CHECKING, Any

import pytest
from archive_fixture import make_archive
from datasette import database

from archive.serve import application
from archive.web import limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Thirty rows, far fewer steps than lie between two questions of a progress handler, each of a step that takes long.
SLOW = "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x LIMIT 30) SELECT slow(n) FROM x"


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(":memory:", check_same_thread=False)
    conn.create_function("slow", 1, lambda n: time.sleep(0.1) or n)
    yield conn
    conn.close()


def test_a_step_that_takes_long_is_interrupted(conn: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match=r"^interrupted$"), limits.time_limit(conn, 10):
        conn.execute(SLOW).fetchall()


def test_what_ends_in_time_and_what_comes_after_is_left_alone(conn: sqlite3.Connection) -> None:
    with limits.time_limit(conn, 10_000):
        assert conn.execute("SELECT 1").fetchall() == [(1,)]
    with limits.time_limit(conn, 1_000):
        conn.execute("SELECT 1").fetchall()
    assert conn.execute(SLOW.replace("LIMIT 30", "LIMIT 15")).fetchall()[-1] == (15,)


def test_a_limit_that_was_passed_leaves_the_connection_usable(conn: sqlite3.Connection) -> None:
    for _ in range(3):
        with pytest.raises(sqlite3.OperationalError), limits.time_limit(conn, 10):
            conn.execute(SLOW).fetchall()
        assert conn.execute("SELECT 1").fetchall() == [(1,)]


async def counts_and_page(data: Path) -> tuple[dict[str, int | None], Any]:
    datasette = application(data)
    page = await datasette.client.get("/archive")
    return await datasette.get_database("archive").table_counts(1_000), page


def test_the_list_of_tables_counts_only_so_far_and_logs_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    make_archive(tmp_path)
    count = limits._count  # Datasette's page gives it five milliseconds, which a busy machine may need for nothing
    monkeypatch.setattr(limits, "_count", lambda db, table, _: count(db, table, 300_000))
    counts, page = asyncio.run(counts_and_page(tmp_path))
    assert (counts["articles"], counts["sources"], counts["runs"]) == (4, 2, 0)
    assert counts["articles_fts_data"] is counts["day_counts"] is None  # hidden: nobody sees their number
    assert "4 rows" in page.text
    monkeypatch.setattr(limits, "COUNTED", 3)
    counts, page = asyncio.run(counts_and_page(tmp_path))
    assert (counts["articles"], counts["sources"]) == (None, 2)
    assert "Many rows" in page.text
    assert capfd.readouterr().err == ""


def test_datasette_limits_its_own_questions_so(tmp_path: Path) -> None:
    make_archive(tmp_path)
    asyncio.run(counts_and_page(tmp_path))
    assert database.sqlite_timelimit is limits.time_limit
