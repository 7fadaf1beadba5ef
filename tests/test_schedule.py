"""The schedule: ages, habits, the second look at what is missing, the budget."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_fixture import PAPER, START, URL, article, at

from archive.schedule import DUE, LADDER, SECOND_LOOK, SETTLED, due, next_check, second_look
from archive.store import Store

if TYPE_CHECKING:
    from pathlib import Path

AGES = st.timedeltas(timedelta(days=-400), timedelta(days=20_000))
CHANGES = st.integers(0, 50)


def ladder(changes: int, steps: int) -> list[timedelta]:
    """The ages at which an article is looked at when every look is on time."""
    ages = [timedelta()]
    for _ in range(steps):
        ages.append(next_check(START, START + ages[-1], changes) - START)
    return ages[1:]


def test_a_young_article_climbs_the_ladder() -> None:
    assert ladder(0, 4) == list(LADDER[:4])


def test_a_quiet_one_waits_longer_and_a_restless_one_less() -> None:
    quiet, restless = ladder(0, 12), ladder(1, 12)
    assert all(one < other for one, other in zip(restless[3:], quiet[3:], strict=True))
    assert quiet[-1] - quiet[-2] == LADDER[-1] * 1.5
    late = START + timedelta(days=9_000)
    assert next_check(START, late, 1) - late == LADDER[-1] / 2


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(minutes=5), timedelta(minutes=30)),
        (timedelta(minutes=29), timedelta(minutes=91)),
        (timedelta(minutes=119), timedelta(hours=12) - timedelta(minutes=119)),
        (timedelta(hours=-5), timedelta(minutes=30)),
    ],
)
def test_a_look_that_is_late_does_not_bring_the_next_one_at_once(age: timedelta, wait: timedelta) -> None:
    assert next_check(START, START + age, 0) == START + age + wait


@given(AGES, CHANGES)
def test_the_wait_is_never_too_short_and_never_endless(age: timedelta, changes: int) -> None:
    seen_at = START + age
    wait = next_check(START, seen_at, changes) - seen_at
    assert LADDER[0] <= wait <= LADDER[-1] * 1.5


@given(AGES, st.integers(1, 50))
def test_what_changed_before_is_never_looked_at_later(age: timedelta, changes: int) -> None:
    assert next_check(START, START + age, changes) <= next_check(START, START + age, 0)


@given(AGES)
def test_a_settled_article_waits_longer_when_it_never_changed(age: timedelta) -> None:
    wait = next_check(START, START + age, 0) - (START + age)
    if age > SETTLED:
        assert wait > next_check(START, START + age, 1) - (START + age)


def test_the_second_look_is_six_hours_later() -> None:
    assert second_look(START) == START + SECOND_LOOK == START + timedelta(hours=6)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "archive.db")
    store.register(PAPER)
    run = store.open_run(PAPER.name, at(0))
    items = [article(hours, f"{URL}?id={hours}", published_at=at(hours)) for hours in range(10)]
    store.save(run, [], items)
    return store


def numbers(urls: list[str]) -> list[int]:
    return [int(url.rsplit("=", 1)[1]) for url in urls]


def test_due_lists_what_has_fallen_due_oldest_first(store: Store) -> None:
    conn = store.conn
    assert due(conn, PAPER.name, at(0.4)) == []
    assert numbers(due(conn, PAPER.name, at(2.5))) == [0, 1, 2]
    assert due(conn, "baola", at(999)) == []


def test_a_budget_goes_to_the_young_and_to_those_that_have_waited_longest(store: Store) -> None:
    assert numbers(due(store.conn, PAPER.name, at(99), limit=5)) == [9, 8, 7, 0, 1]
    assert numbers(due(store.conn, PAPER.name, at(99), limit=1)) == [9]
    assert due(store.conn, PAPER.name, at(99), limit=0) == []
    assert sorted(numbers(due(store.conn, PAPER.name, at(99), limit=99))) == list(range(10))


def test_the_budget_is_used_up_when_the_halves_overlap(store: Store) -> None:
    assert len(set(due(store.conn, PAPER.name, at(99), limit=9))) == 9


def test_due_reads_only_what_is_due(store: Store) -> None:
    plan = [row["detail"] for row in store.conn.execute(f"EXPLAIN QUERY PLAN {DUE} LIMIT 5", (PAPER.name, ""))]
    assert "SEARCH articles USING INDEX articles_next_check_at (source=? AND next_check_at<?)" in plan
    assert not any("SCAN" in line or "TEMP B-TREE" in line for line in plan)
