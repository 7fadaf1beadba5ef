"""The schema: migrations, what is refused with which words, folded search."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from archive_fixture import add_article, make_archive

from archive import schema
from archive.schema import ArchiveError, connect, folding_ok, migrate, open_read_only, plain_errors, transaction

if TYPE_CHECKING:
    from pathlib import Path


def made(path: Path) -> sqlite3.Connection:
    conn = connect(path)
    migrate(conn)
    return conn


def search(conn: sqlite3.Connection, words: str) -> list[int]:
    query = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? ORDER BY rowid"
    return [key for (key,) in conn.execute(query, (words,))]


def interrupted(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        conn.execute("INSERT INTO x VALUES (1)")
        raise KeyboardInterrupt


# Migrations


def test_migrations_apply_once(tmp_path: Path) -> None:
    conn = connect(tmp_path / "new" / "archive.db")
    assert migrate(conn) == ["0001_tables", "0002_search", "0003_keys", "0004_withdrawals", "0005_followed"]
    assert migrate(conn) == []
    assert conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert conn.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert conn.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_many_processes_may_make_the_archive_at_once(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    script = f"from pathlib import Path\nfrom archive.store import Store\nStore(Path({str(path)!r}))"
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]
    assert [process.wait(timeout=600) for process in processes] == [0] * 4
    assert made(path).execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0] == len(schema.STEPS)


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conn = connect(tmp_path / "archive.db")
    monkeypatch.setattr(schema, "TABLES", schema.TABLES + "CREATE TABLE articles (id INTEGER);\n")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        migrate(conn)
    assert conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    monkeypatch.undo()
    assert len(migrate(conn)) == len(schema.STEPS)


def test_an_older_archive_gets_what_it_lacks_and_keeps_what_it_holds(tmp_path: Path) -> None:
    path = make_archive(tmp_path)
    conn = connect(path)
    add_article(conn, 99, title="Đường mới")
    whole = {name for (name,) in conn.execute("SELECT name FROM sqlite_master")}
    for name in ("revisions_changes", "articles_of", "articles_gone_of", "articles_missing_of"):
        conn.execute(f"DROP INDEX {name}")
    conn.execute("DELETE FROM _sqlite_migrations WHERE name = '0005_followed'")
    with pytest.raises(ArchiveError, match="run `baotinh init`"):
        open_read_only(path)
    assert migrate(conn) == ["0005_followed"]
    assert {name for (name,) in conn.execute("SELECT name FROM sqlite_master")} == whole
    assert conn.execute("SELECT title FROM articles").fetchall()[-1][0] == "Đường mới"
    assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_newer_archive_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    conn = made(path)
    conn.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('baotinh', '9999_x', '')")
    for opened in (migrate, lambda _: open_read_only(path)):
        with pytest.raises(ArchiveError, match="newer baotinh \\(migration 9999_x\\): update"):
            opened(conn)


# What is refused


@pytest.mark.parametrize(
    "content", [b"not a database at all, only some text\n" * 40, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(content)
    for opened in (connect, open_read_only):
        with pytest.raises(ArchiveError, match=r"archive\.db: damaged, or not an archive: put a backup"):
            opened(path)
    assert path.read_bytes() == content


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    path = make_archive(tmp_path)
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="damaged, or not an archive"), plain_errors(path):
        open_read_only(path).execute("SELECT * FROM articles").fetchall()


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArchiveError, match="the folder of the archive cannot be made"):
        connect(tmp_path / "file" / "archive.db")
    with pytest.raises(ArchiveError, match="cannot be opened: check its folder"):
        connect(tmp_path)


def test_reading_needs_an_archive_of_this_version(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="there is no archive: crawl first"):
        open_read_only(tmp_path / "archive.db")
    assert not (tmp_path / "archive.db").exists()
    connect(tmp_path / "empty.db").execute("CREATE TABLE x (y)")
    with pytest.raises(ArchiveError, match="run `baotinh init`"):
        open_read_only(tmp_path / "empty.db")


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    path = make_archive(tmp_path / "báo cáo #1?")
    conn = open_read_only(path)
    assert conn.execute("SELECT count(*) FROM articles").fetchone()[0] == 4
    with pytest.raises(ArchiveError, match="it cannot be written"), plain_errors(path):
        conn.execute("DELETE FROM articles")


def test_mistakes_of_the_code_are_not_dressed_up(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), plain_errors(tmp_path):
        connect(tmp_path / "archive.db").execute("SELECT * FROM nowhere")


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    conn = connect(tmp_path / "archive.db")
    conn.execute("CREATE TABLE x (y)")
    with pytest.raises(KeyboardInterrupt):
        interrupted(conn)
    assert conn.execute("SELECT count(*) FROM x").fetchone()[0] == 0
    with transaction(conn):
        conn.execute("INSERT INTO x VALUES (1)")
    assert not conn.in_transaction


# Search


def test_the_index_follows_insert_update_and_delete(tmp_path: Path) -> None:
    conn = made(tmp_path / "archive.db")
    conn.execute("INSERT INTO sources (name, number, title) VALUES ('baolamdong', 34, 'Báo Lâm Đồng')")
    add_article(conn, 1, title="Đường về Đá Đen")
    (key,) = search(conn, "da den")
    conn.execute("UPDATE articles SET title = 'Suối Cát' WHERE id = 1")
    assert (search(conn, "da"), search(conn, "suoi")) == ([], [key])
    conn.execute("UPDATE articles SET search_key = search_key + 1 WHERE id = 1")
    assert search(conn, "suoi") == [key + 1]
    conn.execute("DELETE FROM articles")
    assert search(conn, "suoi") == []
    assert folding_ok(conn)


def test_an_update_that_changes_no_text_does_not_touch_the_index(tmp_path: Path) -> None:
    conn = connect(make_archive(tmp_path))
    before = conn.execute("SELECT * FROM articles_fts_data").fetchall()
    conn.execute("UPDATE articles SET title = title, body = body, section = 'x'")
    assert conn.execute("SELECT * FROM articles_fts_data").fetchall() == before


def test_the_canary_sees_a_rebuild(tmp_path: Path) -> None:
    conn = connect(make_archive(tmp_path))
    assert folding_ok(conn)
    conn.execute("INSERT INTO articles_fts(articles_fts) VALUES ('rebuild')")
    assert not folding_ok(conn)
