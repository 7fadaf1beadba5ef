"""`baotinh serve` over real HTTP, plain Datasette in the same environment, and what stops either."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from archive_fixture import add_article, make_archive

from archive.schema import ArchiveError, connect
from archive.serve import METADATA, application, listen, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVE = """
import sys
from pathlib import Path
from archive.serve import serve
serve(Path(sys.argv[1]), host="127.0.0.1", port=0, announce=lambda url: print(url, flush=True))
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_archive(tmp_path).parent


@pytest.fixture
def server(data: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with subprocess.Popen([sys.executable, "-c", SERVE, str(data)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip(), process
        process.kill()


def fetch(url: str, **query: str) -> str:
    with urllib.request.urlopen(f"{url}?{urlencode(query)}" if query else url, timeout=300) as response:
        text: str = response.read().decode()
    return text


def test_a_reader_searches_over_http_while_a_crawl_writes(
    data: Path, server: tuple[str, subprocess.Popen[str]]
) -> None:
    url, _ = server
    assert url.startswith("http://127.0.0.1:")
    assert "<mark>Lâm Đồng</mark>" in fetch(f"{url}archive/articles", _search="lam dong")
    conn = connect(data / "archive.db")
    add_article(conn, 50, day="2026-09-09", title="Hồ mới ở Lâm Đồng")
    conn.execute("BEGIN IMMEDIATE")
    rows = json.loads(fetch(f"{url}archive/articles.json", _search="lam dong", _shape="array"))
    assert [row["id"] for row in rows] == [50, 1]
    conn.execute("ROLLBACK")
    conn.close()


def test_the_served_archive_cannot_be_written(server: tuple[str, subprocess.Popen[str]]) -> None:
    url, _ = server
    for sql in ("delete from articles", "insert into sources values ('x', 1, 'x', null, '[]', null, 'vi')"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            fetch(f"{url}archive.json", sql=sql)
        assert caught.value.code == 400
    with pytest.raises(urllib.error.HTTPError):
        fetch(f"{url}archive.db")


def test_a_query_without_an_end_is_cut_off(server: tuple[str, subprocess.Popen[str]]) -> None:
    url, _ = server
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(f"{url}archive.json", sql=endless)
    assert "took too long" in caught.value.read().decode()


def test_an_interrupt_ends_it_quietly(server: tuple[str, subprocess.Popen[str]]) -> None:
    url, process = server
    with pytest.raises(urllib.error.HTTPError):
        fetch(f"{url}archive.json", sql="select nothing")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=300) == 0
    assert process.stdout
    assert process.stdout.read() == ""


def test_plain_datasette_in_the_same_environment(data: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("datasette")), str(data / "archive.db"), "-m", str(METADATA[0]),
        "--get", "/archive/articles?" + urlencode({"_search": "lam dong"}),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert "<mark>Lâm Đồng</mark>" in done.stdout


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ArchiveError, match=f"port {port} on .* is in use: choose another"):
            listen("127.0.0.1", port)


def test_an_unknown_host_is_said_in_one_line() -> None:
    with pytest.raises(ArchiveError, match=r"cannot listen on no-such-host\.invalid"):
        listen("no-such-host.invalid", 0)


def test_no_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="there is no archive: crawl first"):
        application(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "archive.db").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(ArchiveError, match="no archive, or one of an older baotinh"):
        application(tmp_path)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "INSERT INTO _sqlite_migrations VALUES (99, 'baotinh', '9999_future', '')",
            "newer baotinh .*9999_future",
        ),
        ("DELETE FROM _sqlite_migrations WHERE name = '0002_search'", "older baotinh: run `baotinh init`"),
    ],
)
def test_another_schema_version_is_refused(data: Path, sql: str, message: str) -> None:
    conn = connect(data / "archive.db")
    conn.execute(sql)
    conn.close()
    with pytest.raises(ArchiveError, match=message):
        application(data)


def test_metadata_is_installed_and_missing_metadata_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "articles" in metadata()["databases"]["archive"]["tables"]
    monkeypatch.setattr("archive.serve.METADATA", (Path("/nonexistent/metadata.yml"),))
    with pytest.raises(ArchiveError, match="install baotinh again"):
        metadata()
