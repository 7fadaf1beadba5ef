"""A listing that never gave anything, such as a guessed feed: named by every run, a failure of the first one only."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from demo_crawl import baotinh, crawl, last_run

from archive.schema import connect, migrate
from crawler.demo.paper import PAPER_HOST, demo_papers
from crawler.demo.server import Server, serve
from crawler.roads import Roads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEED = "https://baosuoicat.example/rss/kinh-te"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(demo_papers(size=12)[0]) as running:
        yield running


def outcome(data: Path, server: Server) -> tuple[str, list[str], str]:
    """Crawl; the outcome of the run, its silent listings, and what it printed."""
    server.set_clock(0)
    now = datetime(2026, 9, 1, 14, tzinfo=UTC) + timedelta(hours=len(list(data.glob("warc/*/*"))))
    done = crawl(data, server.addresses[PAPER_HOST], offset=(now - datetime.now(UTC)).total_seconds())
    with closing(sqlite3.connect(data / "archive.db")) as conn:
        conn.row_factory = sqlite3.Row
        row = last_run(conn)
    return row["outcome"], row["counts"]["silent"], done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["soft-404", "home"])
def test_a_feed_that_was_never_there_is_a_failure_once(tmp_path: Path, server: Server, kind: str) -> None:
    server.fault("^/rss/kinh-te", kind)
    assert outcome(tmp_path, server)[:2] == ("partial", [FEED])
    again = outcome(tmp_path, server)
    assert again[:2] == ("ok", [FEED])
    assert f"nothing ever came from {FEED} (answered: feed 1, sitemap" in again[2]
    assert f"nothing ever came from {FEED}" in " ".join(health(tmp_path))
    server.heal()
    assert outcome(tmp_path, server)[:2] == ("ok", [])
    server.fault("^/rss/kinh-te", kind)
    broken = outcome(tmp_path, server)
    assert broken[:2] == ("partial", [])
    assert f"cannot read the listing {FEED}" in broken[2]


def test_a_sitemap_that_was_never_there(tmp_path: Path, server: Server) -> None:
    server.fault("^/sitemap", "soft-404")
    assert outcome(tmp_path, server)[0] == "partial"
    assert outcome(tmp_path, server)[:2] == ("ok", ["https://baosuoicat.example/sitemap.xml"])


def test_a_feed_that_is_there_no_more_is_told(tmp_path: Path, server: Server) -> None:
    assert outcome(tmp_path, server)[:2] == ("ok", [])
    past = ("--from", "2026-08-30", "--to", "2026-09-01", "-a", f"origin={server.addresses[PAPER_HOST]}")
    backfill = baotinh("backfill", "demo_suoicat", *past, "-s", "DOWNLOAD_DELAY=0", data=tmp_path)
    assert "nothing ever came from" not in backfill.stdout + backfill.stderr  # it asks no feed
    server.fault("^/rss/kinh-te", "status", status=404)
    assert f"no listing at {FEED} any more (404)" in outcome(tmp_path, server)[2]


def test_a_run_that_was_killed_breaks_no_chain(tmp_path: Path) -> None:
    told: list[list[str]] = []
    with closing(connect(tmp_path / "archive.db")) as conn:
        migrate(conn)
        conn.execute("INSERT INTO sources (name, number, title) VALUES ('p', 1, 'P')")
        run = "INSERT INTO runs (source, started_at, counts) VALUES ('p', ?, ?)"
        conn.execute(run, ("2026-09-01T00:00:00+00:00", json.dumps({"silent": ["a", "gone from the spider"]})))
        conn.execute(run, ("2026-09-02T00:00:00+00:00", "{}"))
        conn.execute(run, ("2026-09-03T00:00:00+00:00", json.dumps({"silent": None})))
        roads = Roads(conn, "p", ["a", "b"], told.append)
        assert "b" not in roads.known
        assert told == [["a", "b"]]  # b was never asked
        roads.found("a")
        assert told[-1] == ["b"]


def health(data: Path) -> list[str]:
    """The words of the table."""
    return baotinh("health", data=data, COLUMNS="300").stdout.split()
