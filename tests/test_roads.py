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
from crawler.roads import MOST, Roads

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


ROBOTS = "User-agent: *\nDisallow: /rss/kinh-te\n"


@pytest.mark.parametrize(
    ("pattern", "kind", "how", "says"),
    [
        ("^/robots", "body", {"body": ROBOTS, "content_type": "text/plain"}, "robots.txt forbids it"),
        ("^/rss/kinh-te", "status", {"status": 403}, "it answers 403"),
    ],
)
def test_a_feed_that_was_always_forbidden_is_named_and_no_failure(
    tmp_path: Path, server: Server, pattern: str, kind: str, how: dict[str, object], says: str
) -> None:
    server.fault(pattern, kind, **how)
    assert outcome(tmp_path, server)[:2] == ("partial", [FEED])
    again = outcome(tmp_path, server)
    assert again[:2] == ("ok", [FEED])
    assert f"nothing ever came from {FEED} ({says}) (answered: feed 1, sitemap" in again[2]
    assert f"nothing ever came from {FEED} ({says})" in " ".join(health(tmp_path))
    server.heal()
    answered = outcome(tmp_path, server)
    assert answered[:2] == ("ok", [])
    assert says not in answered[2]
    server.fault(pattern, kind, **how)
    for _ in range(2):  # it has given something: what it has now is missed
        assert outcome(tmp_path, server)[:2] == ("partial", [])
    assert f"no way to {FEED} ({says})" in " ".join(health(tmp_path))


def test_sitemaps_that_an_index_names_and_robots_has_always_forbidden(tmp_path: Path, server: Server) -> None:
    rules = "User-agent: *\nDisallow: /sitemap-article-\n"
    server.fault("^/robots", "body", body=rules, content_type="text/plain")
    assert outcome(tmp_path, server)[0] == "partial"
    again = outcome(tmp_path, server)
    assert again[:2] == ("ok", [])
    assert "no way to https://baosuoicat.example/sitemap-article-" in again[2]
    server.heal()
    assert outcome(tmp_path, server)[0] == "ok"
    server.fault("^/robots", "body", body=rules, content_type="text/plain")
    assert [outcome(tmp_path, server)[0] for _ in range(2)] == ["partial", "partial"]


def test_a_paper_that_forbids_every_road_is_blocked_in_every_run(tmp_path: Path, server: Server) -> None:
    server.fault("^/(rss|sitemap)", "status", status=403)
    for _ in range(2):
        assert outcome(tmp_path, server)[0] == "failed"
        assert " ".join(health(tmp_path)).count("blocked") == 2  # the verdict and what stopped the last run


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


def test_an_index_that_names_thousands_of_forbidden_sitemaps_is_kept_short(tmp_path: Path) -> None:
    urls = [f"https://p.example/closed/{number}.xml" for number in range(3 * MOST)]
    with closing(connect(tmp_path / "archive.db")) as conn:
        migrate(conn)
        conn.execute("INSERT INTO sources (name, number, title) VALUES ('p', 1, 'P')")
        first = Roads(conn, "p", ["a"], lambda _: None)
        assert not any(first.is_closed(url, "robots") for url in urls)
        assert len(first.closed) == MOST
        run = "INSERT INTO runs (source, started_at, counts) VALUES ('p', '2026-09-01T00:00:00+00:00', ?)"
        conn.execute(run, (json.dumps({"silent": [], "forbidden": first.closed}),))
        assert all(Roads(conn, "p", ["a"], lambda _: None).is_closed(url, "robots") for url in urls)


def health(data: Path) -> list[str]:
    """The words of the table."""
    return baotinh("health", data=data, COLUMNS="300").stdout.split()
