"""The newsroom's search against a plain reading of every text: hits, order, totals, facets, what is cut off."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from archive_fixture import add_article, make_archive
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_search import HOSTILE

from archive import engine, keys, windows
from archive.patterns import Finder
from archive.query import Query, Term, parse, words
from archive.results import Results, Wanted
from archive.schema import connect, open_read_only
from archive.search import END, START, plain
from archive.text import fold, nfc

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

SYLLABLES = (
    "lâm", "lam", "Lâm", "làm", "đồng", "dong", "đông", "Đồng", "đà", "da", "lạt", "lat", "hồ", "ho", "hoa", "hoang",
    "hoàng", "hoà", "Hòa", "ủy", "uỷ", "chợ", "cho", "12", "ðà", "مدرسة", "مُدرسه", "covid-19", "a",
)  # fmt: skip
DAYS = [date(2025, 12, 30) + timedelta(days=place) for place in range(5)]
NUMBER = 60


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every search all the time it wants: a busy machine must not change an answer."""
    for name in ("NEAR_MS", "EXACT_MS", "COUNT_MS", "PAGE_MS", "SCORED_MS"):
        monkeypatch.setattr(engine, name, 1e9)


def invented() -> list[dict[str, Any]]:
    draw = random.Random(5)  # noqa: S311

    def text(most: int) -> str:
        return "".join(
            draw.choice(SYLLABLES) + draw.choice((" ", " ", " ", ", ", ".\n\n")) for _ in range(draw.randint(1, most))
        )

    return [
        {
            "day": draw.choice(DAYS).isoformat(),
            "title": text(4),
            "lead": draw.choice((None, text(3))),
            "body": text(9),
            "section": draw.choice((None, "Thời sự", "Du lịch")),
            "language": draw.choice(("vi", "ar")),
            "authors": json.dumps(
                draw.sample(["Lê An", "Trần Bình", "Lê Bình"], draw.randint(0, 2)), ensure_ascii=False
            ),
            "tags": json.dumps(draw.sample(["hồ", "chợ"], draw.randint(0, 2)), ensure_ascii=False),
            "comment_count": draw.choice((None, 0, 0, 3, 5)),
            "gone_at": draw.choice((None, None, "2026-02-01T00:00:00+00:00")),
            "source": draw.choice(("baolamdong", "vietnamvn")),
        }
        for _ in range(NUMBER)
    ]


def make(folder: Path) -> Path:
    """Make an archive with keys that bear the newspaper's number, some edits, and an article that was withdrawn."""
    path = make_archive(folder, invented())
    conn = connect(path)
    conn.execute("UPDATE articles SET search_key = search_key + 1000000 WHERE source = 'vietnamvn'")
    for id_ in range(1, NUMBER, 7):
        for number, kind in ((1, "first"), (2, "content"), (3, "reader")):
            values = (id_, number, kind)
            conn.execute(
                "INSERT INTO revisions (article_id, number, kind, seen_at, reader, digest, title, body) "
                "VALUES (?, ?, ?, '', '', '', '', '')", values,
            )  # fmt: skip
    conn.execute("UPDATE articles SET withdrawn_at = '2026-03-01T00:00:00+00:00' WHERE id = 4")
    keys.settle(conn)
    conn.close()
    return path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def conn(archive: Path) -> Iterator[sqlite3.Connection]:
    connection = open_read_only(archive)
    yield connection
    connection.close()


# The plain reading


def toned(word: str) -> str:
    """Write the tone of hoà, thuỷ, khoẻ where it stands in hòa, thủy, khỏe."""
    ways = {"oà": "òa", "oá": "óa", "oả": "ỏa", "oè": "òe", "oẻ": "ỏe", "uỷ": "ủy", "uý": "úy", "uỳ": "ùy"}
    return word[:-2] + ways.get(word[-2:], word[-2:])


def holds(term: Term, row: sqlite3.Row, *, as_typed: bool) -> bool:
    """Tell by reading every word whether an article has a term."""
    marked = as_typed and term.marked
    wanted = term.typed if marked else tuple(word.lower() for word in term.words)
    for column in ("title", "lead", "body"):
        text = nfc(row[column] or "")
        known = words(text.lower().replace("ð", "đ")) if marked else tuple(fold(word).lower() for word in words(text))
        for start in range(len(known) - len(wanted) + 1):
            part = known[start : start + len(wanted)]
            *head, last = map(toned, part)
            begins = part[-1].startswith(wanted[-1])
            if head == list(map(toned, wanted[:-1])) and (begins if term.prefix else last == toned(wanted[-1])):
                return True
    return False


def expected(conn: sqlite3.Connection, wanted: Wanted, query: Query, *, as_typed: bool) -> list[int]:
    """Return the ids that match, newest first, by reading every article."""
    found = []
    for row in conn.execute("SELECT * FROM articles WHERE withdrawn_at IS NULL ORDER BY search_key DESC"):
        day = keys.date_of(row["search_key"])
        kinds = {kind for (kind,) in conn.execute("SELECT kind FROM revisions WHERE article_id = ?", (row["id"],))}
        states = {"edited": "content" in kinds, "gone": bool(row["gone_at"]), "comments": bool(row["comment_count"])}
        facts = [
            wanted.source in (None, row["source"]),
            wanted.section in (None, row["section"]),
            wanted.language in (None, row["language"]),
            wanted.author is None or wanted.author in json.loads(row["authors"]),
            wanted.tag is None or wanted.tag in json.loads(row["tags"]),
            all(states[state] for state in wanted.states),
            wanted.since is None or wanted.since <= day,
            wanted.until is None or day <= wanted.until,
            not any(holds(term, row, as_typed=True) for term in query.excluded),
            not query.alternatives
            or any(all(holds(term, row, as_typed=as_typed) for term in terms) for terms in query.alternatives),
        ]
        if all(facts):
            found.append(row["id"])
    return found


def everything(conn: sqlite3.Connection, wanted: Wanted, *, limit: int = 7) -> tuple[list[int], Results]:
    """Follow a search to its last page; return all ids and the first page."""
    first = page = engine.answer(conn, wanted, limit=limit)
    found = [hit.id for hit in page.hits]
    while page.next is not None:
        assert len(page.next) <= 70
        page = engine.answer(conn, wanted.but(after=page.next), limit=limit)
        found += [hit.id for hit in page.hits]
    return found, first


def compare(conn: sqlite3.Connection, wanted: Wanted) -> None:
    query = parse(wanted.text)
    folded, typed = (expected(conn, wanted, query, as_typed=reading) for reading in (False, True))
    together = query.joined()
    readings = [True] if wanted.as_typed and query.marked else [True, False]
    near = [id_ for which in readings if together for id_ in expected(conn, wanted, together, as_typed=which)]
    found, first = everything(conn, wanted)
    whole = typed if readings == [True] else folded
    assert found == list(dict.fromkeys([*near, *typed, *whole] if query.marked else [*near, *folded]))
    assert (first.total, first.total_is) == (len(found), "exact")
    assert first.exact == (len(typed) if query.marked else None)
    assert (first.together, first.together_is) == (len(set(near)) if together else None, "exact")
    by_time = [hit.id for hit in engine.answer(conn, wanted, limit=NUMBER, by_time=True).hits]
    assert by_time == whole
    assert first.counted == len(found)
    assert not first.partial
    assert sum(choice.count for choice in first.facets.get("source", ())) == len(found)
    assert sum(choice.count for choice in first.facets.get("year", ())) == len(found)
    assert sum(period.count for period in first.periods) == len(found)


WORD = st.sampled_from(SYLLABLES)
PIECE = st.one_of(
    WORD,
    WORD.map("-{}".format),
    st.lists(WORD, min_size=2, max_size=4).map(lambda phrase: f'"{" ".join(phrase)}"'),
    st.lists(WORD, min_size=1, max_size=3).map(lambda phrase: f'-"{" ".join(phrase)}"'),
    st.tuples(WORD, st.integers(1, 4)).map(lambda cut: f"{cut[0][: cut[1]]}*"),
    st.tuples(WORD, WORD, st.integers(1, 3)).map(lambda cut: f'"{cut[0]} {cut[1][: cut[2]]}"*'),
    st.just("OR"),
)
WANTED = st.builds(
    Wanted,
    q=st.lists(PIECE, min_size=1, max_size=4).map(" ".join),
    source=st.sampled_from((None, None, "baolamdong")),
    section=st.sampled_from((None, None, None, "Du lịch")),
    language=st.sampled_from((None, None, None, "ar")),
    author=st.sampled_from((None, None, None, "Lê An")),
    tag=st.sampled_from((None, None, None, "hồ")),
    states=st.sampled_from(((), (), (), ("edited",), ("gone", "comments"))),
    since=st.sampled_from((None, None, DAYS[1], DAYS[2])),
    until=st.sampled_from((None, None, DAYS[2], DAYS[3])),
    as_typed=st.booleans(),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WANTED)
def test_any_query_finds_what_reading_finds(conn: sqlite3.Connection, wanted: Wanted) -> None:
    query = parse(wanted.text)
    if query.alternatives or query.excluded:
        compare(conn, wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(source="vietnamvn"),
        Wanted(states=("edited",)),
        Wanted(author="Trần Bình", language="vi"),
        Wanted(since=DAYS[1], until=DAYS[1]),
        Wanted(q="lâm đồng OR lam"),
        Wanted(q='"lâm đồng đà"', as_typed=True),
        Wanted(q="ho* -hồ"),
    ],
)
def test_pages_without_words_and_some_with(conn: sqlite3.Connection, wanted: Wanted) -> None:
    compare(conn, wanted)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WANTED)
def test_without_time_a_search_goes_on_page_by_page(conn: sqlite3.Connection, wanted: Wanted) -> None:
    """Cut off after its first window every time, a search still reaches every hit, and each but once."""
    found, _ = everything(conn, wanted)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NEAR_MS", "EXACT_MS", "COUNT_MS", "PAGE_MS", "LEAST_MS", "LAST_MS"):
            patch.setattr(engine, name, 0.0)
        patch.setattr(windows, "FIRST_DAYS", 1)
        hurried, first = everything(conn, wanted)
    query = parse(wanted.text)
    assert hurried == found or ((query.marked or query.joined()) and sorted(hurried) == sorted(found))
    if first.next and len(first.hits) < 7:
        assert first.partial
        assert first.searched_back_to is not None


# Left out: a letter whose lower case is two, a mark that is a letter to some, and tatweel (no letter at all).
LETTERS = st.characters(
    exclude_categories=("Cs",), max_codepoint=0x6FF, exclude_characters='"\x00\u0130\u0345\u0640'
) | st.sampled_from("ạảấầẩẫậđĐðồ")


@settings(max_examples=200, deadline=None)
@given(st.text(LETTERS, max_size=40), st.booleans(), st.integers(0, 5))
def test_a_phrase_of_a_text_is_seen_in_it(text: str, as_typed: bool, start: int) -> None:
    """What the index says is there the regular expressions find, or hits would be lost."""
    text = nfc(text)
    phrase = words(text)[start : start + 3]
    if phrase and all(word[0].isalnum() for word in phrase):  # a mark alone begins no word
        ((term,),) = parse(f'"{" ".join(phrase)}"').alternatives
        assert Finder(term, as_typed=as_typed).search(text)


# What a reader sees


@pytest.mark.parametrize("query", HOSTILE)
def test_no_query_fails(conn: sqlite3.Connection, query: str) -> None:
    for order in ("newest", "best", "changed"):
        engine.answer(conn, Wanted(q=query, order=order))  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text(), st.text())
def test_no_input_fails(conn: sqlite3.Connection, q: str, value: str, after: str) -> None:
    with suppress(ValueError):  # the end of a page that none ever had
        engine.answer(conn, Wanted(q=q, after=after))
    engine.answer(conn, Wanted(q=f"{q} author:{value} source:{value}", section=value, source=value))
    engine.answer(conn, Wanted(q=f"-author:{value} -source:{value} -{q}"))
    engine.answer(conn, Wanted(q=f'"{q}"* OR -{value} {value}*', tag=value, author=value, as_typed=True))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(make_archive(tmp_path))
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("query", "title", "snippet"),
    [
        (
            "lam dong",
            "[Lâm Đồng] khởi công tuyến đường ven hồ",
            "Sáng nay, tỉnh [Lâm Đồng] khởi công tuyến đường ven hồ.",
        ),
        (
            "dong lam",
            "[Lâm] [Đồng] khởi công tuyến đường ven hồ",
            "Sáng nay, tỉnh [Lâm] [Đồng] khởi công tuyến đường ven hồ.",
        ),
        ('"Đà Lạt"', "Lâm Đồng khởi công tuyến đường ven hồ", "Người dân [Đà Lạt] mong chờ"),
        ("12", "Lâm Đồng khởi công tuyến đường ven hồ", "Tuyến đường dài [12] km nối ba xã vùng ven."),
        ("khơi*", "Lâm Đồng [khởi] công tuyến đường ven hồ", "Lâm Đồng [khởi] công"),
    ],
)
def test_what_was_found_is_marked_in_the_original(
    small: sqlite3.Connection, query: str, title: str, snippet: str
) -> None:
    hit = next(hit for hit in engine.answer(small, Wanted(q=query)).hits if hit.id == 1)
    assert hit.title_marked.replace(START, "[").replace(END, "]") == title
    assert snippet in hit.snippet.replace(START, "[").replace(END, "]")
    assert plain(hit.snippet) in hit.snippet.replace(START, "").replace(END, "")


def test_arabic_is_marked_whole(small: sqlite3.Connection) -> None:
    (hit,) = engine.answer(small, Wanted(q="طريقا مدرسه المدرسه OR طريقا")).hits
    assert f"{START}طريقًا{END}" in hit.snippet


def test_a_long_text_shows_the_passage_with_most_words(small: sqlite3.Connection) -> None:
    filler = "Chuyện khác không liên quan gì cả. " * 40
    add_article(small, 9, body=f"{filler}Một con suối. {filler}Dòng suối cạn bên đèo. {filler}")
    keys.settle(small)
    (hit,) = engine.answer(small, Wanted(q="can suoi")).hits
    assert f"{START}suối{END} {START}cạn{END}" in hit.snippet
    assert len(hit.snippet) < 300
    assert hit.snippet.startswith("…")
    assert hit.snippet.endswith("…")


def test_marks_as_typed_come_first_and_are_said(small: sqlite3.Connection) -> None:
    found = engine.answer(small, Wanted(q='"đà lạt"'))
    assert [hit.id for hit in found.hits] == [2, 1, 3]
    assert (found.total, found.exact, found.exact_is) == (3, 2, "exact")
    found = engine.answer(small, Wanted(q='"đà lạt"', as_typed=True))
    assert [hit.id for hit in found.hits] == [2, 1]
    assert engine.answer(small, Wanted(q='"da lat"')).exact is None


def test_an_excluded_word_with_marks_leaves_its_twins(small: sqlite3.Connection) -> None:
    ids = [hit.id for hit in engine.answer(small, Wanted(q='hoa OR mong -"đã lâu"')).hits]
    assert ids == [2]
    assert [hit.id for hit in engine.answer(small, Wanted(q="mong -đá")).hits] == [1]
    assert engine.answer(small, Wanted(q="mong -da")).hits == ()


def test_orders(small: sqlite3.Connection) -> None:
    small.execute("UPDATE articles SET comment_count = id WHERE id < 4")
    small.execute(
        "INSERT INTO revisions (article_id, number, kind, seen_at, reader, digest, title, body) "
        "VALUES (1, 2, 'content', '', '', '', '', '')"
    )
    add_article(small, 8, day="2026-09-08", body="Đường xa. " + "Tin khác. " * 30 + "hồ")
    keys.settle(small)

    def order(name: Any, query: str = "") -> list[int]:
        return [hit.id for hit in engine.answer(small, Wanted(q=query, order=name)).hits]

    assert order("comments") == [3, 2, 1, 8, 4]
    assert order("changed") == [1, 8, 4, 3, 2]
    assert order("newest", "ho duong") == [8, 1]
    assert order("best", "ho duong") == [1, 8]


def test_facets_of_a_search(small: sqlite3.Connection) -> None:
    small.execute("UPDATE articles SET authors = '[\"Lê An\"]', gone_at = '2026-09-09' WHERE id = 1")
    small.execute("UPDATE articles SET tags = 'broken' WHERE id = 2")
    keys.settle(small)
    facets = engine.answer(small, Wanted()).facets
    shown = {name: [(choice.value, choice.label, choice.count) for choice in made] for name, made in facets.items()}
    assert shown == {
        "source": [("baolamdong", "Báo Lâm Đồng", 4)],
        "section": [("Y tế", "Y tế", 1), ("Du lịch", "Du lịch", 1), ("Thời sự", "Thời sự", 1)],
        "language": [("vi", "vi", 3), ("ar", "ar", 1)],
        "year": [("2026", "2026", 4)],
        "month": [("2026-09", "2026-09", 4)],
        "author": [("Lê An", "Lê An", 1)],
        "is": [("gone", "gone", 1)],
    } or {name: sorted(made) for name, made in shown.items()}["section"] == sorted(
        [("Du lịch", "Du lịch", 1), ("Thời sự", "Thời sự", 1), ("Y tế", "Y tế", 1)]
    )
    chosen = engine.answer(small, Wanted(section="Y tế")).facets["section"]
    assert [(choice.value, choice.chosen) for choice in chosen] == [("Y tế", True)]
    assert engine.answer(small, Wanted(), facets=False).facets == {}


def test_names_that_are_typed(small: sqlite3.Connection) -> None:
    small.execute("UPDATE articles SET authors = '[\"Lê Văn An\"]' WHERE id = 1")
    keys.settle(small)
    for query, ids in (
        ('tac-gia:"an lê"', [1]),
        ("author:le", [1]),
        ("author:l", []),
        ("nguon:lamdong ho", [2, 1]),
        ('source:"Báo Lâm"', [4, 3, 2, 1]),
        ("source:không-có", []),
    ):
        assert [
            hit.id for hit in engine.answer(small, Wanted(q=query)).hits if query != "nguon:lamdong ho" or hit.id < 3
        ] in (
            ids,
            ids[1:],
        )


def test_what_is_not_indexed_yet_is_said(small: sqlite3.Connection) -> None:
    assert engine.answer(small, Wanted(q="hoa")).cut == ()
    small.execute("UPDATE articles SET body = 'Không' WHERE id = 1")
    assert engine.answer(small, Wanted(q="hoa")).cut == ("unindexed",)
    keys.settle(small)
    small.execute("UPDATE keys_version SET tokens = 0")
    assert engine.answer(small, Wanted(q="hoa")).cut == ("unindexed",)


def test_a_prefix_of_very_many_words_is_cut_off_and_said(small: sqlite3.Connection) -> None:
    add_article(small, 9, body=" ".join(f"nghi{number:03}" for number in range(200)))
    keys.settle(small)
    found = engine.answer(small, Wanted(q="nghi*"))
    assert [hit.id for hit in found.hits] == [9]
    assert found.cut == ("prefix",)
    assert engine.answer(small, Wanted(q="nghi00*")).cut == ()


def test_a_total_is_estimated_from_what_was_looked_at(
    small: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10, 210):
        add_article(small, number, day=(date(2024, 1, 1) + timedelta(days=number)).isoformat(), body="Tin về đèo.")
    keys.settle(small)
    assert engine.answer(small, Wanted(q="đèo")).total == 200
    monkeypatch.setattr(engine, "MOST_FOUND", 50)
    monkeypatch.setattr(engine, "MOST_COUNTED", 30)
    found = engine.answer(small, Wanted(q="deo"))
    assert found.total_is == "about"
    assert 180 <= found.total <= 215
    assert (found.counted, sum(period.count for period in found.periods)) == (30, 30)
    assert len(everything(small, Wanted(q="deo"))[0]) == 200
    assert engine.answer(small, Wanted(q="deo", order="comments")).cut == ("order",)


def test_an_undated_or_ghostly_key_does_no_harm(small: sqlite3.Connection) -> None:
    """A key without its article (another tool deleted it, triggers off) is passed over."""
    small.execute("DROP TRIGGER keys_ad")
    small.execute("DELETE FROM articles WHERE id = 2")
    found = engine.answer(small, Wanted(q="da lat"))
    assert [hit.id for hit in found.hits] == [3, 1]


@pytest.mark.parametrize(
    ("typed", "other"), [("hoà", "Hòa"), ("uỷ", "ủy"), ("khoẻ", "khỏe"), ("quý", "qúy"), ("đoá", "ðóa")]
)
def test_a_tone_counts_as_typed_in_either_place(tmp_path: Path, typed: str, other: str) -> None:
    texts = {"lead": None, "source": "baolamdong", "day": "2026-01-01"}
    titles = (f"{typed} ban", f"{other} ban", f"{fold(typed)} ban")
    path = make_archive(tmp_path, [{**texts, "title": title, "body": "x"} for title in titles])
    conn = connect(path)
    keys.settle(conn)
    for q in (typed, other, f'"{typed} ban"', f"{other} ban"):
        results = engine.answer(conn, Wanted(q=q, as_typed=True), limit=9)
        assert {plain(hit.title_marked) for hit in results.hits} == set(titles[:2]), q
        assert all(START in hit.title_marked for hit in results.hits), q
    assert [hit.title for hit in engine.answer(conn, Wanted(q=f"ban -{typed}"), limit=9).hits] == [titles[2]]
    conn.close()


def test_words_that_were_joined_are_taken_apart(small: sqlite3.Connection) -> None:
    for number in range(10, 14):
        add_article(small, number, day="2024-01-01", title="Giá cà phê", body="Hà Nội.")
    keys.settle(small)
    for typed, apart in (("caphe", "ca phe"), ("hanoi", "ha noi")):
        found = engine.answer(small, Wanted(q=typed)).help
        assert found is not None
        assert found.spellings == ((typed, apart),)


def test_words_of_a_beginning_are_read_whatever_the_time(
    small: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is interrupted is a search of one window, never the writing of its question."""
    for name in ("GRACE_MS", "FIRST_MS"):
        monkeypatch.setattr(windows, name, -1e9)
    monkeypatch.setattr(engine, "STEPS", 1)
    wanted = Wanted(q="d*")
    with engine._timed(small) as clock:
        asked = engine.ask(small, wanted, parse(wanted.text))
        scan = windows.Scan(small, asked.for_year(as_typed=False), asked.low, asked.high, clock)
        scan.more(0, 10)
    assert scan.keys == []
    assert not scan.done
