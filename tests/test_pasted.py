"""Addresses pasted into the search box: in sentences, in brackets, encoded, wrapped by another site."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.pasted import MOST, addresses, is_address, own_page, slug
from archive.urls import canonical

KEY = "https://baolamdong.vn/sua-dap-100001.html"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"xem {KEY} nhé",
        f"({KEY}).",
        f"{KEY}…",
        f"“{KEY}”,",
        f"[Sửa đập]({KEY})",
        f"*{KEY}*",
        "HTTP://M.BaoLamDong.VN/sua-dap-100001.html?utm_source=zalo#binh-luan",
        "https://amp.baolamdong.vn/sua-dap-100001.amp",
        "//baolamdong.vn/sua-dap-100001.html",
        "www.baolamdong.vn/sua-dap-100001.html!",
        "tin ở baolamdong.vn/sua-dap-100001.html, cảm ơn",
        "https%3A%2F%2Fbaolamdong.vn%2Fsua-dap-100001.html",
        "https://ban-doc@baolamdong.vn/sua-dap-100001.html",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fbaolamdong.vn%2Fsua-dap-100001.html&h=x",
        "https://www.google.com/url?q=https://baolamdong.vn/sua-dap-100001.html&sa=D",
        "https://web.archive.org/web/20260812014000/https://baolamdong.vn/sua-dap-100001.html",
        "https://archive.ph/2026/http:/baolamdong.vn/sua-dap-100001.html",
        "web.archive.org/web/2026/http://www.baolamdong.vn/sua-dap-100001.html?utm_source=zalo",
        "web.archive.org/web/2026id_/baolamdong.vn/sua-dap-100001.html",
        "https://archive.org/wayback/available?url=baolamdong.vn/sua-dap-100001.html",
        "https://webcache.example/search?q=cache:x1:https://baolamdong.vn/sua-dap-100001.html",
        "https://www.google.com/amp/s/baolamdong.vn/sua-dap-100001.amp",
        "https://baolamdong-vn.translate.goog/sua-dap-100001.html?_x_tr_sl=vi&_x_tr_tl=en&_x_tr_hl=en",
        "view-source:https://baolamdong.vn/sua-dap-100001.html",
    ],
)
def test_an_address_is_found_in_what_is_around_it(text: str) -> None:
    keys = []
    for address in addresses(text):
        try:
            keys.append(canonical(address))
        except ValueError:
            continue
    assert KEY in keys


def test_a_translated_copy_keeps_what_the_paper_put_into_its_address() -> None:
    (first, borne) = addresses("https://bao--moi-vn.translate.goog/a?id=7&_x_tr_sl=vi")
    assert first.endswith("_x_tr_sl=vi")
    assert borne == "https://bao-moi.vn/a?id=7"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("http://archive.example:8001/article/12", "/article/12"),
        ("xem ARCHIVE.example:8001/article/12.", "/article/12"),
        ("http://127.0.0.1:8001/article/12/compare/1/2?view=inline", "/article/12/compare/1/2?view=inline"),
        ("http://localhost:9/capture/3/text", "/capture/3/text"),
        ("http://archive.example/article/12", None),
        ("https://baolamdong.vn/article/12", None),
        ("http://127.0.0.1:8001/archive", None),
        ("http://127.0.0.1:8001//evil.example/article/12", None),
        ("/article/12", None),
    ],
)
def test_an_address_of_this_server_names_its_page(text: str, path: str | None) -> None:
    assert own_page(text, "archive.example:8001") == path


def test_an_address_of_this_server_below_a_prefix() -> None:
    assert own_page("https://a.example/bao/article/12", "a.example", "/bao/") == "/article/12"
    assert own_page("https://a.example/article/12", "a.example", "/bao/") is None


@pytest.mark.parametrize("text", ["", "đập suối cạn", "3.9", "tp.hcm", "ban-doc@baolamdong.vn", "-nguon:lamdong"])
def test_no_address_is_found_where_none_is(text: str) -> None:
    assert addresses(text) == []
    assert not is_address(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://baolamdong.vn/a.html", True),
        ("baolamdong.vn/a.html", True),
        ("www.baolamdong.vn", True),
        ("<https://baolamdong.vn/a.html>", True),
        ("https%3a%2f%2fbaolamdong.vn%2fa.html", True),
        ("https://baolamdong.vn/a.html đập", False),
    ],
)
def test_what_is_an_address_and_nothing_else(text: str, is_one: bool) -> None:
    assert is_address(text) is is_one


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://baolamdong.vn/lua-duoc-mua-2345678.html", "lua duoc mua"),
        ("baolamdong.vn/kinh-te/202609/L%C3%BAa-%C4%91%E1%BA%A7u-m%C3%B9a-0a1b2c3d/", "lúa đầu mùa"),
        ("https://baolamdong.vn/", ""),
        ("đập", ""),
    ],
)
def test_the_words_of_an_address(text: str, words: str) -> None:
    assert slug(text) == words


@given(st.text(max_size=80) | st.text("htps:/.%2Fw@?=&[]()a ", max_size=60))
def test_any_text_is_looked_through(text: str) -> None:
    assert len(addresses(text)) <= MOST
    is_address(text)
    slug(text)
