"""Dates told by their place: today's, a card's, the imprint's and the fetch time's are never the article's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from archive.items import Article
from crawler import datelines
from crawler.documents import Document
from crawler.families.dcontent import DContentPage
from crawler.families.epi import EpiPage
from crawler.families.hexid import HexIdPage
from crawler.families.mediatech import MediaTechPage
from crawler.families.newscontents import NewsContentsPage
from crawler.families.onecms import OneCmsPage
from crawler.families.oneoffs import BacNinhPage, DienBienPage, NinhBinhPage, QuangNgaiPage, SonLaPage
from crawler.families.skins import CaMauPage, HexIdSkinPage
from crawler.families.vietnamvn import VietnamVnPage
from crawler.fields import text_of
from crawler.pages import ArticlePage, read

if TYPE_CHECKING:
    from lxml.html import HtmlElement

TITLE = "Mưa lớn ở Bản Láng"
TEXT = "".join(
    f"<p>Đoạn {n}: nước suối Bản Láng dâng nhanh trong đêm, ba mươi hộ dân phải rời nhà lên chỗ cao.</p>"
    for n in range(9)
)
CAPTURED = datetime(2026, 10, 4, 3, tzinfo=UTC)
DECOYS = (
    "<meta name='datetimenow' content='04/10/2026 09:57:04'>",
    (
        "<header><h1>Báo Suối Cát</h1><div class='date time header-time'>Chủ nhật, 04/10/2026 09:58</div>"
        "<time class='date' datetime='2026-10-04T02:58:00Z'>04/10/2026</time></header>"
    ),
    "<div class='top'><span class='date pdate today'>Chủ nhật, 04/10/2026</span><h2 class='title'>Xã hội</h2></div>",
    (
        "<div class='row'><div class='box'><a href='/b-123456.html'>Chợ đêm phường Suối Cát sau ba tháng</a>"
        "<time class='date time' datetime='2026-10-02T01:00:00Z'>02/10/2026 08:00</time></div></div>"
    ),
    "<div class='related-news'><span class='date pdate stime'>02/10/2026 07:00</span></div>",
    "<div class='bottom'>Giấy phép số 12/GP-TTĐT cấp <span class='date'>ngày 21/10/2021</span></div>",
)
PAGES: dict[str, tuple[type[ArticlePage] | None, str, str]] = {
    "onecms": (
        OneCmsPage,
        "https://baodanang.vn/mua-lon-3312345.html",
        "<div class='b-maincontent'><div class='entry'><h1 class='sc-longform-header-title'>{}</h1>{}</div></div>",
    ),
    "epi": (
        EpiPage,
        "https://baohatinh.vn/mua-lon-post139172.html",
        "<h1 class='cms-title'>{}</h1><div class='article__body cms-body'>{}</div>",
    ),
    "hexid": (
        HexIdPage,
        "https://baodaklak.vn/xa-hoi/202609/mua-lon-8ac1f09/",
        (
            "<div class='wrapper-post-detail-main'><h1 class='title'>{}</h1><div id='content'>"
            "<div class='td-post-content'>{}</div></div></div>"
        ),
    ),
    "hexid-skin": (
        HexIdSkinPage,
        "https://baodongnai.com.vn/xa-hoi/202609/mua-lon-3f51a77/",
        "<div class='article_content'><h1>{}</h1><div id='content'>{}</div></div>",
    ),
    "newscontents": (
        NewsContentsPage,
        "https://baocantho.com.vn/mua-lon-a56315.html",
        "<h1 class='fw700'>{}</h1><div id='newscontents'><div class='content-fck'>{}</div></div>",
    ),
    "mediatech": (
        MediaTechPage,
        "https://baotayninh.vn/mua-lon-88701.html",
        "<div class='content-article'><h1 class='name'>{}</h1><div id='content-detail'>{}</div></div>",
    ),
    "dcontent": (
        DContentPage,
        "https://baothanhhoa.vn/mua-lon-244736.htm",
        "<h1 class='title'>{}</h1><div id='dcontent'>{}</div>",
    ),
    "bacninh": (
        BacNinhPage,
        "https://baobacninhtv.vn/mua-lon-postid449633.bbg",
        "<div class='news-detail__head'><h1>{}</h1></div><div class='news-details__content'>{}</div>",
    ),
    "dienbien": (
        DienBienPage,
        "https://baodienbienphu.vn/tin-bai/xa-hoi/mua-lon",
        "<div id='detail-news'><h1>{}</h1><div class='editor-content'>{}</div>{}</div>",
    ),
    "ninhbinh": (
        NinhBinhPage,
        "https://baoninhbinh.org.vn/mua-lon/d20230322150639060.htm",
        "<h1 class='title'>{}</h1><div id='content_detail'>{}</div>",
    ),
    "quangngai": (
        QuangNgaiPage,
        "https://baoquangngai.vn/mua-lon-71234.htm",
        "<div id='body'><h1>{}</h1><p class='sapo'>x</p><div id='content'>{}</div>{}</div>",
    ),
    "sonla": (
        SonLaPage,
        "https://baosonla.vn/kinh-te/mua-lon-51YnYvXDR.html",
        (
            "<ul class='breadcrumb'><li><a class='active'>x</a></li></ul><h1 class='cms-title'>{}</h1>"
            "<div class='cms-body'>{}</div>"
        ),
    ),
    "camau": (
        CaMauPage,
        "https://baocamau.vn/mua-lon-a129291.html",
        "<h1 class='post-title'>{}</h1><div class='post-content'>{}</div>",
    ),
    "vietnamvn": (
        VietnamVnPage,
        "https://www.vietnam.vn/mua-lon-o-ban-lang",
        "<main><h1>{}</h1><div class='post-detail-body'>{}</div></main>",
    ),
    "generic": (None, "https://baolaichau.vn/xa-hoi/mua-lon-329216", "<main><h1>{}</h1><div>{}</div></main>"),
}


def page(main: str, decoys: tuple[str, ...] = DECOYS, text: str = TEXT) -> str:
    meta, header, top, *after = decoys
    shown = main.format(TITLE, text, "".join(after))
    return (
        f"<html lang='vi'><head><title>{TITLE} | Báo Suối Cát</title>{meta}</head><body><div id='wrapper'>{header}"
        f"<div class='page'>{top}<div class='main'>{shown}{''.join(after)}</div></div></div></body></html>"
    )


def reading(name: str, main: str, text: str = TEXT) -> Article:
    layout, url, _ = PAGES[name]
    found = read(page(main, text=text), url, [layout] if layout else [], captured_at=CAPTURED)
    assert isinstance(found, Article)
    assert found.reader.startswith(f"{name}/")
    return found


@pytest.mark.parametrize("name", PAGES)
def test_no_decoy_is_ever_the_date(name: str) -> None:
    assert reading(name, PAGES[name][2]).published_at is None


@pytest.mark.parametrize("name", ["generic", "vietnamvn", "sonla"])
@pytest.mark.parametrize("beside", [
    "<h1>{0}</h1><time datetime='2026-09-01T10:05:00+07:00'>x</time>{1}",
    "<div class='meta'><time datetime='2026-09-01T10:05:00+07:00'>x</time></div><h1>{0}</h1>{1}",
    "<div><h1>{0}</h1></div><div><a href='/t'>Hà Vi</a> <time datetime='2026-09-01T10:05:00+07:00'>x</time></div>{1}",
    "<header><h1>{0}</h1><p>Nước suối dâng nhanh.</p><time datetime='2026-09-01T10:05:00+07:00'></time></header>{1}",
])  # fmt: skip
def test_the_date_beside_the_headline_is(name: str, beside: str) -> None:
    main = PAGES[name][2].replace("<h1>{}</h1>", beside).replace("<h1 class='cms-title'>{}</h1>", beside)
    main = main.replace("{1}", "").replace("{}", "{1}")
    assert reading(name, main).published_at == datetime.fromisoformat("2026-09-01T10:05:00+07:00")


@pytest.mark.parametrize(("name", "main"), [
    (
        "quangngai",
        "<div id='body'><div class='date'>Chủ nhật, 04/10/2026</div><h1>{}</h1><div id='content'>{}</div></div>",
    ),
    (
        "dienbien",
        (
            "<div id='detail-news'><p class='time'>Chủ nhật, 04/10/2026</p><h1>{}</h1>"
            "<div class='editor-content'>{}</div></div>"
        ),
    ),
    (
        "mediatech",
        (
            "<div class='content-article'><h1 class='name'>{}</h1><div id='content-detail'>{}</div>"
            "<div class='block-related'><a href='/b'>Chợ đêm phường Suối Cát sau ba tháng</a>"
            "<div class='date'>02/10/2026 08:00</div></div></div>"
        ),
    ),
])  # fmt: skip
def test_dates_of_today_and_of_cards_within_the_article_s_element(name: str, main: str) -> None:
    assert reading(name, main).published_at is None
    dated = main.replace("</h1>", "</h1><div class='date'>01/09/2026 10:05</div>")
    assert reading(name, dated).published_at == datetime.fromisoformat("2026-09-01T10:05:00+07:00")


WIDE = f"{f'<div class=date><a href=/b>{TITLE * 3}</a>' * 9}{'</div>' * 9}"


@pytest.mark.parametrize("page_of_many", [
    f"<title>{TITLE}</title><h1>{TITLE}</h1><div class=x>{WIDE * 900}</div>",
    f"<title>{TITLE}</title>{f'<h1>{TITLE}</h1>' * 9000}<p>x<p class=date>01/13/2026",
    f"<title>{TITLE}</title><h1>{TITLE}</h1>{'<div class=date>' * 20000}",
    f"<title>{TITLE}</title>{'<h1>' * 20000}{TITLE}",
    f"<title>{TITLE}</title>{'<h1 class=date><b>' * 9000}{TITLE}{'<a>' * 9000}{TITLE}",
])  # fmt: skip
def test_text_is_walked_so_often_and_no_more(page_of_many: str, monkeypatch: pytest.MonkeyPatch) -> None:
    walked = 0

    def counted(element: HtmlElement) -> str:
        nonlocal walked
        walked += len(text := text_of(element))
        return text

    monkeypatch.setattr(datelines, "text_of", counted)
    datelines.dateline("[class*=date]").texts(Document(page_of_many, "https://baosonla.vn/x.html"))
    assert walked < 3_000_000


def test_a_date_in_the_text_or_behind_it_is_not_the_page_s() -> None:
    late = f"{TEXT * 3}<div>Đoạn cuối <span class='date'>01/09/2026</span></div>"
    assert reading("generic", PAGES["generic"][2], text=late).published_at is None


ABOVE = "<main><div class='top-line'>{0}<h1>Mưa lớn ở Bản Láng</h1></div><div>{1}</div></main>"


@pytest.mark.parametrize("line", [
    "<span class='date'>01/09/2026 10:05</span>",
    "<p>Loạt bài <time datetime='2026-09-01T10:05:00+07:00'>1/9</time></p>",
    "<span id='date'>Thứ Ba, 01/09/2026 | 10:05</span>",
])  # fmt: skip
def test_a_date_above_the_headline_needs_more_than_its_place(line: str) -> None:
    assert reading("generic", ABOVE.replace("{0}", line)).published_at is None


@pytest.mark.parametrize(("line", "head"), [
    ("<div class='post-meta'><span class='date'>01/09/2026 10:05</span></div>", ""),
    ("<span class='pubdate time'>01/09/2026 10:05</span>", ""),
    ("<span class='date'>Ngày đăng: 01/09/2026 10:05</span>", ""),
    ("<span class='date'>01/09/2026 10:05</span>", "<meta property='og:image' content='/upload/2026/09/01/a.jpg'>"),
    ("<span class='date'>01/09/2026 10:05</span>", "<meta property='og:url' content='https://x.vn/d20260901150639.htm'>"),
])  # fmt: skip
def test_a_date_above_the_headline_that_something_speaks_for(line: str, head: str) -> None:
    shown = page(ABOVE.replace("{0}", line)).replace("</title>", f"</title>{head}")
    found = read(shown, PAGES["generic"][1], captured_at=CAPTURED)
    assert isinstance(found, Article)
    assert found.published_at == datetime.fromisoformat("2026-09-01T10:05:00+07:00")


@pytest.mark.parametrize("line", [
    "<span id='date'>Thứ Hai, 31/08/2026 | 06:05</span>",
    "<div id='publish-time'>31/08/2026 - 06:05</div>",
])  # fmt: skip
def test_a_date_known_by_its_id(line: str) -> None:
    main = PAGES["generic"][2].replace("</h1>", f"</h1>{line}")
    assert reading("generic", main).published_at == datetime.fromisoformat("2026-08-31T06:05:00+07:00")


@pytest.mark.parametrize(("head", "when"), [
    ("<meta property='article:published_time' content='9/3/2026 5:15:00 PM'>", "2026-09-03T17:15:00+07:00"),
    ("<meta property='article:published_time' content='03/09/2026 17:15'>", "2026-09-03T17:15:00+07:00"),
    ("<meta property='article:published_time' content='9/3/2026 17:15:00'>", "2026-03-09T17:15:00+07:00"),
    ("<meta property='article:published_time' content='11/9/2026 5:15:00 PM'>", None),
])  # fmt: skip
def test_month_first_in_the_meta_of_a_page_of_no_family(head: str, when: str | None) -> None:
    shown = page(PAGES["generic"][2]).replace("</title>", f"</title>{head}")
    found = read(shown, PAGES["generic"][1], captured_at=CAPTURED)
    assert isinstance(found, Article)
    assert found.published_at == (datetime.fromisoformat(when) if when else None)


def test_the_time_is_taken_from_the_page_where_its_data_has_the_day_alone() -> None:
    data = '<script type=\'application/ld+json\'>{"@type": "NewsArticle", "datePublished": "2026-09-01"}</script>'
    main = PAGES["generic"][2].replace("</h1>", "</h1><span class='date'>{}</span>")
    for printed, when in (("01/09/2026 - 10:05", "10:05:00"), ("02/09/2026 - 10:05", "00:00:00")):
        shown = page(main.replace("<span class='date'>{}", f"<span class='date'>{printed}")).replace(
            "</title>", f"</title>{data}"
        )
        found = read(shown, PAGES["generic"][1], captured_at=CAPTURED)
        assert isinstance(found, Article)
        assert found.published_at == datetime.fromisoformat(f"2026-09-01T{when}+07:00")


DATED = "<span class='date'>02/10/2026 08:00</span>"


@pytest.mark.parametrize("behind", [
    f"<div class='comment-list'><div><b>An</b> {DATED}<p>Cảm ơn xã</p></div></div>",
    f"<div id='binh-luan'><p>{DATED} Cảm ơn xã</p></div>",
    f"<div class='box-ykien'><p>{DATED} Cảm ơn xã</p></div>",
    f"<div class='tin-moi'><p><a href='/b'>Chợ đêm</a> {DATED}</p></div>",
    f"<h3>Các tin khác</h3><ul><li><a href='/b'>Chợ đêm</a> {DATED}</li></ul>",
    f"<figure><img src='/a.jpg'><figcaption>Chụp ngày {DATED}</figcaption></figure>",
    "<div class='print-date'>In lúc 04/10/2026 09:58</div>",
])  # fmt: skip
@pytest.mark.parametrize("paragraphs", [1, 4])
def test_a_date_behind_a_short_text_is_another_s(behind: str, paragraphs: int) -> None:
    text = "".join(TEXT.split("</p>")[n] + "</p>" for n in range(paragraphs))
    shown = f"<html lang='vi'><title>{TITLE}</title><body><main><h1>{TITLE}</h1>{text}{behind}</main></body></html>"
    found = read(shown, PAGES["generic"][1], captured_at=CAPTURED)
    assert not isinstance(found, Article) or found.published_at is None


def test_a_date_behind_three_paragraphs_is_the_text_s() -> None:
    text = "".join(TEXT.split("</p>")[n] + "</p>" for n in range(4))
    main = f"<main><h1>{{}}</h1>{text}<p>Lịch cắt điện: {DATED}</p><!--{{}}--></main>"
    assert reading("generic", main).published_at is None
