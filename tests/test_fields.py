"""`source:` and `author:` in a query, and the newspapers that are called so."""

from __future__ import annotations

import sqlite3
import unicodedata

import pytest
from archive_fixture import make_archive
from hypothesis import given
from hypothesis import strategies as st

from archive.fields import outside, take_apart
from archive.papers import Paper, at_host, named, near, papers

CALLED = 'baolamdong\nbao lam dong\nbaolamdong\n["baolamdong.vn"]'
LAMDONG = Paper(34, "baolamdong", "Báo Lâm Đồng", "Lâm Đồng", CALLED)
NGHEAN = Paper(22, "baonghean", "Báo Nghệ An", "Nghệ An", "baonghean\nbao nghe an\nbaonghean\n[]")


@pytest.mark.parametrize(
    ("query", "text", "wanted", "unwanted"),
    [
        ("nguon:lamdong đập", "đập", ("lamdong",), ()),
        ('đập source:"Lâm Đồng"', "đập", ("Lâm Đồng",), ()),
        ("đập nguồn:“Lâm Đồng”", "đập", ("Lâm Đồng",), ()),
        (unicodedata.normalize("NFD", "nguồn:lamdong"), "", ("lamdong",), ()),
        ('nguon:"Lâm Đồng', "", ("Lâm Đồng",), ()),
        ("-nguon:lamdong đập", "đập", (), ("lamdong",)),
        ("notsource:x a-source:y", "notsource:x a-source:y", (), ()),
    ],
)
def test_a_query_is_taken_apart(query: str, text: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> None:
    typed = take_apart(query)
    assert typed.text == text
    assert (typed.named("source"), typed.named("source", unwanted=True)) == (wanted, unwanted)
    assert typed.named("author") == ()


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        ("tac-gia:Phạm Bình đập", 'tac-gia:"Phạm Bình"'),
        ("tac-gia:lê an đập", 'tac-gia:"lê an"'),
        ("-author:Lê Văn An", '-author:"Lê Văn An"'),
    ],
)
def test_a_name_without_quotes_may_go_on(query: str, whole: str) -> None:
    (name,) = take_apart(query).names
    assert name.rest
    assert name.whole == whole


@pytest.mark.parametrize("query", ['tac-gia:"Lê An" đập', "tac-gia:An OR đập", "tac-gia:An -đập", "tac-gia:An đập"])
def test_a_name_that_goes_no_further(query: str) -> None:
    (name,) = take_apart(query).names
    assert name.rest == ""


@pytest.mark.parametrize("query", ["tác giả:An đập", 'tac gia:"An" đập', "đập Tác Giả:An"])
def test_the_name_of_a_field_is_written_as_vietnamese_writes_it(query: str) -> None:
    typed = take_apart(query)
    assert (typed.text, typed.named("author")) == ("đập", ("An",))


def test_the_word_author_in_a_sentence_is_no_field() -> None:
    assert take_apart("gặp tác giả: Lê An").names == ()
    assert take_apart("gặp tác giả: Lê An").empty == ()


def test_a_field_without_a_name() -> None:
    assert take_apart("nguon: đập tac-gia:").empty == ("nguon:", "tac-gia:")
    assert take_apart('source:"" đập').empty == ("source:",)
    assert take_apart("nguon: đập").text == "đập"


@given(st.text(max_size=60) | st.lists(st.sampled_from(["source:", "-author:", '"', "a", " ", "OR"])).map("".join))
def test_any_query_is_taken_apart(query: str) -> None:
    take_apart(query)
    assert outside(outside(query, str), str) == outside(query, str)


def test_words_change_outside_of_fields() -> None:
    assert (
        outside('nguon:hoo hoo tac-gia:"hoo"', lambda text: text.replace("hoo", "ho")) == 'nguon:hoo ho tac-gia:"hoo"'
    )


@pytest.mark.parametrize("typed", ["lamdong", "Lâm Đồng", "lam dong", "BÁO LÂM ĐỒNG", "baolamdong.vn", "lâm-đồng"])
def test_a_newspaper_by_what_readers_call_it(typed: str) -> None:
    assert named([LAMDONG, NGHEAN], typed) == [LAMDONG]


@pytest.mark.parametrize("typed", ["", "*", "xyz", " . "])
def test_no_newspaper_is_called_so(typed: str) -> None:
    assert named([LAMDONG, NGHEAN], typed) == []


@pytest.mark.parametrize("typed", ["lamdog", "Báo Lâm Dong", "baolamdnog"])
def test_newspapers_that_are_called_alike(typed: str) -> None:
    assert near([LAMDONG, NGHEAN], typed)[0] == LAMDONG
    assert near([NGHEAN], "xyzw") == []


def test_the_newspapers_of_an_archive(tmp_path: object) -> None:
    conn = sqlite3.connect(make_archive(tmp_path))  # type: ignore[arg-type]
    assert [paper.name for paper in named(papers(conn), "lâm đồng")] == ["baolamdong"]
    conn.close()


@pytest.mark.parametrize(
    "address",
    [
        "baolamdong.vn",
        "https://baolamdong.vn/",
        "HTTP://WWW.BaoLamDong.VN/thoi-su?page=2",
        "m.baolamdong.vn:443",
        "<https://baolamdong.vn>",
    ],
)
def test_a_newspaper_is_known_by_its_host(address: str) -> None:
    assert at_host([LAMDONG, NGHEAN], address) == [LAMDONG]


@pytest.mark.parametrize(
    "address", ["lamdong.vn", "baolamdong.vn.evil.example", "baolamdong", "", "x.baolamdong.vn", "baolamdong.vn-x"]
)
def test_no_newspaper_is_at_another_host(address: str) -> None:
    assert at_host([LAMDONG, NGHEAN], address) == []
