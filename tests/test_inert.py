"""Markup, scripts and formulas in every column that holds text: no page, feed or export lets one of them work."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from defusedxml.ElementTree import fromstring
from newsroom_archive import EDITED, HOSTILE, build
from test_newsroom import FEEDS, PAGES, Page

from archive.schema import connect
from archive.serve import application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Get = Callable[[str], Any]

EVIL = (
    "=1+1<script>alert(1)</script>\"'><img src=x onerror=alert(1)>javascript:alert(1)</title></style></textarea>"
    "--><b>{{7*7}}&lt;\x1b[31m\u202e</pre>]]>"
)
KEPT = {
    *(("sources", name) for name in ("name", "number")),
    *(("articles", name) for name in ("source", "withdrawn_at")),
    *(("captures", name) for name in ("file",)),
    ("_sqlite_migrations", "name"),
    ("_sqlite_migrations", "migration_set"),
}
"""What joins the tables, and what would hide an article: with these gone there would be no page to look at."""
TABLES = ("articles", "sources", "captures", "runs", "revisions", "comment_counts", "aliases", "links", "withdrawals")
RAW = re.compile(r"<script>alert|<img src=x|</title></style>|<b>\{\{|\b49&lt;")


def spoil(conn: sqlite3.Connection) -> int:
    """Put EVIL into every column of text that takes it; returns how many did."""
    conn.execute("PRAGMA foreign_keys = OFF")
    sql = "SELECT t.name, c.name FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table'"
    sql += " AND t.sql NOT LIKE '%VIRTUAL%' AND t.name NOT LIKE '%fts%' AND t.name NOT LIKE 'keys%' AND c.type = 'TEXT'"
    spoiled = 0
    for table, column in conn.execute(sql).fetchall():
        if (table, column) not in KEPT:
            with suppress(sqlite3.IntegrityError):  # a CHECK that knows better
                conn.execute(f'UPDATE OR IGNORE "{table}" SET "{column}" = ?', (EVIL,))  # noqa: S608
                spoiled += 1
    return spoiled


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    data: Path = build(tmp_path_factory.mktemp("inert"))
    conn = connect(data / "archive.db")
    assert spoil(conn) > 60
    conn.close()
    datasette = application(data)
    with asyncio.Runner() as runner:
        yield lambda path: runner.run(datasette.client.get(path))


@pytest.mark.parametrize("path", [*PAGES, "/?q=alert", "/?is=gone"])
def test_our_pages_show_it_and_let_nothing_of_it_work(get: Get, path: str) -> None:
    response = get(path)
    assert response.status_code < 500
    assert not RAW.search(response.text)
    if response.status_code == 200:
        Page(response.text)


def test_it_is_there_to_read(get: Get) -> None:
    shown = ("/", f"/article/{EDITED}", f"/article/{EDITED}/history", "/vanished", "/sources", "/capture/1")
    for path in (*shown, *(f"/archive/{table}" for table in TABLES[:5])):
        assert "&lt;script&gt;alert(1)" in get(path).text, path


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_show_it_and_let_nothing_of_it_work(get: Get, table: str) -> None:
    for path in (f"/archive/{table}", f"/archive/{table}?_size=3&_search=alert", f"/archive/{table}.csv?_trace=1"):
        response = get(path)
        assert response.status_code < 500
        assert not RAW.search(response.text)
        assert not re.search(r"""(?:href|src|action)=["']?\s*javascript:""", response.text)
        assert "script-src 'self' 'sha256-" in response.headers["content-security-policy"]


@pytest.mark.parametrize("path", [f"/archive/articles/{EDITED}", f"/archive/articles/{HOSTILE}", "/archive/latest"])
def test_a_row_shows_it_and_lets_nothing_of_it_work(get: Get, path: str) -> None:
    assert not RAW.search(get(path).text)


@pytest.mark.parametrize("path", FEEDS)
def test_feeds_stay_whole(get: Get, path: str) -> None:
    response = get(path)
    assert response.status_code == 200
    for content in fromstring(response.content).iter("{http://www.w3.org/2005/Atom}content"):
        assert not RAW.search(content.text or "")
    assert not re.search(rb'href="javascript:', response.content)


def test_json_is_never_taken_for_a_page(get: Get) -> None:
    for path in ("/search.json?q=alert", "/archive/articles.json", "/search.csv?q=alert", "/archive/articles.csv"):
        response = get(path)
        assert "html" not in response.headers["content-type"]
        assert response.headers["x-content-type-options"] == "nosniff"
