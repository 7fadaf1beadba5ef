"""The search indexes against the articles: every posting, every page's way, every waiting article."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import kept_fixture as kept
import pytest

from archive import fts_pages, index_check, keys, verify
from archive.schema import connect, transaction

if TYPE_CHECKING:
    from pathlib import Path

LEAVES = f"id >= {1 << 37}"
YEAR = partial(index_check.year, number=2026)
DAMAGED = "keys_2026: not the index of these articles"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive whose key table has several segments, of one part a crawl."""
    data = kept.make(tmp_path_factory.mktemp("whole") / "data", 30)
    with closing(connect(data / "archive.db")) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert conn.execute("SELECT count(DISTINCT segid) FROM keys_2026_idx").fetchone()[0] > 1
    return data


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def conn(data: Path):
    with closing(connect(data / "archive.db")) as connection:
        yield connection


def found(data: Path, part=YEAR) -> str:
    return "\n".join(map(str, verify.check_index(data, part).faults))


def flipped(draw: random.Random, block: bytes, start: int = 0) -> bytes:
    changed = bytearray(block)
    changed[draw.randrange(start, len(block))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def key_of(conn: sqlite3.Connection, article: int) -> int:
    return conn.execute("SELECT search_key FROM articles WHERE id = ?", (article,)).fetchone()[0]


@pytest.mark.parametrize("part", [index_check.texts, YEAR])
def test_whole_indexes_have_no_fault(data, part):
    assert found(data, part) == ""


@pytest.mark.parametrize("seed", range(25))
def test_a_flipped_posting_is_found(data, conn, seed):
    draw = random.Random(seed)  # noqa: S311
    pages = conn.execute(f"SELECT id, block FROM keys_2026_data WHERE {LEAVES}").fetchall()  # noqa: S608
    id_, block = draw.choice(pages)
    conn.execute("UPDATE keys_2026_data SET block = ? WHERE id = ?", (flipped(draw, block), id_))
    assert "keys_2026: " in found(data)


@pytest.mark.parametrize("table", ["keys_2026", "articles_fts"])
@pytest.mark.parametrize("seed", range(10))
def test_a_flipped_entry_of_the_directory_is_found(data, conn, table, seed):
    """FTS5's own check lets most of them pass, and the words of that page are found no more."""
    draw = random.Random(seed)  # noqa: S311
    part = YEAR if table == "keys_2026" else index_check.texts
    entries = conn.execute(f"SELECT segid, term FROM {table}_idx WHERE term > ''").fetchall()  # noqa: S608
    segment, term = draw.choice([(segment, term) for segment, term in entries if term])
    query = f"UPDATE OR REPLACE {table}_idx SET term = ? WHERE (segid, term) = (?, ?)"  # noqa: S608
    conn.execute(query, (flipped(draw, term), segment, term))
    assert f"{table}: " in found(data, part)


@pytest.mark.parametrize("table", ["keys_2026", "articles_fts"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {}_idx SET pgno = pgno + 1 - 2 * (pgno & 1) WHERE pgno = (SELECT max(pgno) FROM {}_idx)",
        "UPDATE {}_idx SET pgno = pgno + 2 WHERE pgno = (SELECT max(pgno) FROM {}_idx)",
        "DELETE FROM {}_idx WHERE pgno = (SELECT max(pgno) FROM {}_idx)",
    ],
)
def test_a_wrong_way_to_a_page_is_found(data, conn, table, statement):
    conn.execute(statement.format(table, table))
    assert f"{table}: " in found(data, YEAR if table == "keys_2026" else index_check.texts)


@pytest.mark.parametrize("table", ["keys_2026", "articles_fts"])
def test_a_wrong_number_of_rows_is_found(data, conn, table):
    block = bytearray(conn.execute(f"SELECT block FROM {table}_data WHERE id = 1").fetchone()[0])  # noqa: S608
    block[0] ^= 1
    conn.execute(f"UPDATE {table}_data SET block = ? WHERE id = 1", (bytes(block),))  # noqa: S608
    part = YEAR if table == "keys_2026" else index_check.texts
    assert f"{table}: not the index" in found(data, part)


def test_a_wrong_length_of_an_article_is_found(data, conn):
    conn.execute("UPDATE articles_fts_docsize SET sz = x'090109' WHERE id = ?", (key_of(conn, 5),))
    assert "articles_fts: not the index" in found(data, index_check.texts)


def test_equal_errors_do_not_cancel_out(data, conn):
    """A word of two articles, its last letter changed: the checksum of FTS5's own check stays the same."""
    one, other = sorted(key_of(conn, article) for article in (5, 6))
    with transaction(conn):
        for key in (one, other):
            keys.Writer(conn).remove(key, ["chuyen"])
            keys.Writer(conn).add(key, ["chuyeo"])
    assert "article 5, article 6" in found(data)


def test_a_missing_token_is_found_with_its_article(data, conn):
    with transaction(conn):
        keys.Writer(conn).remove(key_of(conn, 5), ["chuyen"])
    told = found(data)
    assert DAMAGED in told
    assert "not those of article 5" in told


def test_a_token_too_many_is_found_with_its_articles(data, conn):
    with transaction(conn):
        for article in (9, 4):
            keys.Writer(conn).add(key_of(conn, article), ["khongco"])
    told = found(data)
    assert "article 4" in told
    assert "article 9" in told


def test_tokens_that_change_places_are_found(data, conn):
    """What each article has alone, given to the other: counts, and sums of tokens, stay as they were."""
    first, second = key_of(conn, 5), key_of(conn, 6)
    one, other = keys.indexed_now(conn, first), keys.indexed_now(conn, second)
    with transaction(conn):
        writer = keys.Writer(conn)
        for key, was, now in ((first, one, other), (second, other, one)):
            writer.remove(key, sorted(was))
            writer.add(key, sorted(now))
    assert "of article 5, article 6" in found(data)


def test_many_articles_are_counted(data, conn):
    with transaction(conn):
        for article in range(1, 21):
            keys.Writer(conn).add(key_of(conn, article), ["khongco"])
    assert "and 10 more" in found(data)


def test_a_key_without_article_is_found(data, conn):
    key = key_of(conn, 5)
    with transaction(conn):
        keys.Writer(conn).add(key + 500, ["ma"])
    assert f"search key {key + 500}, which no article has" in found(data)


def test_an_article_of_the_wrong_year_is_found(data, conn):
    table = "keys_2025"
    for statement in keys.YEAR_TABLES:
        conn.execute(statement.format(name=table))
    conn.execute(f"INSERT INTO {table}(rowid, k) VALUES (?, 'suoi')", (key_of(conn, 5),))  # noqa: S608
    assert "keys_2025: not the index" in found(data, partial(index_check.year, number=2025))


def test_what_waits_is_compared_with_what_it_was(data, conn):
    for statement in (
        "UPDATE articles SET title = 'Khác hẳn', gone_at = '2026-09-09T00:00:00+00:00' WHERE id = 1",
        "UPDATE articles SET withdrawn_at = '2026-09-09T00:00:00+00:00', body = '' WHERE id = 2",
        "UPDATE articles SET search_key = search_key + 1000000 WHERE id = 4",
    ):
        conn.execute(statement)
    assert keys.waiting(conn) == 4
    assert found(data) == ""
    with transaction(conn):
        keys.Writer(conn).add(key_of(conn, 1), ["khongco"])
    assert "of article 1" in found(data)


def test_edits_deletions_and_new_articles_leave_no_fault(data, conn):
    for number in range(1, 12):
        conn.execute("UPDATE articles SET body = ? WHERE id = ?", (kept.text_of(number, 7)[1], number))
        with transaction(conn):
            keys.settle(conn)
    conn.execute("DELETE FROM comment_counts WHERE article_id = 20")
    conn.execute("UPDATE articles SET comment_count = NULL WHERE id = 20")
    with transaction(conn):
        keys.settle(conn)
    assert found(data) == ""
    assert found(data, index_check.texts) == ""


def test_all_of_it_through_verify(data, conn):
    conn.execute("UPDATE day_counts SET n = n + 1 WHERE day = (SELECT max(day) FROM day_counts)")
    with transaction(conn):
        keys.Writer(conn).add(key_of(conn, 5), ["khongco"])
    told = " ".join(str(fault) for fault in verify.verify(data, kept.nothing).faults)
    assert "day_counts does not hold" in told
    assert DAMAGED in told
    assert DAMAGED not in " ".join(map(str, verify.verify(data, kept.nothing, index=False).faults))


def test_a_year_without_table_is_found(data, conn):
    conn.execute("DROP TABLE keys_2026_terms")
    conn.execute("DROP TABLE keys_2026")
    told = {str(fault) for fault in verify.verify(data, kept.nothing).faults}
    assert "archive.db: article 1: there is no key table for its year" in told


@pytest.mark.parametrize("year", ["0000", "0001", "9999"])
def test_tables_of_years_that_cannot_be_are_no_failure(data, conn, year):
    for statement in keys.YEAR_TABLES:
        conn.execute(statement.format(name=f"keys_{year}"))
    assert found(data, partial(index_check.year, number=int(year))) == ""


def test_another_version_of_tokens_is_told(data, conn):
    conn.execute("UPDATE keys_version SET tokens = 0")
    assert "run `baotinh reindex`" in found(data)


def test_damaged_files_are_found(data):
    """Bytes of the key table's pages flipped in the file itself, through the whole of verify."""
    path, draw = data / "archive.db", random.Random(3)  # noqa: S311
    with closing(connect(path)) as conn:
        blocks = [row[0] for row in conn.execute(f"SELECT block FROM keys_2026_data WHERE {LEAVES}")]  # noqa: S608
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw, missed, flips = path.read_bytes(), [], 0
    for block in draw.choices(blocks, k=40):
        start = draw.randrange(len(block) - 24)
        at = raw.find(block[start : start + 24])
        if at < 0 or raw.count(block[start : start + 24]) > 1:
            continue  # it lies on two pages of the file, or a page of before holds it too
        changed = bytearray(raw)
        changed[at + 12] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        flips += 1
        missed += [] if "keys_2026" in found(data) else [at + 12]
    assert flips > 10
    assert missed == []


@pytest.mark.parametrize("seed", range(3))
def test_merges_leave_no_fault(seed):
    """Small pages, long posting lists and merges that are cut short: what a directory may look like."""
    draw = random.Random(seed)  # noqa: S311
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute(keys.YEAR_TABLES[0].format(name="keys_2026"))
        conn.execute("INSERT INTO keys_2026(keys_2026, rank) VALUES ('automerge', 2), ('pgsz', 64)")
        rows = {}
        cut = 0
        for number in range(60):
            for key in sorted(draw.sample(sorted(rows), len(rows) // 30)):
                conn.execute("INSERT INTO keys_2026(keys_2026, rowid, k) VALUES ('delete', ?, ?)", (key, rows.pop(key)))
            for key in range(number * 100, number * 100 + draw.choice([1, 5, 60])):
                rows[key] = " ".join({"mua", *draw.choices(kept.WORDS, k=9), f"so{draw.randrange(500)}"})
                conn.execute("INSERT INTO keys_2026(rowid, k) VALUES (?, ?)", (key, rows[key]))
            conn.commit()
            conn.execute("INSERT INTO keys_2026(keys_2026, rank) VALUES ('merge', ?)", (draw.choice([2, 5]),))
            assert list(fts_pages.check(conn, "keys_2026")) == []
            first = "SELECT min(id & 0x7fffffff) FROM keys_2026_data WHERE id >= 1 << 37 GROUP BY id >> 37"
            cut += max(conn.execute(first).fetchall())[0] > 1
        assert cut, "a merge was cut short"
        assert conn.execute("SELECT count(*) FROM keys_2026_data WHERE id >> 36 & 1").fetchone()[0], "long lists"
