"""What the pages read: by indexes only, at a bounded cost; a state of the search and its address are the same."""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom_archive import EDITED, add_revision, build

from archive import follow, reads
from archive.diff import Piece
from archive.follow import excerpt
from archive.results import ORDERS, STATES, Wanted, periods, read
from archive.schema import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUERIES = {
    "article": reads.ARTICLE,
    "revisions": reads.REVISIONS,
    "copies": reads.COPIES,
    "linked": reads.LINKED,
    "capture": reads.CAPTURE,
    "changes": follow.CHANGES,
    "farthest": follow.FARTHEST,
    "gone": follow.GONE,
    "gone of one": follow.GONE_OF,
    "missing": follow.MISSING,
    "missing of one": follow.MISSING_OF,
    "sources": follow.SOURCES,
}

BOUND = re.findall(r":(\w+)", follow.CHANGES)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(build(tmp_path) / "archive.db")
    yield opened
    opened.close()


@pytest.mark.parametrize("name", QUERIES)
def test_no_page_reads_a_whole_table(conn: sqlite3.Connection, name: str) -> None:
    sql = QUERIES[name]
    named = set(re.findall(r":(\w+)", sql))
    values: Any = dict.fromkeys(named) if named else [None] * sql.count("?")
    plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert not [step for step in plan if re.match(r"SCAN (?!s |\(|subquery)", step)], plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


def test_a_page_of_changes_looks_at_a_bounded_number_and_says_so(conn: sqlite3.Connection) -> None:
    for number in range(5, 5 + follow.MOST_LOOKED + 20):
        add_revision(
            conn,
            EDITED,
            number,
            "content",
            "Tít",
            "Sa-pô",
            f"Nội dung {number}.",
            seen_at=f"2026-09-01T00:00:{number:06}",
        )
    first = follow.changes(conn, grade="headline")
    assert first.changes == ()
    assert first.searched_back_to is not None
    second = follow.changes(conn, grade="headline", before=first.next)
    assert [change.number for change in second.changes if change.article_id == EDITED] == [5, 4, 2]
    assert second.next is None


def test_edits_of_other_newspapers_are_passed_over_in_the_index(conn: sqlite3.Connection) -> None:
    """An edit that is passed over costs a few steps, and none of them reads a text or an article."""
    plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {follow.CHANGES}", dict.fromkeys(BOUND))]
    assert plan[0].startswith("SEARCH r USING INDEX revisions_changes")
    assert any("COVERING INDEX articles_of (source=? AND id=?" in step for step in plan), plan
    assert "COVERING INDEX revisions_changes" in str(
        conn.execute(f"EXPLAIN QUERY PLAN {follow.FARTHEST}", {"seen_at": "9", "id": 1, "most": 1}).fetchall()
    )


@pytest.mark.parametrize(("since", "sql"), [("gone_at", follow.GONE_OF), ("missing_since", follow.MISSING_OF)])
def test_what_vanished_of_one_newspaper_is_read_by_its_own_index(
    conn: sqlite3.Connection, since: str, sql: str
) -> None:
    values = {"since": "9", "id": 1, "source": "x", "limit": 1}
    plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    index = {"gone_at": "articles_gone_of", "missing_since": "articles_missing_of"}[since]
    assert any(step.startswith(f"SEARCH a USING INDEX {index} (source=? AND ") for step in plan), plan
    assert not [step for step in plan if "TEMP B-TREE" in step]


def test_vanished_of_one_newspaper_are_those_of_all_that_are_its_own(conn: sqlite3.Connection) -> None:
    whole, _ = follow.vanished(conn)
    names = {title: name for name, title in conn.execute("SELECT name, title FROM sources")}
    of_each = [one for name in names.values() for one in follow.vanished(conn, source=name)[0]]
    assert whole
    assert sorted(one.id for one in of_each) == sorted(one.id for one in whole)
    for one in whole:
        assert one in follow.vanished(conn, source=names[one.source_title])[0]


def test_a_newspaper_that_seldom_edits_costs_no_more(conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = follow.changes(conn).changes
    names = dict(conn.execute("SELECT title, name FROM sources").fetchall())
    for most in (1, 2, 1_000):
        monkeypatch.setattr(follow, "MOST_PASSED", most)
        for title, name in names.items():
            pieces, mark, pages = [], None, 0
            while pages == 0 or mark is not None:
                part = follow.changes(conn, source=name, before=mark)
                assert mark is None or part.next is None or part.next < mark
                assert (part.searched_back_to is None) == (part.next is None)
                pieces += part.changes
                mark, pages = part.next, pages + 1
            assert pieces == [change for change in whole if change.source_title == title]
            assert (pages > 1) == (most < 1_000)


def test_pages_of_changes_follow_one_another(conn: sqlite3.Connection) -> None:
    whole = follow.changes(conn).changes
    seen, mark = [], None
    while True:
        part = follow.changes(conn, before=mark, limit=1)
        seen += part.changes
        mark = part.next
        if mark is None:
            break
    assert seen == list(whole)
    assert len(seen) > 2


def test_pages_of_vanished_follow_one_another(conn: sqlite3.Connection) -> None:
    whole, none = follow.vanished(conn)
    first, mark = follow.vanished(conn, limit=1)
    second, end = follow.vanished(conn, limit=1, before=mark)
    assert first + second == whole
    assert none is end is None


def test_an_excerpt_stays_near_the_first_mark() -> None:
    pieces = (Piece("same", "chữ " * 100), Piece("removed", "cũ"), Piece("added", "mới"), Piece("same", " chữ" * 200))
    cut = list(excerpt(pieces))
    text = "".join(piece.text for piece in cut)
    assert text.startswith("…")
    assert text.endswith("…")
    assert len(text) < 300
    assert [piece.op for piece in cut] == ["same", "removed", "added", "same"]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@given(
    st.builds(
        Wanted,
        q=WORDS,
        source=st.none() | WORDS,
        section=st.none() | WORDS,
        author=st.none() | WORDS,
        since=st.none() | DAYS,
        until=st.none() | DAYS,
        order=st.sampled_from(ORDERS),
        as_typed=st.booleans(),
        states=st.sets(st.sampled_from(STATES)).map(lambda some: tuple(s for s in STATES if s in some)),
    )
)
def test_every_state_is_an_address_and_back(wanted: Wanted) -> None:
    if wanted.since and wanted.until and wanted.since > wanted.until:
        wanted = wanted.but(since=wanted.until, until=wanted.since)  # as it is read: the right way round
    assert read(parse_qs(urlencode(wanted.params()), keep_blank_values=True)) == wanted


@given(st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=30), max_size=3)))
def test_no_parameters_break_the_reading_of_a_state(params: dict[str, list[str]]) -> None:
    with suppress(ValueError):
        read(params)


MONTHS = st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(lambda day: f"{day:%Y-%m}")


@given(st.dictionaries(MONTHS, st.integers(1, 9)))
def test_bars_hold_every_article_in_order_without_a_gap(months: dict[str, int]) -> None:
    bars = periods(months, most=36)
    assert sum(bar.count for bar in bars) == sum(months.values())
    for one, other in pairwise(bars):
        assert (other.since - one.until).days == 1


def test_fields_in_the_query() -> None:
    wanted = Wanted(q='nguon:lamdong đập tac-gia:"Lê An" SOURCE:x notsource:y')
    assert wanted.text == "đập notsource:y"
    assert wanted.typed.named("source") == ("lamdong", "x")
    assert wanted.typed.named("author") == ("Lê An",)


@pytest.mark.parametrize("broken", ["<script>alert(1)</script>", "", "{}", "3", "[1, null, [2]]", "[" * 100_000])
def test_what_is_no_list_counts_as_empty(tmp_path: Path, broken: str) -> None:
    opened = connect(build(tmp_path) / "archive.db")
    opened.execute("UPDATE articles SET authors = :it, tags = :it, images = :it WHERE id = 1", {"it": broken})
    opened.execute("UPDATE captures SET headers = ? WHERE id = 1", (broken,))
    found, captured = reads.article(opened, EDITED), reads.capture(opened, 1)
    opened.close()
    assert found is not None
    assert captured is not None
    assert (found.authors, found.tags, found.images, captured.headers) == ((), (), (), ())


def test_changes_that_take_long_go_on_where_they_stopped(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = follow.changes(conn)
    assert whole.searched_back_to is None
    monkeypatch.setattr(follow, "LOOKING", -1)
    pieces, mark = [], None
    for _ in range(100):
        part = follow.changes(conn, before=mark)
        pieces += part.changes
        mark = part.next
        if mark is None:
            break
        assert part.searched_back_to == mark[0]
    assert tuple(pieces) == whole.changes


def test_any_revision_can_be_read_however_many_there_are(conn: sqlite3.Connection) -> None:
    for number in range(5, 205):
        add_revision(conn, EDITED, number, "content", f"Tít {number}", "", "", seen_at="2026-09-01T00:00:00+00:00")
    newest, oldest = reads.revision(conn, EDITED), reads.revision(conn, EDITED, 1)
    assert newest is not None
    assert oldest is not None
    assert (newest.number, oldest.number) == (204, 1)
    assert reads.revision(conn, EDITED, 205) is None
    assert [row.number for row in reads.revisions(conn, EDITED, 105)] == list(range(104, 4, -1))


def test_counts_are_the_newest_in_the_order_of_time(conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "MOST_COUNTS", 2)
    assert [count for _, count in reads.comment_counts(conn, EDITED)] == [12, 17]
