"""The key tables: what an article is found by, and that they follow every write, whoever writes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from archive_fixture import add_article, make_archive
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import keys, tokens
from archive.query import parse
from archive.schema import ArchiveError, connect, transaction
from archive.search_key import PER_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Dump = tuple[set[tuple[int, str, int]], list[tuple[int, int]]]


DAY = (date(2026, 9, 1) - date(1970, 1, 1)).days
KEY = DAY * PER_DAY + 34_000_001


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(make_archive(tmp_path))
    yield connection
    connection.close()


def dump(conn: sqlite3.Connection) -> Dump:
    """Read every (year, token, key) of the key tables, and the articles of each day."""
    found = set()
    for year in keys.years(conn):
        found |= {(year, *row) for row in conn.execute(f"SELECT term, doc FROM keys_{year}_terms")}  # noqa: S608 — a year
        table = f"keys_{year}"
        conn.execute(f"INSERT INTO {table}({table}) VALUES ('integrity-check')")  # noqa: S608 — a year
    days = conn.execute("SELECT day, n FROM day_counts WHERE n <> 0 ORDER BY day")
    return found, [tuple(row) for row in days]


def rebuilt(conn: sqlite3.Connection) -> Dump:
    keys.clear(conn)
    keys.reindex(conn, progress=lambda _: None)
    return dump(conn)


def settled(conn: sqlite3.Connection) -> Dump:
    with transaction(conn):
        keys.settle(conn)
    assert keys.waiting(conn) == 0
    return dump(conn)


def kept(**fields: Any) -> tokens.Kept:
    return tokens.Kept(
        **{**dict.fromkeys(tokens.Kept._fields), "title": "", "body": "", "authors": "[]", "tags": "[]"} | fields
    )


# Tokens


def test_tokens_of_an_article() -> None:
    article = kept(
        title="Lâm Đồng",
        lead="ven hồ",
        body="Đà Lạt 12",
        section="Thời sự",
        language="vi",
        authors='["Lê An"]',
        tags='["hồ"]',
    )
    assert tokens.of_article(20_000 * 10**10 + 34 * 10**6 + 7, article) == {
        "lam", "dong", "ven", "ho", "da", "lat", "12",
        "___lam_dong", "___ven_ho", "___da_lat", "___lat_12",
        "___lâm", "___đồng", "___hồ", "___đà", "___lạt",
        "___s0034", "____le", "____an",
        tokens.fact("section", "Thời sự"), tokens.fact("language", "vi"),
        tokens.fact("author", "Lê An"), tokens.fact("tag", "hồ"),
    }  # fmt: skip


def test_arabic_is_folded_as_everywhere() -> None:
    found = tokens.of_texts("مُدَرِّسَة ١٢", None, "")
    assert {"مدرسه", "12", "___مدرسه_12", "___مُدَرِّسَة"} <= found


def test_no_kind_of_token_looks_like_another() -> None:
    found = [
        tokens.source(34), tokens.fact("tag", "x"), tokens.state("edited"), tokens.author_word("edited"),
        tokens.pair("s0034", "x"), "s0034", "edited", tokens.marked("édited"),
    ]  # fmt: skip
    assert len(set(found)) == len(found)
    assert tokens.fact("tag", "x") != tokens.fact("section", "x")


@given(st.text(), st.text())
def test_what_is_typed_is_among_the_tokens(before: str, text: str) -> None:
    """The query's own words, folded and as typed, are tokens of a text that holds them."""
    found = tokens.of_texts(f"{before} {text}", None, "")
    for term in (
        term
        for terms in parse(text.replace('"', " ").replace("-", " ").replace("OR", "")).alternatives
        for term in terms
    ):
        for word, typed in zip(term.words, term.typed, strict=True):
            assert word.lower()[: tokens.LONGEST] in found
            assert typed == word or word != word.lower() or tokens.marked(typed) in found or typed == typed.upper()


@pytest.mark.parametrize("column", ["", "null", "{}", '"x"', "[1, null, [2]]", "[", "[]"])
def test_broken_lists_of_names_hold_no_name(column: str) -> None:
    assert tokens.names(column) == ()


# Upkeep


def test_an_archive_is_indexed_as_if_built_anew(conn: sqlite3.Connection) -> None:
    before = dump(conn)
    first, last = KEY, KEY + 3 * PER_DAY + 3
    assert {(2026, "___lam_dong", first), (2026, "___đồng", first), (2026, "المدرسه", last)} <= before[0]
    assert before[1] == [(DAY, 1), (DAY + 1, 1), (DAY + 2, 1), (DAY + 3, 1)]
    assert rebuilt(conn) == before


WRITES = {
    "a text": "UPDATE articles SET body = 'Tin mới về hồ' WHERE id = 1",
    "a lead goes": "UPDATE articles SET lead = NULL WHERE id = 1",
    "the same text": "UPDATE articles SET body = body, title = title WHERE id = 1",
    "a section": "UPDATE articles SET section = 'Khác', tags = '[\"a\", \"b\"]', authors = '[\"Lê An\"]' WHERE id = 2",
    "gone": "UPDATE articles SET gone_at = '2026-09-09T00:00:00+00:00' WHERE id = 2",
    "the first comment": "UPDATE articles SET comment_count = 3 WHERE id = 2",
    "no comment": "UPDATE articles SET comment_count = 0 WHERE id = 2",
    "another day": "UPDATE articles SET search_key = search_key - 300 * 10000000000 WHERE id = 1",
    "days change places": (
        "UPDATE articles SET search_key = -search_key WHERE id = 1;"  # noqa: S608 — numbers
        f"UPDATE articles SET search_key = {KEY} WHERE id = 2;"
        f"UPDATE articles SET search_key = {KEY + PER_DAY} WHERE id = 1"
    ),
    "a new article": (
        "INSERT INTO articles (search_key, source, url, title, reader, first_seen, last_seen, last_changed) "
        "VALUES (99990000034000001, 'baolamdong', 'x', 'Đèo', 'r', '', '', '')"
    ),
    "deleted": "DELETE FROM articles WHERE id = 3",
    "withdrawn": "UPDATE articles SET withdrawn_at = '2026-09-09T00:00:00+00:00', body = '' WHERE id = 1",
    "withdrawn alone": "UPDATE articles SET withdrawn_at = '2026-09-09T00:00:00+00:00' WHERE id = 3",
    "an edit": (
        "INSERT INTO revisions (article_id, number, kind, seen_at, reader, digest, title, body) "
        "VALUES (1, 2, 'content', '', '', '', '', '')"
    ),
    "a reading of ours": (
        "INSERT INTO revisions (article_id, number, kind, seen_at, reader, digest, title, body) "
        "VALUES (1, 2, 'reader', '', '', '', '', '')"
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_every_write_is_followed(conn: sqlite3.Connection, what: str) -> None:
    before = dump(conn)
    conn.executescript(WRITES[what])
    after = settled(conn)
    assert (after == before) == (what in ("the same text", "no comment", "a reading of ours"))
    assert after == rebuilt(conn)


def test_writes_undo_one_another(conn: sqlite3.Connection) -> None:
    before = dump(conn)
    conn.executescript(WRITES["an edit"] + ";" + WRITES["gone"] + ";" + WRITES["withdrawn"])
    settled(conn)
    conn.executescript("DELETE FROM revisions; UPDATE articles SET gone_at = NULL, withdrawn_at = NULL")
    conn.execute("UPDATE articles SET body = ? WHERE id = 1", (make_body(),))
    assert settled(conn) == before


def beginning(conn: sqlite3.Connection, letters: str) -> set[int]:
    query = "SELECT rowid FROM keys_2026 WHERE keys_2026 MATCH ?"
    return {row[0] for row in conn.execute(query, (f'"{letters}" *',))}


def test_an_edited_article_is_found_by_the_beginnings_of_its_words(conn: sqlite3.Connection) -> None:
    """FTS5 takes an article from the list of `du` with `duong`, though `du` and `dung` are still in it."""
    for body in ("đường đung đa dứa", "đung đa", "đung đa dứa", "đa dứa"):
        conn.execute("UPDATE articles SET title = 'x', lead = NULL, body = ? WHERE id = 1", (body,))
        settled(conn)
        words = [word for word in parse(body).alternatives[0] if word]
        for word in (term.words[0] for term in words):
            assert KEY in beginning(conn, word[:2]), (body, word)
            assert KEY in beginning(conn, word[:3]), (body, word)
    assert KEY not in beginning(conn, "dun")


def test_an_edit_that_is_taken_back(conn: sqlite3.Connection) -> None:
    before = dump(conn)
    conn.execute(WRITES["a reading of ours"])
    conn.execute("UPDATE revisions SET kind = 'revert'")
    assert (2026, "___edited", KEY) in settled(conn)[0]
    conn.execute("DELETE FROM revisions")
    assert settled(conn) == before


def make_body() -> str:
    return "Sáng nay, tỉnh Lâm Đồng khởi công tuyến đường ven hồ.\n\nNgười dân Đà Lạt mong chờ đã lâu."


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(sorted(set(WRITES) - {"a new article"})), min_size=1, max_size=5), max_size=4))
def test_any_writes_in_any_batches(tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]]) -> None:
    conn = connect(make_archive(tmp_path_factory.mktemp("archive")))
    for batch in batches:
        for what in batch:
            try:
                conn.executescript(WRITES[what])
            except sqlite3.IntegrityError:
                continue  # a key or a revision that is there already
        settled(conn)
    assert dump(conn) == rebuilt(conn)
    conn.close()


def test_a_write_without_this_project_waits(conn: sqlite3.Connection) -> None:
    path = conn.execute("PRAGMA database_list").fetchone()[2]
    with sqlite3.connect(path) as other:
        other.execute("UPDATE articles SET title = 'Khác hẳn' WHERE id = 1")
    other.close()
    assert keys.waiting(conn) == 1
    assert settled(conn) == rebuilt(conn)


def test_what_waits_is_settled_newest_first_and_part_by_part(conn: sqlite3.Connection) -> None:
    keys.clear(conn)
    with transaction(conn):
        assert keys.settle(conn, limit=3) == 3
    assert dump(conn)[1] == [(DAY + 1, 1), (DAY + 2, 1), (DAY + 3, 1)]
    add_article(conn, 9, day="2025-12-31")
    seen: list[int] = []
    keys.reindex(conn, progress=seen.append)
    assert seen == [2]
    assert keys.years(conn) == [2025, 2026]
    assert dump(conn) == rebuilt(conn)


def test_a_rolled_back_write_leaves_nothing(conn: sqlite3.Connection) -> None:
    before = dump(conn)

    def write() -> None:
        with transaction(conn):
            add_article(conn, 9, day="2031-01-01")
            keys.settle(conn)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert dump(conn) == before
    assert keys.years(conn) == [2026]


def test_years_meet_at_new_year(conn: sqlite3.Connection) -> None:
    add_article(conn, 8, day="2025-12-31")
    add_article(conn, 9, day="2026-01-01")
    settled(conn)
    assert keys.years(conn) == [2025, 2026]
    assert keys.first_key(2026) == keys.key_of(date(2026, 1, 1))
    assert keys.year_of(keys.first_key(2026)) == 2026
    assert keys.year_of(keys.first_key(2026) - 1) == 2025


def test_another_version_of_tokens_is_refused(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE keys_version SET tokens = 0")
    conn.execute(WRITES["a text"])
    with pytest.raises(ArchiveError, match="run `baotinh reindex`"):
        keys.settle(conn)
    assert keys.waiting(conn) == 1
    assert not keys.is_current(conn)
    rebuilt(conn)
    assert conn.execute("SELECT tokens FROM keys_version").fetchone()[0] == tokens.VERSION


# The command


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crawler.cli", "--data", str(data), "reindex", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def test_the_command_brings_the_index_up(conn: sqlite3.Connection, tmp_path: Path) -> None:
    before = dump(conn)
    assert run(tmp_path).stdout == f"{tmp_path / 'archive.db'}: up to date\n"
    conn.execute(WRITES["a text"])
    assert run(tmp_path).stdout == f"{tmp_path / 'archive.db'}: 1 articles indexed\n"
    assert dump(conn) != before
    after = dump(conn)
    conn.execute("UPDATE keys_version SET tokens = 0")
    assert run(tmp_path).stdout == f"{tmp_path / 'archive.db'}: 4 articles indexed\n"
    assert run(tmp_path, "--all").stdout == f"{tmp_path / 'archive.db'}: 4 articles indexed\n"
    assert dump(conn) == after


def test_the_command_wants_an_archive(tmp_path: Path) -> None:
    done = run(tmp_path / "none")
    assert done.returncode == 1
    assert "there is no archive: crawl first" in done.stderr
    assert not (tmp_path / "none").exists()
