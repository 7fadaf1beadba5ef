"""Runs of a source, good and bad, put into real tables."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from archive_fixture import add_article

from archive.health import Health, health
from archive.schema import connect, migrate

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

PAPER = "baolamdong"
START = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FULL = {"articles": 1.0, "lead": 0.95, "body": 1.0, "authors": 0.9, "comment_count": 1.0}


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "archive.db")) as opened:
        migrate(opened)
        opened.execute("PRAGMA synchronous = OFF")
        opened.execute("INSERT INTO sources (name, number, title) VALUES (?, 34, 'Báo Lâm Đồng')", (PAPER,))
        yield opened


def add_run(
    conn: sqlite3.Connection, at: datetime, outcome: str | None = "ok", *, source: str = PAPER, **counts: Any
) -> datetime:
    """One run of five minutes that found twelve new articles, unless told otherwise; None has no end."""
    usual: dict[str, Any] = {
        "requests": 20,
        "bytes": 900_000,
        "statuses": {"200": 20},
        "listings": {"asked": 3, "answered": 3},
        "listed": 200,
        "new": 12,
        "fill": FULL,
        "stopped": None,
        "refused": {"robots": 0},
    }
    ended = None if outcome is None else (at + timedelta(minutes=5)).isoformat()
    conn.execute(
        "INSERT INTO runs (source, started_at, ended_at, outcome, counts) VALUES (?, ?, ?, ?, ?)",
        (source, at.isoformat(), ended, outcome, json.dumps({} if outcome is None else usual | counts)),
    )
    return at


def good_past(conn: sqlite3.Connection, runs: int = 10, every: timedelta = DAY, start: datetime = START) -> datetime:
    """Good runs and one article; returns when the next run is due."""
    if conn.execute("SELECT count(*) FROM articles").fetchone()[0] == 0:
        add_article(conn, 1, source=PAPER, day="2026-09-07")
    for number in range(runs):
        add_run(conn, start + number * every, listed=200 + number % 3)
    return start + runs * every


def judged(conn: sqlite3.Connection, now: datetime | None = None) -> Health:
    last = conn.execute("SELECT max(started_at) FROM runs").fetchone()[0]
    (found,) = health(conn, now or datetime.fromisoformat(last) + HOUR)
    return found
