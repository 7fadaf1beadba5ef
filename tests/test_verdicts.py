"""Logins, bodies that a script fills, sections with summaries, and markup beyond measure are no articles."""

from __future__ import annotations

import pytest

from archive.items import Article
from crawler.families.dcontent import DContentPage
from crawler.families.epi import EpiPage
from crawler.families.mediatech import MediaTechPage
from crawler.families.newscontents import NewsContentsPage
from crawler.families.onecms import OneCmsPage
from crawler.families.oneoffs import NinhBinhPage, QuangNgaiPage
from crawler.families.skins import CaMauPage, HexIdSkinPage
from crawler.families.vietnamvn import VietnamVnPage
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


DATED = "<span class='sc-longform-header-date'>08/01/2026 10:02</span>"


def onecms(title: str, body: str, header: str = "") -> str:
    return (
        f"<div class='b-maincontent'><div class='entry'><div class='sc-longform-header'>"
        f"<h1 class='sc-longform-header-title'>{title}</h1>{header}</div>{body}</div></div>"
    )


@pytest.mark.parametrize(
    "heading",
    [
        "404", "404 - Báo Suối Cát", "Lỗi 404", "404 Not Found", "410 Gone", "Oops! 404", "Trang không tồn tại",
        "Rất tiếc, trang bạn truy cập không tồn tại", "Bài viết bạn tìm đã được gỡ", "Không tìm thấy trang",
        "Không tìm thấy trang - Báo Suối Cát", "Đường dẫn bạn yêu cầu không tìm thấy", "Tin này không còn tồn tại",
        "This page could not be found.", "Page not found", "Sorry, the page you asked for does not exist",
    ],
)  # fmt: skip
def test_a_page_that_says_it_is_not_there_is_a_soft_404(heading: str) -> None:
    shell = "<div id='__next'>{}</div>"
    for page in (f"<h1>{heading}</h1>", f"<h1>Báo Suối Cát</h1><p>{heading}</p>", shell.format(f"<h1>{heading}</h1>")):
        assert reason(page) == "soft-404"
    assert reason(onecms("Báo Suối Cát", f"<p>{heading}</p>"), OneCmsPage) == "soft-404"
    assert reason(onecms(heading, ""), OneCmsPage) == "soft-404"


@pytest.mark.parametrize(
    "headline",
    [
        "404 hộ dân Bản Láng được cấp nước sạch", "Không tìm thấy ba ngư dân mất tích ở Đá Đen",
        "Không tìm thấy tin tức nào về tàu mất tích", "Tin đồn không tồn tại ngoài mạng xã hội",
        "Trang trại không tồn tại trên giấy", "Nội dung xấu độc bị gỡ khỏi mạng",
    ],
)  # fmt: skip
def test_a_short_article_whose_headline_begins_alike_is_an_article(headline: str) -> None:
    assert reason(onecms(headline, f"<p>{SENTENCE}</p>"), OneCmsPage) is None
    assert reason(onecms("Trang không tồn tại", f"<p>{SENTENCE}</p>", DATED), OneCmsPage) is None


def test_long_headings_of_such_words_are_cheap() -> None:
    for word in ("bạn đọc", "trang", "tìm kiếm", "có thể", "hiện tại", "vui lòng"):
        reason(f"<h1>Trang{f' {word}' * 20_000}</h1><p>x</p>")
        reason(f"<h1>{f'{word} ' * 20_000}</h1><p>{f'{word} ' * 20}</p>")


@pytest.mark.parametrize(
    "wall", ["Đăng nhập để đọc tiếp", "Vui lòng đăng nhập để xem toàn bộ bài viết.", "Please sign in to read on"]
)
def test_a_teaser_before_a_wall_is_no_article(wall: str) -> None:
    page = onecms("Mưa lớn ở Bản Láng", f"<p>{SENTENCE}</p><div>{wall}</div>", DATED)
    assert reason(page, OneCmsPage) == "login"


@pytest.mark.parametrize("wall", ["Đăng nhập để đọc tiếp", "Please sign in to read on"])
def test_a_dated_teaser_of_a_page_of_no_family_before_a_wall_is_no_article(wall: str) -> None:
    dated = "<main><h1>Mưa lớn ở Bản Láng</h1><time datetime='2026-09-01T08:00+07:00'></time>{}</main>"
    teaser = f"<article><p>{SENTENCE}</p></article>"
    assert reason(dated.format(f"{teaser}<div class='paywall'><a href='/dang-nhap'>{wall}</a></div>")) == "login"
    assert reason(f"<header>{wall}</header>{dated.format(teaser)}") is None
    assert reason(dated.format(f"{teaser}<div>Đăng nhập để xem bình luận</div>")) is None


def test_a_short_article_on_logins_is_an_article() -> None:
    page = onecms("Đăng nhập một lần cho mọi dịch vụ công", f"<p>{SENTENCE}</p>", DATED)
    assert reason(f"<header>{FORM}</header>{page}", OneCmsPage) is None
    assert reason("<h1>Đăng nhập</h1><p>Tên và mật khẩu của bạn</p>") == "login"


@pytest.mark.parametrize(
    "page",
    [
        "<head><title>Just a moment...</title></head><body><p>Wait.</p></body>",
        "<body><p>Wait.</p><script src='/cdn-cgi/challenge-platform/x'></script></body>",
        "<body><script>window._cf_chl_opt={}</script><noscript>Enable JavaScript</noscript></body>",
        "<body><h1>Access Denied</h1><p>You have no permission to see this page.</p></body>",
        "<head><title>403 Forbidden</title></head><body><center>nginx</center></body>",
        "<body><script>document.cookie='D1N=ab12'+'; path=/';window.location.reload(true)</script></body>",
    ],
)
def test_a_trial_for_browsers_or_a_refusal_is_a_challenge(page: str) -> None:
    found = read(f"<!DOCTYPE html><html>{page}</html>", URL, (OneCmsPage,))
    assert isinstance(found, NotArticle)
    assert found.reason == "challenge"


LINKS = "".join(
    f"<li><h3><a href='/tin-{n}-12345{n}.html'>Tin số {n} trong ngày ở Suối Cát</a></h3></li>" for n in range(12)
)


@pytest.mark.parametrize(("layout", "url", "page"), [
    (OneCmsPage, "https://hanoimoi.vn/kt", "<div class='b-maincontent'><h1 class='block-sc-title'>{}</h1>{}</div>"),
    (EpiPage, "https://baogialai.com.vn/kinh-te/", "<h1 class='cms-title'>{}</h1><ul>{}</ul>"),
    (
        HexIdSkinPage,
        "https://baodaklak.vn/kinh-te/",
        "<div class='wrapper-post-detail-main'><h1 class='title'>{}</h1>{}</div>",
    ),
    (NewsContentsPage, "https://baoangiang.com.vn/kt/", "<h1 class='fw700'>{}</h1><div id='newscontents'>{}</div>"),
    (MediaTechPage, "https://baotayninh.vn/kinh-te", "<h1 class='title'>{}</h1><div id='content-detail'></div>{}"),
    (QuangNgaiPage, "https://baoquangngai.vn/kinh-te", "<div id='body'><h1>{}</h1><div id='content'>{}</div></div>"),
    (NinhBinhPage, "https://baoninhbinh.org.vn/kinh-te", "<h1 class='title'>{}</h1><div id='content_detail'>{}</div>"),
    (CaMauPage, "https://baocamau.vn/kinh-te/", "<h1 class='post-title'>{}</h1><div class='post-content'>{}</div>"),
    (VietnamVnPage, "https://www.vietnam.vn/kinh-te", "<h1>{}</h1><div class='post-detail-body'>{}</div>"),
])  # fmt: skip
def test_a_section_in_the_dress_of_an_article_is_a_listing(layout: type, url: str, page: str) -> None:
    assert reason(page.format("Kinh tế", f"<ul>{LINKS}</ul>"), layout, url=url) == "listing"


def test_words_without_a_date_are_no_article_of_an_unknown_paper() -> None:
    assert reason("<h1>Website đang bảo trì</h1><p>Vui lòng quay lại sau.</p>") == "empty"
    assert reason(f"<h1>Mưa lớn ở Bản Láng</h1><p>{SENTENCE}</p><p>{SENTENCE} Hai.</p>") is None


def test_an_encoded_body_is_told_with_and_without_line_breaks_and_pictures_are_a_body() -> None:
    url = "https://baothanhhoa.vn/mua-lon-o-ban-lang-244736.htm"
    page = (
        "<h1 class='title'>Mưa lớn ở Bản Láng</h1><h2 class='sapo'>Nước dâng.</h2><div id='dcontent'>{}</div><p>x</p>"
    )
    for encoded in ("QUJDREVG" * 60, "\n".join(["QUJDREVG" * 9] * 20), "", "<script>decode('QUJD')</script>"):
        assert reason(page.format(encoded), DContentPage, url=url) == "needs-javascript"
    assert reason(page.format("<img src='/a.jpg'>"), DContentPage, url=url) is None
    assert (
        reason(page.format(f"<p>{SENTENCE}</p><p>https://suoicat.example/{'a' * 200}</p>"), DContentPage, url=url)
        is None
    )


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


@pytest.mark.parametrize("name", ["Kết quả tìm kiếm cho từ khóa cầu treo", "Tin tức thời sự Suối Cát mới nhất hôm nay"])
def test_a_listing_with_a_long_name_and_summaries(name: str) -> None:
    cards = "".join(
        f"<div><h3><a href='/bai-{n}.html'>Bài {n} về bản vùng cao</a></h3><p>Tóm tắt {n}, về chợ, suối.</p></div>"
        for n in range(15)
    )
    found = read(
        f"<html lang='vi'><title>{name}</title><h1>{name}</h1>{cards}</html>", "https://baosuoicat.vn/t/cau-treo"
    )
    assert isinstance(found, NotArticle)
    assert found.reason == "listing"


def test_an_undated_article_among_cards_is_one() -> None:
    cards = "".join(
        f"<div><h3><a href='/bai-{n}.html'>Bài {n} về các bản vùng cao</a></h3><p>Tóm tắt của bài {n}.</p></div>"
        for n in range(15)
    )
    prose = "".join(
        f"<p>Đoạn {n}: nước suối dâng nhanh, ba mươi hộ dân phải rời nhà lên nhà văn hóa.</p>" for n in range(9)
    )
    title = "Mưa lớn làm ngập ba mươi nhà ở Bản Láng"
    page = f"<html lang='vi'><title>{title}</title><body><h1>{title}</h1>{prose}<aside>{cards}</aside></html>"
    assert isinstance(read(page, "https://baosuoicat.vn/mua-lon-1.html"), Article)


@pytest.mark.parametrize("mark", ["class='nd'", "id='dcontent'"])
def test_a_body_in_base64_is_no_text(mark: str) -> None:
    encoded = "QmFvIFN1b2kgQ2F0IGRhbmcgdGlu" * 40
    title = "Cầu treo Đá Đen thông xe trở lại"
    page = f"<html lang='vi'><title>{title}</title><h1>{title}</h1><div {mark}>{encoded}</div></html>"
    found = read(page, "https://baosuoicat.vn/cau-treo-1.html")
    assert isinstance(found, NotArticle)
    assert found.reason == "needs-javascript"
