"""Changed layouts: fields, listings and readers against their own past."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from archive_fixture import add_article
from health_fixture import DAY, FULL, HOUR, PAPER, START, add_run, conn, good_past, judged

if TYPE_CHECKING:
    import sqlite3

__all__ = ["conn"]


@pytest.mark.parametrize("field", ["body", "comment_count", "authors", "lead"])
def test_a_field_that_is_no_longer_found(conn: sqlite3.Connection, field: str) -> None:
    due = good_past(conn)
    fill = {name: share for name, share in FULL.items() if name != field}
    add_run(conn, due, fill=fill)
    add_run(conn, due + DAY, fill=fill)
    finding = judged(conn).finding
    assert (finding.verdict, finding.since) == ("changed layout", due)
    assert list(finding.evidence["fields"]) == [field]
    values = finding.evidence["fields"][field]
    assert (values["now"], values["usual"]) == (0.0, FULL[field])
    assert 0 < values["floor"] <= FULL[field] / 2


def test_a_broken_field_never_becomes_usual(conn: sqlite3.Connection) -> None:
    due = good_past(conn, runs=6)
    for number in range(30):
        add_run(conn, due + number * DAY, fill=FULL | {"body": 0.1})
    finding = judged(conn).finding
    assert (finding.verdict, finding.since) == ("changed layout", due)
    add_run(conn, due + 30 * DAY)
    assert judged(conn).finding.verdict == "fresh"


def test_pages_that_cannot_be_read_as_articles(conn: sqlite3.Connection) -> None:
    due = good_past(conn)
    add_run(conn, due, new=1, not_articles={"needs-javascript": 11, "soft-404": 50})
    finding = judged(conn).finding
    assert finding.verdict == "changed layout"
    assert finding.evidence["fields"]["article"] == {"now": 0.0833, "usual": 1.0, "floor": 0.5}


def test_small_runs_are_taken_together(conn: sqlite3.Connection) -> None:
    add_article(conn, 1, source=PAPER)
    broken = {name: share for name, share in FULL.items() if name != "body"}
    for number in range(40):
        add_run(conn, START + number * HOUR, new=2)
    for number in range(2):
        add_run(conn, START + (40 + number) * HOUR, new=2, fill=broken)
    assert judged(conn).finding.verdict == "fresh"  # four pages say too little
    for number in range(3):
        add_run(conn, START + (42 + number) * HOUR, new=2, fill=broken)
    assert judged(conn).finding.verdict == "changed layout"


def test_one_bad_run_does_not_hide_the_next_ones(conn: sqlite3.Connection) -> None:
    add_article(conn, 1, source=PAPER)
    for number in range(8):
        add_run(conn, START + number * DAY, fill=FULL | {"body": 0.2 if number == 1 else 1.0})
    assert judged(conn).finding.verdict == "fresh"
    add_run(conn, START + 8 * DAY, fill=FULL | {"body": 0.15})
    assert list(judged(conn).finding.evidence["fields"]) == ["body"]


def test_chance_among_few_pages_is_no_change(conn: sqlite3.Connection) -> None:
    add_article(conn, 1, source=PAPER)
    for number in range(8):
        add_run(conn, START + number * DAY, new=10, fill=FULL | {"tags": 0.3})
    add_run(conn, START + 8 * DAY, new=10, fill=FULL | {"tags": 0.1})
    assert judged(conn).finding.verdict == "fresh"
    add_run(conn, START + 9 * DAY, new=1000, fill=FULL | {"tags": 0.1})
    assert judged(conn).finding.verdict == "changed layout"


def test_a_rate_that_was_always_low_is_no_change(conn: sqlite3.Connection) -> None:
    add_article(conn, 1, source=PAPER)
    for number in range(30):
        add_run(conn, START + number * DAY, fill=FULL | {"source_url": 0.1 * (number % 4)})
    add_run(conn, START + 30 * DAY)
    assert judged(conn).finding.verdict == "fresh"


def test_articles_that_only_the_generic_reader_reads(conn: sqlite3.Connection) -> None:
    for number in range(1, 80):
        day = (START + number * DAY).date().isoformat()
        add_article(conn, number, source=PAPER, day=day, reader="onecms/2" if number < 65 else "generic/1")
    add_run(conn, START + 80 * DAY)
    finding = judged(conn).finding
    assert finding.verdict == "changed layout"
    assert finding.evidence["fields"] == {"layout": {"now": 0.0, "usual": 1.0, "floor": 0.5}}
    assert finding.since == datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # the first sample without any other


def test_listings_that_shrink(conn: sqlite3.Connection) -> None:
    due = good_past(conn)
    add_run(conn, due, "partial", listed=20)
    add_run(conn, due + HOUR, "partial", listed=15)
    finding = judged(conn).finding
    assert (finding.verdict, finding.since) == ("changed layout", due)
    assert finding.evidence["listed"] == {"now": 15, "usual": 201.0, "floor": 100.5}
