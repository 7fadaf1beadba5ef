"""Search: what a reader types, what FTS5 is asked, what comes back and in which order."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from archive_fixture import add_article, make_archive
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archive import search
from archive.query import MAX_WORDS, parse
from archive.schema import connect

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = [
    '"', '""', '"""', "'", "NEAR(", "NEAR(a b, 2)", "-", "--", "*", "**", "a*", "*a", "^a", "a AND",
    "OR", "OR OR", "a OR", "OR a", "NOT a", "AND", "(", ")", "()", "a:b", "title:", "{title}:a", "{",
    "a+b", "+", "\\", "%", "_", ";", "--drop", "a\x00b", "\x00", "\ud800", "đ", "Đ*", '"a', 'a"', '-"',
    '-"a', '"a"*', '"a" *', "-*", '-""', "\x01a\x02", "́", "ـ", "a" * 40_000, "a " * 5_000, "-a " * 500,
    "OR " * 500, '"' + "x y " * 500, "\u200b", "𞤀", "ﷺ", "a\ufeffb",
]  # fmt: skip


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(make_archive(tmp_path))
    yield connection
    connection.close()


def ids(conn: sqlite3.Connection, query: str, **options: object) -> list[int]:
    return [hit.id for hit in search.find(conn, query, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lam dong", '("lam" AND "dong")'),
        ("Lâm Đồng", '("lam" AND "dong")'),
        ("Ðà Lạt", '("da" AND "lat")'),
        ('"Đà Lạt"', '("da lat")'),
        ("“Đà Lạt”", '("da lat")'),
        ('"đà lạt', '("da lat")'),
        ("covid-19", '("covid 19")'),
        ("hoa*", '("hoa" *)'),
        ('"đà l"*', '("da l" *)'),
        ("hoa -chợ", '(("hoa")) NOT ("cho")'),
        ('hoa -"chợ đêm" -xa', '(("hoa")) NOT ("cho dem" OR "xa")'),
        ("lâm đồng OR đà lạt", '("lam" AND "dong") OR ("da" AND "lat")'),
        ("a or b", '("a" AND "or" AND "b")'),
        ("مُدَرِّسَة", '("مدرسه")'),
        ("١٢", '("12")'),
        ("", None),
        ("-hoa", None),
        ('" - * NEAR( )', '("near")'),
        ("NEAR(", '("near")'),
    ],
)
def test_match(query: str, expected: str | None) -> None:
    assert search.match(query) == expected
    assert search.compile_query(parse(query)) == search.match(query)


def test_match_in_a_column() -> None:
    assert search.match("hoa OR chợ", "title") == 'title : (("hoa") OR ("cho"))'
    assert search.match("-hoa", "title") is None
    with pytest.raises(ValueError, match="title, lead, body"):
        search.match("hoa", "url")


@pytest.mark.parametrize("query", ["lam dong", "Lâm Đồng", "LAM DONG", "lâm ĐỒNG", "La\u0302m \u0110ồng"])
def test_marks_and_case_do_not_matter(conn: sqlite3.Connection, query: str) -> None:
    assert ids(conn, query) == [1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("da lat", [3, 2, 1]),
        ('"Đà Lạt"', [2, 1, 3]),
        ("Ðà Lạt", [2, 1, 3]),
        ("ĐÀ LẠT", [2, 1, 3]),
        ("khach -tinh", []),
        ("da lat -khoi", [2]),
        ("siêu âm OR chợ đêm", [3, 2]),
        ("kho*", [3, 1]),
        ("khởi*", [1, 3]),
        ("المدرسه", [4]),
        ("المدرسة", [4]),
        ("12", [4, 1]),
        ("١٢", [4, 1]),
        ('"lat da"', []),
        ('"hồ lâm"', []),
    ],
)
def test_find(conn: sqlite3.Connection, query: str, found: list[int]) -> None:
    assert ids(conn, query) == found


def test_a_hit_shows_the_original_text(conn: sqlite3.Connection) -> None:
    (hit,) = search.find(conn, "lam dong")
    assert hit.title_marked == "\x01Lâm Đồng\x02 khởi công tuyến đường ven hồ"
    assert "tỉnh \x01Lâm Đồng\x02 khởi công" in hit.snippet
    assert (hit.source, hit.published_at) == ("baolamdong", "2026-09-01T07:00:00+07:00")
    (arabic,) = search.find(conn, "المدرسه")
    assert "\x01المدرسة\x02" in arabic.snippet


def test_the_snippet_is_where_the_words_are(conn: sqlite3.Connection) -> None:
    assert "\x0112 km\x02" in search.find(conn, '"12 km"')[0].snippet
    (title_only,) = search.find(conn, "chợ đêm")
    assert title_only.snippet.startswith("Khu hoa mới")


def test_pages_follow_each_other(conn: sqlite3.Connection) -> None:
    for number in range(10, 60):
        marks = "Hồ" if number % 3 else "Ho"
        add_article(conn, number, title=f"{marks} {number}", day=f"2026-08-{1 + number % 28:02}")
    everything = ids(conn, "hồ", limit=100)
    paged = [id_ for offset in range(0, 60, 7) for id_ in ids(conn, "hồ", limit=7, offset=offset)]
    assert paged == everything
    assert len(everything) == len(set(everything)) == 51
    exact = [id_ == 1 or id_ % 3 > 0 for id_ in everything]
    assert exact == sorted(exact, reverse=True)


def test_exact_forms_beyond_the_limit_keep_their_order(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "EXACT_LIMIT", 2)
    assert ids(conn, "Đà Lạt") == [2, 3, 1]
    assert ids(conn, "Đà Lạt", limit=1, offset=2) == [1]


def test_an_eth_in_the_text_counts_as_the_letter_it_was_typed_for(conn: sqlite3.Connection) -> None:
    add_article(conn, 8, day="2026-01-01", title="Ðà Lạt đón khách")
    assert ids(conn, "Đà Lạt") == [2, 1, 8, 3]


def test_best_first_and_its_limit(conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    add_article(conn, 7, day="2026-08-01", title="Hoa hoa hoa", body="hoa " * 20)
    assert ids(conn, "hoa", order="newest") == [2, 7]
    assert ids(conn, "hoa", order="best") == [7, 2]
    monkeypatch.setattr(search, "BEST_LIMIT", 1)
    assert ids(conn, "hoa", order="best") == [2, 7]


def test_count_stops_at_its_limit(conn: sqlite3.Connection) -> None:
    assert search.count(conn, "da lat") == 3
    assert search.count(conn, "da lat", limit=2) == 3
    assert search.count(conn, "da lat", limit=1) == 2
    assert search.count(conn, "*") == 0


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_never_fail(conn: sqlite3.Connection, query: str) -> None:
    assert isinstance(search.find(conn, query), list)
    assert search.count(conn, query) >= 0
    for column in ("title", "lead", "body"):
        if expression := search.match(query, column):
            conn.execute("SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?", (expression,)).fetchall()


SYNTAX = st.sampled_from(
    ['"', "*", "-", "OR", "NEAR(", "AND", "NOT", "^", "{", "}", ":", "(", ")", "+", "đà", "l", " "]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=60), st.lists(SYNTAX, max_size=20).map("".join), st.lists(SYNTAX).map(" ".join)))
@example('"\x00')
def test_random_queries_never_fail(conn: sqlite3.Connection, query: str) -> None:
    search.find(conn, query)
    search.find(conn, query, order="best")


def test_a_page_pasted_as_a_query_is_cut() -> None:
    terms = parse("từ " * 5_000).alternatives[0]
    assert len(terms) == MAX_WORDS
    (phrase,) = parse('"' + "từ " * 500 + '"').alternatives[0]
    assert len(phrase.words) == len(phrase.typed) == MAX_WORDS


def test_any_title_finds_its_article(conn: sqlite3.Connection) -> None:
    draw = random.Random(7)  # noqa: S311 — a seeded test
    letters = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđbcdghklmnpqrstvx"
    for number in range(100, 200):
        title = " ".join("".join(draw.choices(letters, k=4)) for _ in range(4))
        add_article(conn, number, title=title)
        assert number in ids(conn, title)
        assert number in ids(conn, title.upper())


def test_marked_html_escapes_then_marks() -> None:
    text = "\x01Lâm\x02 \x01Đồng\x02: <script>\x01x\x02</script> \x02 stray \x01"
    assert search.marked_html(text) == ("<mark>Lâm Đồng</mark>: &lt;script&gt;<mark>x</mark>&lt;/script&gt;  stray ")
    assert search.plain(text).startswith("Lâm Đồng: <script>")


def test_words_side_by_side_come_before_scattered_ones(conn: sqlite3.Connection) -> None:
    conn.execute("DELETE FROM articles")
    near, far, marked = (
        add_article(conn, number, title=title, day=day)
        for number, title, day in (
            (11, "Đường về Lâm Đồng qua cánh rừng lâm sản", "2026-01-01"),
            (12, "Lâm sản và cánh đồng", "2026-02-01"),
            (13, "Cây lầm dòng", "2026-03-01"),
        )
    )
    assert ids(conn, "lam dong") == [marked, near, far]
    assert ids(conn, "Lâm Đồng") == [near, marked, far]
    assert ids(conn, "lam dong -san") == [marked]
    assert ids(conn, "lam dong", limit=1, offset=1) == [near]
    [_, hit, _] = search.find(conn, "lam dong")
    assert hit.title_marked.endswith("lâm sản"), "only the words that were found together are marked"
