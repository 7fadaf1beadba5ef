"""Logins, bodies that a script fills, sections with summaries, and markup beyond measure are no articles."""

from __future__ import annotations

import pytest

from archive.items import Article
from crawler.families.oneoffs import QuangNgaiPage
from crawler.fields import select
from crawler.pages import NotArticle, read
from crawler.verdicts import MOST_TAGS

URL = "https://baolaichau.vn/kinh-te/mua-lon-o-ban-lang-329216"
FORM = "<form><input name='a'><input type='password'></form>"
SENTENCE = "Mưa lớn từ đêm qua làm nước suối Bản Láng dâng nhanh, ba mươi hộ dân phải rời nhà trước khi trời sáng."


def reason(page: str, *layouts: type, url: str = URL) -> str | None:
    found = read(f"<!DOCTYPE html><html lang='vi'><body>{page}</body></html>", url, layouts)
    return found.reason if isinstance(found, NotArticle) else None


@pytest.mark.parametrize(
    "heading", ["Đăng nhập", "Log in to read on", "Sign in", "تسجيل الدخول", "ログイン", "登录", "Войти"]
)
def test_a_login_is_a_reason_of_its_own(heading: str) -> None:
    assert reason(f"<h1>{heading}</h1>{FORM}<p>{SENTENCE * 6}</p>") == "login"


def test_a_page_of_little_text_that_asks_for_a_password_is_a_login() -> None:
    assert reason(f"<h1>Mưa lớn ở Bản Láng</h1><p>{SENTENCE}</p>{FORM}") == "login"


def test_an_article_beside_a_login_form_is_an_article() -> None:
    page = f"<header>{FORM}</header><h1>Mưa lớn ở Bản Láng</h1><time datetime='2026-09-01T08:00+07:00'></time>"
    assert reason(page + "".join(f"<p>{SENTENCE} {number}.</p>" for number in range(9))) is None
    assert reason(f"<h1>Đăng nhập một lần cho mọi dịch vụ công của tỉnh</h1><p>{SENTENCE * 6}</p>") is None


def test_an_empty_element_that_a_script_fills_is_no_empty_article() -> None:
    url = "https://baoquangngai.vn/cho-ca-sang-som-71500.htm"
    head = "<div id='body'><h1>Chợ cá sáng sớm</h1><p class='sapo'>Thuyền về lúc bốn giờ.</p>"
    page = head + "<div id='content'>{}</div></div>"
    assert reason(page.format("\n"), QuangNgaiPage, url=url) == "needs-javascript"
    assert reason(page.format("<iframe src='/video'></iframe>"), QuangNgaiPage, url=url) is None
    assert reason(page.format(f"<p>{SENTENCE}</p>"), QuangNgaiPage, url=url) is None


@pytest.mark.parametrize(("title", "stories", "expected"), [
    ("Kinh tế", 12, "listing"),
    ("Kinh tế", 5, None),
    ("Mưa lớn ở Bản Láng, ba mươi hộ dân phải rời nhà", 12, None),
])  # fmt: skip
def test_a_section_with_summaries_is_a_listing(title: str, stories: int, expected: str | None) -> None:
    items = "".join(
        f"<h3><a href='/a-{n}'>Tin số {n} trong ngày</a></h3><p>{SENTENCE} {n}.</p>" for n in range(stories)
    )
    assert reason(f"<h1>{title}</h1>{items}") == expected


def test_markup_of_more_tags_than_any_page_is_not_parsed() -> None:
    found = read("<html><body><p>x" + "<b>" * (MOST_TAGS + 1), URL)
    assert isinstance(found, NotArticle)
    assert (found.reason, found.detail) == ("not-html", f"the markup has {MOST_TAGS + 4:,} tags")


def test_the_section_of_an_unknown_paper_is_the_last_of_its_breadcrumb() -> None:
    crumbs = "<ul class='c-breadcrumb'><li><a href='/'>Trang chủ</a></li><li><a href='/kt'>Kinh tế</a></li>{}</ul>"
    body = "".join(f"<p>{SENTENCE} {number}.</p>" for number in range(9))
    for last, section in (("", "Kinh tế"), ("<li><a href='/nn'>Nông nghiệp</a></li>", "Nông nghiệp")):
        page = f"<html lang='vi'><body>{crumbs.format(last)}<h1>Mưa lớn ở Bản Láng</h1>{body}</body></html>"
        found = read(page, URL)
        assert isinstance(found, Article)
        assert found.section == section


def test_what_a_selector_forbids_need_not_be_on_the_page() -> None:
    from crawler.documents import Document

    page = Document("<ul class='tags'><li><a href='/a'>a</a></li></ul><a class='b x'>b</a>", URL)
    found = {
        selector: [element.text for element in select(selector).on(page)]
        for selector in (
            ".tags a:not([href*='ptag'])",
            "a:not(.x)",
            "a.b:not(.y)",
            ".tags > li a, a.x",
            "ul + a",
            "p a",
        )
    }
    assert found == {
        ".tags a:not([href*='ptag'])": ["a"], "a:not(.x)": ["a"], "a.b:not(.y)": ["b"], ".tags > li a, a.x": ["a", "b"],
        "ul + a": ["b"], "p a": [],
    }  # fmt: skip
