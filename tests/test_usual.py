"""What is usual for a source, and runs that list far fewer addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health_fixture import DAY, HOUR, PAPER, START, add_run, conn, good_past
from hypothesis import given
from hypothesis import strategies as st

from archive.usual import ENOUGH, ceiling, fewer_than_usual, floor

if TYPE_CHECKING:
    import sqlite3

__all__ = ["conn"]


def test_far_fewer_addresses_than_usual(conn: sqlite3.Connection) -> None:
    due = good_past(conn, runs=ENOUGH)
    short = fewer_than_usual(conn, PAPER, 99, due)
    assert short is not None
    assert (short.usual, short.least, short.runs, short.weekday) == (201, 100.5, ENOUGH, False)
    assert str(short) == "listed 99 addresses; 5 runs lately listed 201"
    assert fewer_than_usual(conn, PAPER, 101, due) is None
    assert fewer_than_usual(conn, PAPER, 0, START + (ENOUGH - 1) * DAY) is None  # four runs before
    assert fewer_than_usual(conn, "vietnamvn", 0, due) is None


def test_only_complete_runs_are_compared(conn: sqlite3.Connection) -> None:
    due = good_past(conn, runs=4)
    for number, run in enumerate(
        ({"stopped": "out of time"}, {"listings": {"asked": 3, "answered": 2, "failed": 1}}, {"kind": "backfill"})
    ):
        add_run(conn, due + number * HOUR, "partial", **run)
    add_run(conn, due + 4 * HOUR, "failed")
    add_run(conn, due + 5 * HOUR, None)
    assert fewer_than_usual(conn, PAPER, 0, due + DAY) is None
    add_run(conn, due + 6 * HOUR, "partial", failed=1)  # an article that did not answer says nothing of listings
    assert fewer_than_usual(conn, PAPER, 0, due + DAY) is not None


def test_the_same_weekday_is_compared_where_there_are_enough(conn: sqlite3.Connection) -> None:
    for day in range(42):
        add_run(conn, START + day * DAY, listed=40 if day % 7 == 6 else 200)
    sunday, monday = START + 41 * DAY, START + 42 * DAY
    assert fewer_than_usual(conn, PAPER, 40, sunday) is None
    short = fewer_than_usual(conn, PAPER, 40, monday)
    assert short is not None
    assert (short.usual, short.runs, short.weekday) == (200, 6, True)
    assert str(short) == "listed 40 addresses; 6 runs on this weekday listed 200"


def test_the_own_day_is_not_its_own_weekday(conn: sqlite3.Connection) -> None:
    for day in range(7):
        add_run(conn, START + day * DAY, listed=200)
    for hour in range(ENOUGH):  # a broken listing since the morning must not become usual by noon
        add_run(conn, START + 7 * DAY + hour * HOUR, "partial", listed=10)
    short = fewer_than_usual(conn, PAPER, 10, START + 7 * DAY + ENOUGH * HOUR)
    assert short is not None
    assert (short.usual, short.weekday) == (200, False)


def test_half_of_the_least_is_too_few_for_a_source_that_varies(conn: sqlite3.Connection) -> None:
    for number, listed in enumerate((20, 60, 25, 55, 40, 30, 50)):
        add_run(conn, START + number * DAY, listed=listed)
    assert fewer_than_usual(conn, PAPER, 12, START + 7 * DAY) is None
    assert fewer_than_usual(conn, PAPER, 9, START + 7 * DAY) is not None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_floor_and_ceiling_enclose_the_middle(values: list[float]) -> None:
    middle = sorted(values)[len(values) // 2]
    assert floor(values) <= middle / 2 + max(values) / 2
    assert floor(values) <= max(values) / 2
    assert ceiling(values) >= min(values) * 2
    assert floor(values, noise=1e7) < 0 or max(values) > 1e7
