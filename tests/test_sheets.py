"""CSV as every page of the server sends it: whatever a column holds, a spreadsheet takes no cell for a formula."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom_archive import FORMULA, HOSTILE, build

from archive.serve import application
from archive.web.sheets import Writer, neutral

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Get = Callable[[str], Any]

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
STARTS = (*SIGNS, "\t", "\r", "\n")
SQL = "select '=1+1' as \"=a\", '+1', '-1', '@', char(9) || 'x', char(13) || 'x', char(65279) || '=1', 'a;=1', -5, null"


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    datasette = application(build(tmp_path_factory.mktemp("sheets")))
    with asyncio.Runner() as runner:
        yield lambda path: runner.run(datasette.client.get(path))


@pytest.mark.parametrize(
    "path",
    [
        f"/archive/articles.csv?id={HOSTILE}",
        f"/archive/articles/{HOSTILE}.csv",
        "/archive/articles.csv?_stream=on&_size=max",
        "/archive/articles.csv?_stream=on&_labels=on&_dl=1",
        f"/archive/revisions.csv?article_id={HOSTILE}",
        "/archive/latest.csv",
        "/archive/headline_changes.csv?_size=max",
        "/archive.csv?" + urlencode({"sql": SQL}),
        "/archive.csv?" + urlencode({"sql": SQL, "_stream": "on"}),
        "/search.csv?q=dap",
    ],
)
def test_no_cell_of_any_csv_begins_a_formula(get: Get, path: str) -> None:
    response = get(path)
    assert response.status_code == 200
    assert response.headers["x-content-type-options"] == "nosniff"
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
    cells = [cell for row in rows for cell in row if not cell.lstrip("-").isdigit()]
    assert cells
    assert [cell for cell in cells if cell.lstrip(" \ufeff").startswith(STARTS)] == []


def test_the_formula_is_still_there_to_read(get: Get) -> None:
    assert f"'{FORMULA}".replace('"', '""') in get(f"/archive/articles.csv?id={HOSTILE}").text


def test_numbers_stay_numbers_and_every_text_is_quoted(get: Get) -> None:
    text = get("/archive.csv?" + urlencode({"sql": SQL})).text
    assert ',"a;=1",-5,""\r\n' in text


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n\0 \u200b\ufeff\xa0a'\";,1")))
def test_a_neutral_cell_is_the_text_or_the_text_behind_an_apostrophe(text: str) -> None:
    cell = neutral(text)
    assert cell in (text, f"'{text}")
    assert not str(cell).lstrip(" \t\r\n\u200b\ufeff\xa0").startswith(SIGNS)
    assert not str(cell).startswith(("\t", "\r", "\n"))
    assert neutral(cell) == cell


def test_what_is_no_text_stays_as_it_is() -> None:
    assert [neutral(value) for value in (None, -5, 2.5, "a=1")] == [None, -5, 2.5, "a=1"]


@given(st.lists(st.one_of(st.none(), st.integers(), st.text()), min_size=1))
def test_rows_read_back_cell_by_cell(row: list[Any]) -> None:
    out = io.StringIO()
    Writer(out).writerow(row)
    (back,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert back == ["" if cell is None else str(neutral(cell)) for cell in row]
