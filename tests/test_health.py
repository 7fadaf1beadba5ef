"""Verdicts on sources out of their own runs and articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from archive_fixture import add_article
from health_fixture import DAY, HOUR, PAPER, START, add_run, conn, good_past, judged

from archive.health import health
from archive.schema import ArchiveError

if TYPE_CHECKING:
    import sqlite3

__all__ = ["conn"]


def test_a_source_without_runs_and_one_in_its_first_run(conn: sqlite3.Connection) -> None:
    (never,) = health(conn, START)
    assert (never.finding.verdict, never.finding.since, never.last_run) == ("never", None, None)
    add_run(conn, START, None)
    first = judged(conn)
    assert (first.finding.verdict, first.finding.since, first.running_since) == ("running", START, START)


def test_a_good_past_is_fresh(conn: sqlite3.Connection) -> None:
    due = good_past(conn)
    found = judged(conn)
    assert found.finding.verdict == "fresh"
    assert found.finding.since == found.last_run == due - DAY
    assert found.finding.evidence == {"new_in_a_day": 12, "newest_article": "2026-09-07T07:00:00+07:00"}
    add_run(conn, due, None)
    assert judged(conn).running_since == due
    assert judged(conn).finding.verdict == "fresh"


TROUBLES: dict[str, tuple[str, dict[str, Any]]] = {
    "stopped as blocked": ("blocked", {"stopped": "blocked", "statuses": {"200": 2, "403": 8}}),
    "asked to wait an hour": ("blocked", {"stopped": "asked to wait", "statuses": {"429": 1}}),
    "every listing refused": (
        "blocked",
        {"statuses": {"200": 1, "403": 9}, "listings": {"asked": 3, "failed": 3}, "new": 0},
    ),
    "listings answer, articles refused": ("blocked", {"statuses": {"200": 4, "403": 9}, "failed": 3, "new": 0}),
    "challenges in place of every listing": (
        "blocked",
        {"statuses": {"200": 4}, "failures": {"challenge": 3}, "listings": {"asked": 3, "failed": 3}, "new": 0},
    ),
    "a login in place of most listings": (
        "blocked",
        {
            "statuses": {"200": 4},
            "failures": {"login": 2},
            "listings": {"asked": 3, "answered": 1, "failed": 2},
            "new": 0,
        },
    ),
    "most listings refused, nothing new in the other": (
        "blocked",
        {
            "statuses": {"200": 2, "403": 6},
            "failures": {"403": 2},
            "listings": {"asked": 3, "answered": 1, "failed": 2},
            "new": 0,
        },
    ),
    "listings that cannot be read": (
        "changed layout",
        {"statuses": {"200": 4}, "failures": {"unreadable": 3}, "listings": {"asked": 3, "failed": 3}, "new": 0},
    ),
    "listings that lead elsewhere": (
        "changed layout",
        {
            "statuses": {"200": 1, "302": 3},
            "failures": {"foreign_host": 3},
            "listings": {"asked": 3, "failed": 3},
            "new": 0,
        },
    ),
    "challenges": ("blocked", {"not_articles": {"challenge": 6}, "new": 2}),
    "robots.txt forbids everything": (
        "robots",
        {"statuses": {"200": 1}, "listings": {"asked": 3, "failed": 3}, "refused": {"robots": 3}, "new": 0},
    ),
    "robots.txt forbids the listings, as many as it always forbade pages": (
        "robots",
        {"statuses": {"200": 1}, "listings": {"asked": 3, "refused": 3}, "refused": {"robots": 3}, "new": 0},
    ),
    "robots.txt answers 429": (
        "blocked",
        {"statuses": {"429": 3}, "listings": {"asked": 3, "refused": 3}, "refused": {"robots": 3}, "new": 0},
    ),
    "listings are no XML, articles answer": (
        "changed layout",
        {"statuses": {"200": 20}, "listings": {"asked": 3, "failed": 3}, "failures": {"503": 1}, "new": 0},
    ),
    "robots.txt forbids articles": ("robots", {"requests": 4, "refused": {"robots": 12}, "new": 0}),
    "robots.txt answers 503": (
        "dead",
        {"statuses": {"503": 9}, "listings": {"asked": 3, "failed": 3}, "refused": {"robots": 3}, "new": 0},
    ),
    "no answer at all": ("dead", {"statuses": {}, "listings": {"asked": 3, "failed": 3}, "listed": 0, "new": 0}),
    "robots.txt from a cache, then silence": (
        "dead",
        {
            "statuses": {"301": 1, "200": 1},
            "failures": {"TimeoutError": 1},
            "listings": {"asked": 1, "failed": 1},
            "new": 0,
        },
    ),
    "stopped as down": ("dead", {"stopped": "down", "statuses": {"200": 4, "502": 24}}),
    "server errors, one refusal": (
        "dead",
        {"statuses": {"403": 1, "503": 9}, "listings": {"asked": 3, "failed": 3}, "new": 0},
    ),
    "server errors": ("dead", {"statuses": {"200": 1, "500": 9}, "listings": {"asked": 3, "failed": 3}, "new": 0}),
    "listings have moved": (
        "changed layout",
        {"statuses": {"200": 1, "404": 3}, "listings": {"asked": 3, "failed": 3}, "listed": 0, "new": 0},
    ),
    "our disk is full": ("failed", {"failure": "the disk is full: make room, then run again"}),
    "failed without a word": ("failed", {"outcome": "failed"}),
}


@pytest.mark.parametrize(("verdict", "counts"), TROUBLES.values(), ids=list(TROUBLES))
@pytest.mark.parametrize("runs", [1, 3])
def test_what_kept_a_run_from_its_work(
    conn: sqlite3.Connection, verdict: str, counts: dict[str, Any], runs: int
) -> None:
    due = good_past(conn)
    for number in range(runs):
        add_run(conn, due + number * HOUR, "failed", **{k: v for k, v in counts.items() if k != "outcome"})
    finding = judged(conn).finding
    assert (finding.verdict, finding.since) == (verdict, due)
    assert finding.evidence["runs"] == runs
    if counts.get("statuses"):
        assert finding.evidence["statuses"] == counts["statuses"]
    add_run(conn, due + 4 * HOUR)
    assert judged(conn).finding.verdict == "fresh"


def test_trouble_needs_no_past(conn: sqlite3.Connection) -> None:
    add_run(conn, START, "failed", statuses={}, listings={"asked": 3, "failed": 3}, listed=0, new=0)
    assert judged(conn).finding.verdict == "dead"


def test_refusals_that_robots_always_made_are_usual(conn: sqlite3.Connection) -> None:
    add_article(conn, 1, source=PAPER)
    for number in range(8):
        add_run(conn, START + number * DAY, requests=5, refused={"robots": 10 + number % 2})
    assert judged(conn).finding.verdict == "fresh"
    add_run(conn, START + 8 * DAY, requests=5, refused={"robots": 40})
    assert judged(conn).finding.verdict == "robots"
    everything = {"listings": {"asked": 3, "refused": 3}, "refused": {"robots": 3}, "new": 0}
    add_run(conn, START + 9 * DAY, "failed", statuses={"200": 1}, **everything)
    assert judged(conn).finding.verdict == "robots"


def test_a_stopped_run_that_found_articles_is_fresh(conn: sqlite3.Connection) -> None:
    add_run(conn, good_past(conn), "partial", stopped="out of time", listed=10)
    assert judged(conn).finding.verdict == "fresh"


def test_runs_that_no_longer_start(conn: sqlite3.Connection) -> None:
    due = good_past(conn, runs=12, every=HOUR)
    assert judged(conn, due + HOUR / 2).finding.verdict == "fresh"
    finding = judged(conn, due + 5 * HOUR).finding
    assert (finding.verdict, finding.since) == ("late", due - HOUR)
    assert finding.evidence == {"hours": 6.0, "usual_hours": 1.0, "runs": 12}


def test_irregular_runs_are_not_late(conn: sqlite3.Connection) -> None:
    for hours in (0, 1, 30, 31, 90, 91, 200):
        add_run(conn, START + hours * HOUR)
    add_article(conn, 1, source=PAPER)
    assert judged(conn, START + 300 * HOUR).finding.verdict == "fresh"


def test_a_pause_every_night_is_usual(conn: sqlite3.Connection) -> None:
    add_article(conn, 1, source=PAPER)
    for day in range(3):
        for hour in range(14):
            add_run(conn, START + day * DAY + hour * HOUR)
    end = START + 2 * DAY + 13 * HOUR
    assert judged(conn, end + 10 * HOUR).finding.verdict == "fresh"
    assert judged(conn, end + 12 * HOUR).finding.verdict == "late"


def test_a_simulated_clock_ahead_of_ours(conn: sqlite3.Connection) -> None:
    good_past(conn)
    assert judged(conn, START - 100 * DAY).finding.verdict == "fresh"


def test_a_paper_that_falls_silent(conn: sqlite3.Connection) -> None:
    due = good_past(conn)
    for day in range(2):
        add_run(conn, due + day * DAY, new=0)
    assert judged(conn).finding.verdict == "fresh"
    add_run(conn, due + 2 * DAY, new=0)
    finding = judged(conn).finding
    assert (finding.verdict, finding.since) == ("quiet", due - DAY)
    assert finding.evidence == {
        "hours": 72.0,
        "newest_article": "2026-09-07T07:00:00+07:00",
        "usual_hours": 24.0,
        "days": 9,
    }


def test_nights_are_usual_for_a_paper_that_is_crawled_every_hour(conn: sqlite3.Connection) -> None:
    add_article(conn, 1, source=PAPER)
    for hour in range(24 * 8):
        asleep = (hour % 24) >= 16
        add_run(conn, START + hour * HOUR, new=0 if asleep else 4)
    assert judged(conn).finding.verdict == "fresh"  # the last hour of a night
    for hour in range(24 * 8, 24 * 8 + 16):
        add_run(conn, START + hour * HOUR, new=0)
    assert judged(conn).finding.verdict == "quiet"


def test_free_weekends_are_usual(conn: sqlite3.Connection) -> None:
    add_article(conn, 1, source=PAPER)
    for day in range(42):
        add_run(conn, START + day * DAY, new=0 if day % 7 in {4, 5, 6} else 10)
    assert judged(conn).finding.verdict == "fresh"  # a Sunday, three days without anything new
    for day in range(42, 45):
        add_run(conn, START + day * DAY, new=0)
    assert judged(conn).finding.verdict == "quiet"


def test_a_source_that_never_gave_an_article_is_quiet(conn: sqlite3.Connection) -> None:
    add_run(conn, START, new=0)
    finding = judged(conn).finding
    assert (finding.verdict, finding.since) == ("quiet", START)
    assert finding.evidence["newest_article"] is None


def test_damaged_counts_are_named(conn: sqlite3.Connection) -> None:
    good_past(conn)
    conn.execute("UPDATE runs SET counts = '[1' WHERE id = 3")
    with pytest.raises(ArchiveError, match="counts of run 3 are damaged"):
        judged(conn)


def test_the_query_path_reads_indexes_only(conn: sqlite3.Connection) -> None:
    good_past(conn)
    statements: list[str] = []
    conn.set_trace_callback(statements.append)
    judged(conn)
    conn.set_trace_callback(None)
    asked = [one for one in statements if " FROM runs" in one or " FROM articles" in one]
    assert len(asked) >= 3
    for statement in asked[1:]:  # the first is this test's own
        plan = " ".join(row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {statement}"))
        assert "SEARCH" in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan


def test_listings_that_never_gave_anything_are_named(conn: sqlite3.Connection) -> None:
    due = good_past(conn)
    add_run(conn, due, silent=["https://baolamdong.vn/rss/guess"])
    finding = judged(conn).finding
    assert (finding.verdict, finding.evidence["silent"]) == ("fresh", ["https://baolamdong.vn/rss/guess"])
    add_run(conn, due + DAY, silent=[])
    assert "silent" not in judged(conn).finding.evidence
