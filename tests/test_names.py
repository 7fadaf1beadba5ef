"""Bylines and credits: who wrote it, without labels, outlets, placeholders and the paper's own name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.items import Article
from crawler.families.newscontents import NewsContentsPage
from crawler.families.onecms import OneCmsPage
from crawler.names import is_credit, is_paper, split_names
from crawler.pages import read
from crawler.trailers import is_outlet

SENTENCE = "Mưa lớn từ đêm qua làm nước suối Bản Láng dâng nhanh, ba mươi hộ dân phải rời nhà trước khi trời sáng."
URL = "https://baodanang.vn/mua-lon-o-ban-lang-3312345.html"


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("Bài và ảnh: NGUYỄN HÀ", ("NGUYỄN HÀ",)),
        ("Tin, ảnh, video: Hà Vi - Lê Mây", ("Hà Vi", "Lê Mây")),
        ("Bài: A Páo; ảnh: Lê Bình", ("A Páo", "Lê Bình")),
        ("Tin ảnh: Hà Vi", ("Hà Vi",)),
        ("Chùm ảnh: Hà Vi", ("Hà Vi",)),
        ("Nội dung: Hà Vi - Đồ họa: Lê Mây", ("Hà Vi", "Lê Mây")),
        ("Trình bày: Hà Vi", ("Hà Vi",)),
        ("HÀ VI (Bài, ảnh)", ("HÀ VI",)),
        ("Hà Vi (TTXVN)", ("Hà Vi",)),
        ("Hà Vi/Báo Tin Tức", ("Hà Vi",)),
        ("Hà Vi (tổng hợp)", ("Hà Vi",)),
        ("Hà Vi thực hiện", ("Hà Vi",)),
        ("PV Hà Vi", ("Hà Vi",)),
        ("Hà Vi - CTV", ("Hà Vi",)),
        ("Hà Vi 0912 345 678", ("Hà Vi",)),
        ("Hà Vi (vi@bao.example)", ("Hà Vi",)),
        ("Ban Mai", ("Ban Mai",)),
        ("TS. Hà Vi", ("TS. Hà Vi",)),
        ("作者：洪安", ("洪安",)),
        ("文・写真：洪安", ("洪安",)),
        ("홍안 기자", ("홍안",)),
        ("ຂຽນໂດຍ: ຫົງ", ("ຫົງ",)),
        ("Text: Hong An; photos: Le May", ("Hong An", "Le May")),
        *[(nobody, ()) for nobody in ("PV", "P.V", "Nhóm PV", "BTV", "PV-CTV", "Email: vi@bao.example", "0912345678")],
        *[(outlet, ()) for outlet in ("TTXVN", "VOV", "Nguồn: TTXVN", "Theo Hà Vi", "tin.example.vn", "Theo vov.vn")],
    ],
)  # fmt: skip
def test_bylines_are_taken_apart(printed: str, names: tuple[str, ...]) -> None:
    assert split_names([printed]) == names


@pytest.mark.parametrize(
    ("name", "url", "called", "own"),
    [
        ("baodanang.vn", URL, [], True),
        ("Báo Đà Nẵng điện tử", URL, [], True),
        ("Hải Phòng Online", "https://baohaiphong.vn/a", [], True),
        ("Hànộimới", "https://hanoimoi.vn/a", [], True),
        ("SGGPO", "https://www.sggp.org.vn/a", [], True),
        ("Sài Gòn Giải Phóng", "https://www.sggp.org.vn/a", ["Báo Sài Gòn Giải Phóng"], True),
        ("Khánh Hòa", "https://baokhanhhoa.vn/a", [], False),
        ("Báo Khánh Hòa", "https://baokhanhhoa.vn/a", [], True),
        ("Bảo Khánh", "https://baokhanhhoa.vn/a", [], False),
        ("Hà Vi", "https://hanoimoi.vn/a", ["Hànộimới"], False),
        ("", "https://hanoimoi.vn/a", [], False),
    ],
)
def test_the_paper_is_no_author(name: str, url: str, called: list[str], own: bool) -> None:
    assert is_paper(name, url, called) == own


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("Bài, ảnh: Hà Vi", True),
        ("(Bài và ảnh: NGUYỄN HÀ)", True),
        ("Tin: A Páo - Ảnh: Lê Bình", True),
        ("Tác giả: Hà Vi.", True),
        ("Ảnh: Hà Vi (TTXVN)", True),
        ("Hà Vi", False),
        ("Bài: nước dâng nhanh", False),
        ("Video: Nước suối dâng nhanh", False),
        ("Thực hiện: Nghị quyết 12", False),
        ("Tin vui: Hà Vi", False),
        ("Bài:", False),
    ],
)
def test_a_credit_is_a_label_and_names(line: str, credit: bool) -> None:
    assert is_credit(line) == credit


@pytest.mark.parametrize(
    ("line", "outlet"),
    [
        ("Theo TTXVN", True),
        ("(Theo TTXVN)", True),
        ("Theo Đài Tiếng nói Việt Nam", True),
        ("Theo báo Tin tức", True),
        ("Theo baotintuc.vn", True),
        ("Theo VnExpress, Tuổi Trẻ", True),
        ("Theo kế hoạch, cầu thông xe cuối tháng Chín.", False),
        ("Theo kế hoạch cầu thông xe cuối tháng Chín", False),
        ("Theo Sở Y tế, dịch đã giảm.", False),
        ("Theo Sở Y tế dịch đã giảm.", False),
        ("Theo chân người đi rừng", False),
    ],
)
def test_an_outlet_s_line_is_told_from_a_sentence(line: str, outlet: bool) -> None:
    assert is_outlet(line) == outlet


def onecms(body: str, header: str = "", head: str = "") -> Article:
    page = (
        f"<html lang='vi'><head>{head}</head><body><div class='b-maincontent'><div class='entry'>"
        f"<div class='sc-longform-header'><h1 class='sc-longform-header-title'>Mưa lớn ở Bản Láng</h1>"
        f"<span class='sc-longform-header-date'>08/01/2026 10:02</span>{header}</div>{body}</div></div></body></html>"
    )
    found = read(page, URL, (OneCmsPage,))
    assert isinstance(found, Article)
    return found


@pytest.mark.parametrize(
    ("end", "authors"),
    [
        ("<p>Bài, ảnh: Hà Vi</p>", ("Hà Vi",)),
        ("<p><strong>Bài và ảnh: HÀ VI - Lê Mây</strong></p>", ("HÀ VI", "Lê Mây")),
        ("<p>Bài: Hà Vi</p><p>Ảnh: Lê Mây</p>", ("Hà Vi", "Lê Mây")),
        ("<p align=right><b>HÀ VI</b></p><p><i>Theo TTXVN</i></p>", ("HÀ VI",)),
        ("<p>Theo TTXVN</p>", ()),
    ],
)
def test_the_end_names_the_authors_where_nothing_else_does(end: str, authors: tuple[str, ...]) -> None:
    assert (onecms(f"<p>{SENTENCE}</p>{end}").authors, onecms(f"<p>{SENTENCE}</p>{end}").body) == (authors, SENTENCE)
    last = f"<p>{SENTENCE}<br>Bài, ảnh: Hà Vi</p>"
    assert (onecms(last).authors, onecms(last).body) == (("Hà Vi",), SENTENCE)
    header = "<span class='sc-longform-header-author'>Võ Minh</span>"
    assert (onecms(f"<p>{SENTENCE}</p>{end}", header).authors, onecms(last, header).body) == (("Võ Minh",), SENTENCE)


def test_sub_headings_and_sentences_at_the_end_stay() -> None:
    for end in ("Nước rút", "Theo kế hoạch, dân về nhà thứ Hai."):
        assert onecms(f"<p>{SENTENCE}</p><p><strong>{end}</strong></p>").body == f"{SENTENCE}\n\n{end}"


def test_the_paper_in_meta_is_no_author_and_a_person_is() -> None:
    head = "<meta name='author' content='{}'><meta property='og:site_name' content='Báo Đà Nẵng điện tử'>"
    assert onecms(f"<p>{SENTENCE}</p>", head=head.format("Đà Nẵng Online")).authors == ()
    assert onecms(f"<p>{SENTENCE}</p>", head=head.format("Hà Vi")).authors == ("Hà Vi",)


def test_a_credit_ends_the_text_of_an_unknown_paper_too() -> None:
    text = "".join(f"<p>{SENTENCE} {n}.</p>" for n in range(6))
    page = f"<html lang='vi'><body><article><h1>Mưa lớn ở Bản Láng</h1>{text}<p>Bài, ảnh: Hà Vi</p></article></body>"
    found = read(page, "https://baolaichau.vn/xa-hoi/mua-lon-329216")
    assert isinstance(found, Article)
    assert found.authors == ("Hà Vi",)
    assert found.body.endswith("5.")


@pytest.mark.parametrize("link", [
    "<a href='https://suvung.example/a-1.html'><b>Link gốc:</b> https://suvung.ex…</a>",
    "<p>Link gốc: <a href='https://suvung.example/a-1.html'>https://suvung.ex…</a></p>",
    "<a href='https://suvung.example/a-1.html'>Link gốc: https://suvung.ex…</a>",
])  # fmt: skip
def test_the_original_is_where_its_link_leads(link: str) -> None:
    page = f"<h1 class='fw700'>Mưa lớn</h1><div id='newscontents'><div class='content-fck'><p>x</p></div></div>{link}"
    found = read(
        f"<html><body>{page}</body></html>", "https://baoangiang.com.vn/mua-lon-a1234.html", (NewsContentsPage,)
    )
    assert isinstance(found, Article)
    assert found.source_url == "https://suvung.example/a-1.html"


@given(
    st.text()
    | st.lists(st.sampled_from(["Bài", "ảnh", ":", ",", " ", "và", "(", ")", "/", "Hà Vi", "@", "1"])).map("".join)
)
def test_any_byline_gives_names_or_none(text: str) -> None:
    assert all(name.strip() and any(map(str.isalpha, name)) for name in split_names([text]))
    is_credit(text)
    is_outlet(text)
    is_paper(text, URL, [text])


@pytest.mark.parametrize("piece", ["Bài, ", "ảnh và ", "(", "a.", "Theo ", "1 ", "tin ", "x@"])
def test_long_repetitions_are_cheap(piece: str) -> None:
    split_names([piece * 5_000])
    is_credit((piece * 80)[:80])
    is_outlet((piece * 100)[:100])


@pytest.mark.parametrize(("byline", "names"), [
    ("Báo và Đài Phát thanh, Truyền hình Suối Cát - Hà Vi", ("Hà Vi",)),
    ("Báo và phát thanh, truyền hình Suối Cát, Hà Vi", ("Hà Vi",)),
    ("Hà Vi (Báo và phát thanh, truyền hình Suối Cát), Lê Thảo", ("Hà Vi", "Lê Thảo")),
    ("Báo và phát thanh - truyền hình tỉnh Suối Cát", ()),
])  # fmt: skip
def test_persons_beside_a_merged_paper_are_found(byline: str, names: tuple[str, ...]):
    assert split_names([byline]) == names
