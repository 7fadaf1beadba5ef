"""Datasette's table pages over an archive: folded search, snippets, descriptions, ready-made queries."""

from __future__ import annotations

import asyncio
import html
import re
import sqlite3
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from archive_fixture import ARTICLES, add_article, make_archive
from datasette.app import Datasette
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.schema import connect
from archive.serve import application, metadata

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

MARK = re.compile("<mark>(.*?)</mark>")


class Browser:
    """What a reader does: open addresses of one Datasette."""

    def __init__(self, datasette: Datasette) -> None:
        self.datasette = datasette

    def get(self, path: str, /, **query: str) -> httpx.Response:
        address = f"{path}?{urlencode(query)}" if query else path
        return asyncio.run(self.datasette.client.get(address))  # type: ignore[no-any-return]

    def found(self, **query: str) -> list[int]:
        rows = self.get("/archive/articles.json", _shape="array", _col="id", **query).json()
        return [row["id"] for row in rows]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def browser(archive: Path) -> Browser:
    return Browser(application(archive.parent))


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("lam dong", [1]),
        ("Lâm Đồng", [1]),
        ("LAM DONG", [1]),
        ('"Đà Lạt"', [3, 2, 1]),
        ("Ðà Lạt", [3, 2, 1]),
        ("المدرسة", [4]),
        ("المدرسه", [4]),
        ("hoa -cho", []),
        ("duong OR hoa", [2, 1]),
        ("kho*", [3, 1]),
    ],
)
def test_search_folds(browser: Browser, typed: str, ids: list[int]) -> None:
    assert browser.found(_search=typed) == ids
    assert browser.found(_search=typed, _searchmode="raw") == ids
    assert browser.found(_search=typed, _fts_pk="rowid", _fts_table="articles") == ids


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"_search_title": "da lat"}, [2]),
        ({"_search_body": "Đà Lạt"}, [3, 1]),
        ({"_search_lead": "vung ven"}, [1]),
        ({"_search_title": "lâm đồng", "_search_body": "đà lạt"}, [1]),
        ({"_search_title": "lâm đồng", "_search_body": "siêu âm"}, []),
        ({"_search": "da lat", "_search_title": "cho"}, [2]),
        ({"_search": "da lat", "section": "Y tế"}, [3]),
        ({"_search": ""}, [4, 3, 2, 1]),
        ({"_search": "  ", "_search_title": "da lat"}, [2]),
        ({"_searchmode": "raw"}, [4, 3, 2, 1]),
        ({"_search_title": '"'}, []),
        ({"_search": "da lat", "_search_title": "*"}, []),
    ],
)
def test_search_by_column(browser: Browser, query: dict[str, str], ids: list[int]) -> None:
    assert browser.found(**query) == ids


def test_a_column_that_is_not_searched_is_a_clear_error(browser: Browser) -> None:
    response = browser.get("/archive/articles.json", _search_url="x")
    assert response.status_code == 400
    assert "title, lead, body" in response.json()["error"]


@pytest.mark.parametrize("query", [{"_sort": "nope"}, {"_sort_desc": "nope"}, {"_sort": "id", "_sort_desc": "id"}])
def test_an_order_that_no_table_has_is_the_readers_fault(browser: Browser, query: dict[str, str]) -> None:
    for path in ("/archive/articles", "/archive/articles.json"):
        assert browser.get(path, **query).status_code == 400


@pytest.mark.parametrize("typed", ['"', "NEAR(", "-", "*", '""', "a*b", "^", "OR", "-lam", "\x00", "đ*", "x" * 3000])
@pytest.mark.parametrize("key", ["_search", "_search_title"])
def test_odd_searches_are_pages_that_show_what_was_typed(browser: Browser, typed: str, key: str) -> None:
    page = browser.get("/archive/articles", **{key: typed})
    assert page.status_code == 200
    box = re.search(r'<input id="_search"[^>]* value="([^"]*)"', page.text)
    assert box
    assert html.unescape(box[1]) == typed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=30))
def test_any_search_is_a_page(browser: Browser, typed: str) -> None:
    assert browser.get("/archive/articles", _search=typed).status_code == 200


def test_a_search_page_shows_the_original_text_marked(browser: Browser) -> None:
    page = browser.get("/archive/articles", _search="lam dong").text
    assert set(MARK.findall(page)) == {"Lâm Đồng"}
    assert page.count("<mark>") == 2  # the title and the snippet
    assert 'class="col-snippet' in page
    assert "matches &#34;lam dong&#34;" in page


def test_a_search_page_works_without_the_title_column(browser: Browser) -> None:
    page = browser.get("/archive/articles", _search="lam dong", _col="url")
    assert page.status_code == 200
    assert page.text.count("<mark>") == 1


def test_table_pages_have_the_frame_and_the_style_of_the_newsroom(browser: Browser) -> None:
    page = browser.get("/archive/articles").text
    for name in ("look.css", "tables.css"):
        link = re.search(f'href="(/-/newsroom/[0-9a-f]+/{name})"', page)
        assert link, name
        assert browser.get(link[1]).headers["content-type"].startswith("text/css")
        assert link[1] in browser.get("/archive").text
    assert "tables.css" not in browser.get("/").text
    assert 'href="/changes"' in page
    assert "app.css" not in page


def test_no_link_of_a_table_page_filters_by_a_language(browser: Browser) -> None:
    assert "lang=en" in browser.get("/").text
    assert "lang=en" not in browser.get("/archive/articles").text


@pytest.mark.parametrize("path", ["/archive", "/archive/articles?section=Kinh+te&_sort=id", "/archive?sql=select+1"])
def test_fields_are_named_and_headings_are_a_ladder(browser: Browser, path: str) -> None:
    page = browser.get(path).text
    main = page[page.index("<main") :]
    fields = re.findall(r"<(?:select|textarea)[^>]*>|<input type=.text.[^>]*>", main)
    assert fields
    assert [field for field in fields if "aria-label" not in field] == []
    levels = [int(level) for level in re.findall(r"<h([1-6])", main)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_database_without_a_newsroom_keeps_datasette_s_own_frame() -> None:
    page = Browser(Datasette(memory=True)).get("/_memory")
    assert page.status_code == 200
    assert "app.css" in page.text


def test_without_a_search_the_page_is_datasette_s_own(browser: Browser) -> None:
    page = browser.get("/archive/articles").text
    assert "<mark>" not in page
    assert "col-snippet" not in page
    assert 'id="_search"' in page


def test_stored_markup_comes_out_inert(tmp_path: Path) -> None:
    evil = 'lạ <script>alert(1)</script> <img src=x onerror="alert(2)"> \x01\x02\x02 lạ'
    fields = dict.fromkeys(("title", "lead", "body", "section", "url", "published_raw"), evil)
    page = Browser(application(make_archive(tmp_path, [fields]).parent)).get("/archive/articles", _search="la")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert page.text.count("<mark>") == page.text.count("</mark>") > 0


def test_json_and_csv_hold_rows_as_they_are(browser: Browser) -> None:
    (row,) = browser.get("/archive/articles.json", _search="lam dong", _shape="array").json()
    assert row["title"] == ARTICLES[0]["title"]
    assert "snippet" not in row
    assert "Lâm Đồng khởi công" in browser.get("/archive/articles.csv", _search="lam dong").text


def test_another_archive_under_another_name_is_searched_the_same(archive: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other-name.db"
    with sqlite3.connect(archive) as conn:
        conn.execute("VACUUM INTO ?", (str(copy),))
    conn.close()
    plain = Browser(Datasette([str(copy)]))
    rows = plain.get("/other-name/articles.json", _search="lam dong", _shape="array").json()
    assert [row["id"] for row in rows] == [1]
    assert "<mark>Lâm Đồng</mark>" in plain.get("/other-name/articles", _search="lam dong").text


@pytest.fixture
def foreign(tmp_path: Path) -> Browser:
    path = tmp_path / "foreign.db"
    conn = sqlite3.connect(path)
    conn.executescript(
        """
        CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT);
        INSERT INTO articles VALUES (1, 'Đồng'), (2, 'dong'), (3, 'other');
        CREATE VIRTUAL TABLE articles_fts USING fts5(title, content="articles");
        INSERT INTO articles_fts(rowid, title) SELECT id, title FROM articles;
        CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT);
        INSERT INTO things VALUES (1, 'a');
        """
    )
    conn.close()
    return Browser(Datasette([str(path)]))


def test_other_databases_keep_datasette_s_own_search(foreign: Browser) -> None:
    rows = foreign.get("/foreign/articles.json", _search="dong", _shape="array").json()
    assert [row["id"] for row in rows] == [2]
    assert foreign.get("/foreign/articles", _search="dong").text.count("col-snippet") == 0
    assert foreign.get("/foreign/things").status_code == 200
    assert foreign.get("/foreign/articles.json", _search='"').status_code == 400


def test_every_table_and_column_is_described(browser: Browser, archive: Path) -> None:
    described = metadata()["databases"]["archive"]["tables"]
    conn = connect(archive)
    tables = browser.get("/archive.json").json()["tables"]
    shown = {table["name"] for table in tables if not table["hidden"]}
    assert {name for name, table in described.items() if not table.get("hidden")} == shown
    for table in shown:
        columns = {row["name"] for row in conn.execute(f"PRAGMA table_info({table})")}
        listed = set(described[table]["columns"])
        assert listed <= columns
        assert columns - listed <= {"id", "title", "lead", "body"}
        assert set(described[table].get("sortable_columns", ())) <= columns
        assert browser.get(f"/archive/{table}").status_code == 200
    conn.close()


def queries() -> dict[str, Any]:
    return metadata()["databases"]["archive"]["queries"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", queries())
def test_ready_made_queries_run(browser: Browser, name: str) -> None:
    assert browser.get(f"/archive/{name}").status_code == 200
    assert browser.get(f"/archive/{name}.json").json()["ok"] is True


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """Build three articles: one with edited headlines, one that vanished, one with more comments."""
    path = make_archive(tmp_path_factory.mktemp("history"), ARTICLES[:3])
    conn = connect(path)
    titles = ["Cầu mới", "Cầu mới thông xe", "Cầu mới thông xe", "Cầu mới"]
    kinds = ["first", "content", "reader", "revert"]
    for number, (title, kind) in enumerate(zip(titles, kinds, strict=True), 1):
        conn.execute(
            "INSERT INTO revisions (article_id, number, kind, seen_at, reader, digest, title, body)"
            " VALUES (1, ?, ?, ?, 'onecms/1', '', ?, '')",
            (number, kind, f"2026-09-0{number}T01:00:00+00:00", title),
        )
    conn.execute("UPDATE articles SET gone_at = '2026-09-05T01:00:00+00:00' WHERE id = 2")
    for day, count in ((3, 0), (4, 2), (5, 9)):
        conn.execute("INSERT INTO comment_counts VALUES (3, ?, ?, NULL)", (f"2026-09-0{day}T01:00:00+00:00", count))
    conn.execute("UPDATE articles SET comment_count = 9 WHERE id = 3")
    add_article(conn, 9, comment_count=50, day="2026-08-01")
    conn.execute("INSERT INTO comment_counts VALUES (9, '2026-08-01T01:00:00+00:00', 50, NULL)")
    conn.close()
    return Browser(application(path.parent))


def rows(browser: Browser, name: str, **query: str) -> list[dict[str, Any]]:
    return browser.get(f"/archive/{name}.json", _shape="array", **query).json()  # type: ignore[no-any-return]


def test_ready_made_queries_find_what_they_promise(history: Browser) -> None:
    assert rows(history, "latest")[0]["title"] == ARTICLES[2]["title"]
    changes = [(row["before"], row["after"]) for row in rows(history, "headline_changes")]
    assert changes == [("Cầu mới thông xe", "Cầu mới"), ("Cầu mới", "Cầu mới thông xe")]
    assert [row["edits"] for row in rows(history, "most_edited")] == [2]
    assert [row["edits"] for row in rows(history, "most_edited", days="1")] == [1]
    assert [row["title"] for row in rows(history, "vanished")] == [ARTICLES[1]["title"]]
    assert [row["gained"] for row in rows(history, "comment_growth")] == [9, 0]
    assert [row["articles"] for row in rows(history, "newspapers")] == [4, 0]


def test_one_value_of_a_reader_s_query_stays_small(browser: Browser) -> None:
    for query in ("select zeroblob(900000000)", "select hex(zeroblob(40000000))"):
        answer = browser.get("/archive.json", sql=query)
        assert answer.status_code == 400
        assert "too big" in answer.text


def test_a_part_of_the_search_index_says_that_it_cannot_be_read(browser: Browser) -> None:
    tables = browser.get("/archive.json", _show_hidden="1").json()["tables"]
    (name, *_) = [table["name"] for table in tables if re.fullmatch(r"keys_\d{4}", table["name"])]
    assert all(table["hidden"] for table in tables if table["name"].startswith("keys_"))
    response = browser.get(f"/archive/{name}")
    assert response.status_code == 400
    assert "chỉ mục tìm kiếm" in response.text
