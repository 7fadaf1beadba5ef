"""The archive's commands: init, search, serve, and one line for whatever goes wrong."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from archive_fixture import ARTICLES, add_article, make_archive
from click.testing import CliRunner, Result

from archive.cli import Commands, Context, archive_commands, complaint, printable
from archive.schema import STEPS, ArchiveError, connect

if TYPE_CHECKING:
    from collections.abc import Callable


@click.group(cls=Commands)
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--debug", is_flag=True)
@click.pass_context
def main(ctx: click.Context, data: Path, *, debug: bool) -> None:
    ctx.obj = Context(data, debug)


for command in archive_commands:
    main.add_command(command)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_archive(tmp_path / "data").parent


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("COLUMNS", "100")

    def invoke(*words: str, folder: Path = data, **options: Any) -> Result:
        return CliRunner().invoke(main, ["--data", str(folder), *words], **options)

    return invoke


def assert_one_line(result: Result, pattern: str) -> None:
    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.fullmatch(f"baotinh: .*{pattern}.*\n", result.stderr), result.stderr


def test_init_makes_an_archive_and_is_content_the_second_time(tmp_path: Path, run: Callable[..., Result]) -> None:
    folder = tmp_path / "new" / "deep"
    first = run("init", folder=folder)
    assert first.exit_code == 0
    assert ", ".join(name for name, _ in STEPS) in first.stdout
    assert run("init", folder=folder).stdout == f"{folder / 'archive.db'}: up to date\n"


@pytest.mark.parametrize("words", [["lam dong"], ["lam", "dong"], ["Lâm Đồng"], ['"LÂM ĐỒNG"']])
def test_search_prints_a_table(run: Callable[..., Result], words: list[str]) -> None:
    result = run("search", *words)
    assert result.exit_code == 0
    assert "2026-09-01" in result.stdout
    assert "Lâm Đồng khởi công tuyến đường ven hồ" in result.stdout
    assert "https://baolamdong.vn/bai-1.html" in result.stdout
    assert "1 of 1 articles" in result.stdout
    assert "\x01" not in result.stdout


def test_search_as_json(run: Callable[..., Result]) -> None:
    (found,) = json.loads(run("search", "--json", "lam dong").stdout)
    assert list(found) == ["url", "title", "source", "published_at", "snippet"]
    assert found["title"] == ARTICLES[0]["title"]
    assert "tỉnh Lâm Đồng khởi công" in found["snippet"]
    assert json.loads(run("search", "--json", "khong co gi ca").stdout) == []


def test_search_limits_excludes_and_orders(run: Callable[..., Result]) -> None:
    def urls(*words: str) -> list[str]:
        return [found["url"][-6] for found in json.loads(run("search", "--json", *words).stdout)]

    assert urls("da lat") == ["3", "2", "1"]
    assert urls("da lat", "--limit", "2") == ["3", "2"]
    assert urls("da", "lat", "-khu") == ["3", "1"]
    assert sorted(urls("--best", "da lat")) == ["1", "2", "3"]


@pytest.mark.parametrize("query", ['"', "NEAR(", "-", "*", "\udce9"])
def test_odd_queries_find_nothing_quietly(run: Callable[..., Result], query: str) -> None:
    result = run("search", query)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr in {
        "No article matches.\n",
        "There is nothing to search for: type at least one word.\n",
    }
    assert json.loads(run("search", "--json", query).stdout) == []


def test_a_mistyped_option_is_not_a_word(run: Callable[..., Result]) -> None:
    result = run("search", "lam", "--jsno")
    assert result.exit_code == 64
    assert "No such option '--jsno'" in result.stderr
    assert run("search").exit_code == 64
    assert run("search", "--limit", "0", "x").exit_code == 64


def test_escape_sequences_in_stored_text_do_not_reach_the_terminal(data: Path, run: Callable[..., Result]) -> None:
    conn = connect(data / "archive.db")
    add_article(conn, 9, title="lạ \x1b[2J\x9b31m", url="https://example.vn/\x1b]0;x\x07")
    conn.close()
    result = run("search", "la")
    assert result.exit_code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.stdout)
    assert printable("a\tb\x1b") == "a b "


def corrupt(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 100)


def future(path: Path) -> None:
    conn = connect(path)
    conn.execute("INSERT INTO _sqlite_migrations VALUES (99, 'baotinh', '9999_future', '')")
    conn.close()


def torn(path: Path) -> None:
    sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


@pytest.mark.parametrize(
    ("harm", "pattern"),
    [
        (Path.unlink, "there is no archive: crawl first"),
        (corrupt, "damaged, or not an archive: put a backup"),
        (torn, "damaged, or not an archive: put a backup"),
        (future, "newer baotinh .*: update"),
    ],
)
@pytest.mark.parametrize("command", [["search", "x"], ["serve", "--port", "0"]])
def test_an_archive_that_cannot_be_read(
    data: Path, run: Callable[..., Result], harm: Callable[[Path], None], pattern: str, command: list[str]
) -> None:
    harm(data / "archive.db")
    assert_one_line(run(*command), pattern)


def test_init_on_a_newer_or_foreign_file(data: Path, run: Callable[..., Result]) -> None:
    future(data / "archive.db")
    assert_one_line(run("init"), "newer baotinh")
    corrupt(data / "archive.db")
    assert_one_line(run("init"), "damaged, or not an archive")


def test_init_where_a_file_stands(tmp_path: Path, run: Callable[..., Result]) -> None:
    (tmp_path / "file").touch()
    assert_one_line(
        run("init", folder=tmp_path / "file"),
        f"{tmp_path / 'file'}: the folder of the archive cannot be made: File exists",
    )


def test_a_port_in_use(run: Callable[..., Result]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_one_line(run("serve", "--port", port), f"port {port} on 127.0.0.1 is in use")


def failing(error: Exception) -> click.Group:
    @click.group(cls=Commands)
    @click.option("--debug", is_flag=True)
    @click.pass_context
    def group(ctx: click.Context, *, debug: bool) -> None:
        ctx.obj = Context(Path("data"), debug)

    @group.command()
    def fail() -> None:
        raise error

    return group


def test_debug_shows_the_traceback() -> None:
    group = failing(ArchiveError("no\nluck"))
    assert_one_line(CliRunner().invoke(group, ["fail"]), "no luck")
    assert isinstance(CliRunner().invoke(group, ["--debug", "fail"]).exception, ArchiveError)


def test_a_reader_that_stops_reading_is_no_error() -> None:
    broken = BrokenPipeError(errno.EPIPE, "Broken pipe")
    assert CliRunner().invoke(failing(broken), ["fail"]).stderr == ""


def test_mistakes_of_the_program_are_not_hidden() -> None:
    assert isinstance(CliRunner().invoke(failing(KeyError("x")), ["fail"]).exception, KeyError)


def test_a_full_disk_and_other_errors_of_the_system() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x.warc.gz")
    assert complaint(full).startswith("the disk is full: make room")
    assert complaint(PermissionError(errno.EACCES, "Permission denied", "/x")) == "/x: Permission denied"
    assert complaint(OSError("odd")) == "system: odd"


def test_a_locked_archive(data: Path) -> None:
    holder, other = connect(data / "archive.db"), connect(data / "archive.db")
    holder.execute("BEGIN IMMEDIATE")
    other.execute("PRAGMA busy_timeout = 0")
    with pytest.raises(sqlite3.OperationalError) as caught:
        other.execute("BEGIN IMMEDIATE")
    assert complaint(caught.value).startswith("the archive: another process has been writing")
    holder.close()
    other.close()


def test_a_full_database(data: Path) -> None:
    conn = connect(data / "archive.db")
    conn.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as caught:
        add_article(conn, 77, body="x" * 1_000_000)
    assert complaint(caught.value).startswith("the archive: the disk is full")
    conn.close()
