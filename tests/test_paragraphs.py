"""What of an article's element is its text, in every family: paragraphs in odd markup, captions, leads, signatures."""

from __future__ import annotations

import unicodedata

import pytest

from archive.items import Article
from crawler.families.epi import EpiPage
from crawler.families.hexid import HexIdPage
from crawler.families.newscontents import NewsContentsPage
from crawler.families.onecms import OneCmsPage
from crawler.pages import ArticlePage, read

TITLE = "Cầu treo Đá Đen thông xe trở lại"
LEAD = "Cầu treo nối lại hai bờ suối Cát sau bốn tháng sửa chữa, dân đi chợ không phải vòng mười cây số."
TEXT = [
    "Sáng 1/9, ông Lò Văn Phứa là người đầu tiên dắt trâu qua cầu, phía sau là đoàn học trò bản trên.",
    "Cầu dài bốn mươi tám mét, mặt gỗ lim, do dân trong bản góp công ghép lại trong hai tuần liền.",
    "Từ tháng sau, xã sẽ đặt thêm đèn ở hai đầu cầu để bà con đi lại ban đêm.",
]
A, B, C = TEXT
PROSE = f"<p>{A}</p><p>{B}</p><p>{C}</p>"
CAPTION = "Cầu nhìn từ bờ bắc"
PICTURE = "<img src='/a.jpg'>"
FAMILIES: dict[str, tuple[type[ArticlePage] | None, str, str]] = {
    "onecms": (
        OneCmsPage,
        "https://baodanang.vn/cau-treo-3312345.html",
        (
            f"<div class='b-maincontent'><div class='entry'><div class='sc-longform-header'><h1 class="
            f"'sc-longform-header-title'>{TITLE}</h1><p class='sc-longform-header-sapo'>{LEAD}</p></div>@</div></div>"
        ),
    ),
    "hexid": (
        HexIdPage,
        "https://baodaklak.vn/xa-hoi/202609/cau-treo-8ac1f09/",
        (
            f"<div class='wrapper-post-detail-main'><h1 class='title'>{TITLE}</h1><p class='reply'>{LEAD}</p>"
            "<div id='content'><div class='td-post-content'>@</div></div></div>"
        ),
    ),
    "epi": (
        EpiPage,
        "https://baohatinh.vn/cau-treo-post139172.html",
        (
            f"<h1 class='cms-title'>{TITLE}</h1><div class='article__sapo'>{LEAD}</div>"
            "<div class='article__body cms-body'>@</div>"
        ),
    ),
    "newscontents": (
        NewsContentsPage,
        "https://baocantho.com.vn/cau-treo-a56315.html",
        (
            f"<h1 class='fw700'>{TITLE}</h1><div class='detail-desc'><p class='fw600'>{LEAD}</p></div>"
            "<div id='newscontents'><div class='content-fck'>@</div></div>"
        ),
    ),
    "generic": (
        None,
        "https://baolaichau.vn/xa-hoi/cau-treo-329216",
        f"<main><h1>{TITLE}</h1><p class='sapo'>{LEAD}</p><div>@</div></main>",
    ),
}


def reading(family: str, body: str) -> Article:
    layout, url, shape = FAMILIES[family]
    page = (
        f"<!DOCTYPE html><html lang='vi'><head><title>{TITLE} - Báo Suối Cát</title>"
        "<meta property='article:published_time' content='2026-09-01T10:05:00+07:00'></head>"
        f"<body>{shape.replace('@', body)}<footer><p>Giấy phép số 1/GP</p></footer></body></html>"
    )
    found = read(page, url, [layout] if layout else [])
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "body",
    [
        f"<div>{A}</div>{B}<div><span>{C}</span></div>",
        f"{A}<br><br>{B}<br/> &nbsp;<br/>{C}",
        f"<blockquote><p>{A}</p></blockquote><ul><li>{B}</li></ul><p>{C}</p>",
        f"<table><tr><td><p>{A}</p><p>{B}</p><p>{C}</p></td></tr></table>",
        f"<!DOCTYPE html><html><head><title>x</title></head><body><p>{A}</p><p>{B}</p></body></html><p>{C}</p>",
        f"<p>{A}</p><p hidden>Ẩn</p><p style='display:none'>Ẩn đi</p><p>{B}</p><p>{C}</p>",
        f"<p>{A}</p><p><ins class='adsbygoogle'>Quảng cáo</ins></p><p>{B}</p><p>{C}</p>",
        f"<p>{A}</p><div class='ads'>Máy lọc nước, giảm một nửa giá</div><p>{B}</p><p>{C}</p>",
        unicodedata.normalize("NFD", PROSE),
        f"<p><strong>{LEAD}</strong></p>{PROSE}",
        f"<h2>{LEAD}</h2>{PROSE}",
        f"<div><b>{LEAD.replace(' ', '&nbsp;')}</b></div>{PROSE}",
        f"<p><b>{LEAD.removesuffix('.')}</b></p>{PROSE}",
    ],
)
def test_every_paragraph_is_kept_once_and_nothing_else(family: str, body: str) -> None:
    found = reading(family, body)
    assert (found.lead, found.body.split("\n\n")) == (LEAD, TEXT)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "picture",
    [
        f"<figure>{PICTURE}<figcaption>{CAPTION}</figcaption></figure>",
        f"<figure><figcaption>{CAPTION}</figcaption>{PICTURE}</figure>",
        f"<table><tr><td>{PICTURE}</td></tr><tr><td>{CAPTION}</td></tr></table>",
        f"<p>{PICTURE}</p><p class='imgdesc'>{CAPTION}</p>",
        f"<p>{PICTURE}</p><p><em>{CAPTION}</em></p>",
        f"<p>{PICTURE}<br><em>{CAPTION}</em></p>",
        f"<div class='wp-caption'>{PICTURE}<p class='wp-caption-text'>{CAPTION}</p></div>",
        f"<div class='image'>{PICTURE}<div class='caption'>{CAPTION}</div></div>",
        f"<div class='image-caption-wrap'>{PICTURE}<span>{CAPTION}</span></div>",
        f"<div type='Photo'><div>{PICTURE}</div><div class='PhotoCMS_Caption'><p>{CAPTION}</p></div></div>",
    ],
)
def test_a_caption_goes_with_its_picture(family: str, picture: str) -> None:
    found = reading(family, f"<p>{A}</p>{picture}<p>{B}</p><p>{C}</p>")
    assert found.body.split("\n\n") == TEXT
    if family != "generic":  # which has no pictures
        assert [image.caption for image in found.images] == [CAPTION]


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "generic"])
def test_a_paragraph_of_the_class_of_captions_without_a_picture_is_text(family: str) -> None:
    found = reading(family, f"<p class='caption'>{A}</p><p>{B}</p><p>{C}</p>")
    assert found.body.split("\n\n") == TEXT


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("signature", "authors"),
    [
        ("<p style='text-align:right'><strong>Lò Hà Vi</strong></p>", ("Lò Hà Vi",)),
        ("<p style='text-align:right'><em>Lò Hà Vi</em></p>", ("Lò Hà Vi",)),
        ("<p style='text-align:right'>Lò Hà Vi</p>", ("Lò Hà Vi",)),
        ("<p class='text-right'><strong>Lò Hà Vi</strong></p>", ("Lò Hà Vi",)),
        ("<p class='author'>Lò Hà Vi</p>", ("Lò Hà Vi",)),
        ("<div align='right'><b>LÒ HÀ VI</b></div>", ("LÒ HÀ VI",)),
        ("<p style='text-align:right'><strong>(Lò Hà Vi)</strong></p>", ("Lò Hà Vi",)),
        ("<p style='text-align:right'><strong>Lò Hà Vi (theo TTXVN)</strong></p>", ("Lò Hà Vi",)),
        ("<p style='text-align:right'><strong>Lò Hà Vi</strong></p><p>&nbsp;</p><p><br></p>", ("Lò Hà Vi",)),
        (f"<p style='text-align:right'><strong>Lò Hà Vi</strong></p><p>{PICTURE}</p>", ("Lò Hà Vi",)),
        (f"<p>Bài, ảnh: Lò Hà Vi</p><p>{PICTURE}</p>", ("Lò Hà Vi",)),
        ("<p><strong>Bài, ảnh: Lò Hà Vi</strong></p>", ("Lò Hà Vi",)),
        ("<p>BÀI, ẢNH: LÒ HÀ VI</p>", ("LÒ HÀ VI",)),
        ("<p style='text-align:right'><em>Tin và ảnh: Lò Hà Vi</em></p>", ("Lò Hà Vi",)),
        ("<p>Tin: Lò Hà Vi - Ảnh: Mùa Sếnh</p>", ("Lò Hà Vi", "Mùa Sếnh")),
        ("<p>Bài: Lò Hà Vi</p><p>Ảnh: Mùa Sếnh</p>", ("Lò Hà Vi", "Mùa Sếnh")),
        ("<p style='text-align:right'><strong>Theo TTXVN</strong></p>", ()),
        ("<p>(Theo TTXVN/Vietnam+)</p>", ()),
    ],
)
def test_a_signature_is_no_text(family: str, signature: str, authors: tuple[str, ...]) -> None:
    found = reading(family, PROSE + signature)
    assert (found.body.split("\n\n"), found.authors) == (TEXT, authors)


@pytest.mark.parametrize(
    "end",
    [
        "<p style='text-align:right'>Nước đã rút hẳn.</p>",
        "<p style='text-align:right'>Đến 17 giờ, đường thông</p>",
        "<p><strong>Ngày hội ở Bản Láng</strong></p>",
    ],
)
def test_a_last_line_that_is_no_name_is_text(end: str) -> None:
    found = reading("onecms", PROSE + end)
    assert (len(found.body.split("\n\n")), found.authors) == (4, ())
