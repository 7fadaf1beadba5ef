"""Pages of no family: signatures, captions, leads, tables and the page's frame, told by how the page prints them."""

from __future__ import annotations

import pytest

from archive.items import Article
from crawler.pages import NotArticle, read

URL = "https://baosuoicat.vn/xa-hoi/mua-lon-329216.html"
TITLE = "Mưa lớn làm ngập ba mươi nhà ở Bản Láng"
TEXT = [
    f"Đoạn {n}: nước suối Bản Láng dâng nhanh trong đêm, ba mươi hộ dân phải rời nhà lên nhà văn hóa xã."
    for n in range(6)
]
PROSE = "".join(f"<p>{text}</p>" for text in TEXT)
LEAD = "Trận mưa đêm 1/9 làm suối dâng hai mét, ba mươi hộ dân phải dời lên chỗ cao trước khi trời sáng."
FRAME = (
    "<header><a href='/'>Báo Suối Cát</a><span class='now'>Thứ Năm, 08/10/2026</span><ul><li><a href='/t'>Thời sự</a>"
    "</li><li><a href='/k'>Kinh tế</a></li></ul></header><ul class='breadcrumb'><li><a href='/'>Trang chủ</a></li></ul>"
)
FOOTER = (
    "<ul class='related-list'><li><a href='/x-2.html'><h3>Lớp vẽ miễn phí bên hồ Đá Đen</h3></a></li></ul>"
    "<footer><p>Giấy phép hoạt động báo chí số 118/GP-BTTTT cấp ngày 21/10/2021</p></footer>"
)


def reading(body: str, head: str = "", beside: str = "<span id='date'>01/09/2026 | 06:05</span>") -> Article:
    page = (
        f"<!DOCTYPE html><html lang='vi'><head><title>{TITLE} - Báo Suối Cát</title>{head}"
        f"<meta property='og:site_name' content='Báo Suối Cát'></head><body>{FRAME}<h1>{TITLE}</h1>{beside}{body}"
        f"{FOOTER}</body></html>"
    )
    found = read(page, URL)
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize(
    "signature",
    [
        "<p style='text-align:right'><strong>Lò Hà Vi</strong></p>",
        "<p align='right'><b>Lò Hà Vi</b></p>",
        "<p class='author'>Lò Hà Vi</p>",
        "<p class='author'>Bài, ảnh: Lò Hà Vi</p>",
        "<p>Bài, ảnh: Lò Hà Vi</p>",
        "<div class='author'><strong>Lò Hà Vi</strong> (thực hiện)</div>",
    ],
)
def test_a_signature_is_the_author_and_no_text(signature: str) -> None:
    found = reading(f"<div class='detail'>{PROSE}{signature}</div>")
    assert (found.body.split("\n\n"), found.authors) == (TEXT, ("Lò Hà Vi",))


def test_a_byline_beside_the_headline_is_taken_off_the_end() -> None:
    beside = "<span class='date'>01/09/2026 06:05</span><span class='cms-author'>Lò Hà Vi</span>"
    found = reading(f"<div>{PROSE}<p><strong>LÒ HÀ VI</strong></p></div>", beside=beside)
    assert (found.body.split("\n\n"), found.authors) == (TEXT, ("Lò Hà Vi",))


@pytest.mark.parametrize("name", ["nhapbai01", "toasoan", "Báo và phát thanh, truyền hình Suối Cát"])
def test_who_typed_it_in_is_no_author(name: str) -> None:
    found = reading(f"<div>{PROSE}</div>", head=f"<meta name='author' content='{name}'>")
    assert found.authors == ()


@pytest.mark.parametrize(
    "picture",
    [
        "<figure><img src='/a.jpg'><figcaption>Nước rút dần sáng 2/9.</figcaption></figure>",
        "<table><tr><td><img src='/a.jpg'><tr><td class='image_desc'>Nước rút dần sáng 2/9.</td></tr></table>",
        "<p><img src='/a.jpg'></p><p class='imgdesc'>Nước rút dần sáng 2/9.</p>",
        "<p><img src='/a.jpg'></p><p><em>Nước rút dần sáng 2/9.</em></p>",
        "<p><img src='/a.jpg'></p><p class='wp-caption-text'>Nước rút dần sáng 2/9.</p>",
    ],
)
def test_captions_are_no_text(picture: str) -> None:
    found = reading(f"<div class='detail'>{PROSE.replace('</p>', f'</p>{picture}', 1)}</div>")
    assert found.body.split("\n\n") == TEXT


def test_rows_of_a_table_and_lines_of_a_paragraph_stay_together() -> None:
    table = "<table><tr><th>Xã</th><th>Số nhà</th></tr><tr><td>Bản Láng</td><td>30</td></tr></table>"
    found = reading(f"<div>{PROSE}{table}<p>Đường dây nóng của xã:<br>0200 000 111 (ngày và đêm)</p></div>")
    assert found.body.endswith("\n\nXã | Số nhà\nBản Láng | 30\n\nĐường dây nóng của xã:\n0200 000 111 (ngày và đêm)")


@pytest.mark.parametrize("tag", ["p", "h2", "div", "strong"])
def test_a_description_printed_below_the_headline_is_the_lead(tag: str) -> None:
    printed = f"<{tag}>{LEAD}</{tag}>"
    found = reading(f"{printed}<div>{PROSE}</div>", head=f"<meta name='description' content='{LEAD}'>")
    assert (found.lead, found.body.split("\n\n")) == (LEAD, TEXT)


def test_a_description_that_is_not_printed_is_no_lead() -> None:
    found = reading(f"<div>{PROSE}</div>", head=f"<meta name='description' content='{LEAD}'>")
    assert (found.lead, found.body.split("\n\n")) == (None, TEXT)


def test_a_bold_first_paragraph_is_the_lead() -> None:
    found = reading(f"<div><p><strong>{LEAD}</strong></p>{PROSE}</div>")
    assert (found.lead, found.body.split("\n\n")) == (LEAD, TEXT)


def test_a_page_of_a_film_is_not_filled_with_its_frame() -> None:
    body = f"<p class='desc'>{LEAD}</p><div><video src='/a.mp4'></video></div><p class='author'>Lò Hà Vi</p>"
    found = reading(body, head=f"<meta name='description' content='{LEAD}'>")
    assert (found.lead, found.body) == (LEAD, "")


def test_a_frame_that_holds_the_text_is_none() -> None:
    found = reading(f"<div class='has-sidebar related-wide'>{PROSE}</div>")
    assert found.body.split("\n\n") == TEXT


def test_a_section_is_a_listing_even_where_nothing_of_it_is_text() -> None:
    cards = "".join(f"<h3><a href='/bai-{n}.html'>Bài số {n} trong chuyên mục của tờ báo</a></h3>" for n in range(12))
    found = read(f"<html lang='vi'><title>Kinh tế</title><body>{FRAME}<h1>Kinh tế</h1>{cards}</body></html>", URL)
    assert isinstance(found, NotArticle)
    assert found.reason == "listing"
