"""Reading pages: encodings, broken documents, bodies, generic pages, and whatever bytes may come."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.items import Article, Image
from crawler.blocks import as_html, as_text, pictures
from crawler.bodies import blocks_of
from crawler.charsets import decode
from crawler.documents import Document, clean
from crawler.families.hexid import HexIdPage
from crawler.families.onecms import OneCmsPage
from crawler.families.vietnamvn import VietnamVnPage
from crawler.generic import GenericPage
from crawler.names import split_names, without_tag
from crawler.pages import NotArticle, read
from crawler.trailers import cut_trailers

URL = "https://baolamdong.vn/cau-treo-da-den-412345.html"
FAMILIES = (OneCmsPage, HexIdPage, VietnamVnPage)
SENTENCE = "Cầu treo Đá Đen nối lại hai bờ suối Cát sau mùa lũ."
HEADER = '<h1 class="sc-longform-header-title">Cầu treo Đá Đen</h1>'


def onecms(body: str, header: str = HEADER, head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="vi"><head>{head}</head><body><div class="c-news-detail">'
        f'<div class="b-maincontent"><div class="entry">{header}{body}</div></div></div></body></html>'
    )


def article(page: str | bytes, *layouts: type, url: str = URL, content_type: str | None = None) -> Article:
    reading = read(page, url, layouts or FAMILIES, content_type=content_type)
    assert isinstance(reading, Article), reading
    return reading


def body(markup: str) -> str:
    return article(onecms(markup)).body


# Encodings


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "utf-8", None),
        ("utf-8", "windows-1252", None),
        ("utf-8", None, "text/html; charset=iso-8859-1"),
        ("utf-8-sig", None, None),
        ("utf-16", None, None),
        ("utf-16-le", None, None),
        ("utf-16-be", "utf-8", None),
    ],
)
def test_real_encoding_wins_over_declarations(encoding, declared, content_type):
    head = f'<meta charset="{declared}">' if declared else ""
    page = onecms(f"<p>{SENTENCE}</p>", head=head).encode(encoding)
    assert article(page, content_type=content_type).body == SENTENCE


@pytest.mark.parametrize("declared", ["windows-1258", "windows-1252", None])
def test_windows_1258_becomes_composed_text(declared):
    # The code page writes tones as marks of their own: ầ is â and a grave accent.
    spelled = "Gi\u00e1 c\u00e0 ph\u00ea l\u00ean la\u0323i \u0111\u00f4i ch\u00fat".encode("cp1258")
    meta = f'<meta charset="{declared}">' if declared else ""
    page = onecms("<p>@</p>", head=meta).replace("Cầu treo Đá Đen", "Title").encode().replace(b"@", spelled)
    assert article(page).body == "Giá cà phê lên lại đôi chút"


def test_a_few_broken_bytes_do_not_change_the_encoding():
    page = onecms(f"<p>{SENTENCE * 20}</p>").encode() + b"\xc3"
    assert decode(page).endswith("</html>\ufffd")
    assert "suối" in decode(page)


def test_unseen_characters_and_half_characters_go():
    assert clean("a\u200bb\u00a0\u00a0c\u00ad\ufeff \ud800") == "ab c \ufffd"
    assert clean("Ca\u0302\u0300u") == "Cầu"


# Broken documents


@pytest.mark.parametrize(
    "begins",
    [
        '<!DOCTYPE html><html lang="" class="d">\n\n</html>\n',
        "<html><head></head><body></body></html>",
        '<?xml version="1.0" encoding="windows-1252"?>',
        "\x00\x00",
    ],
)
def test_what_stands_before_the_document_does_not_lose_it(begins):
    assert article(begins + onecms(f"<p>{SENTENCE}</p>")).body == SENTENCE


def test_a_document_nested_in_the_body_is_walked():
    nested = f"<!DOCTYPE html><html><head></head><body><p>{SENTENCE}</p></body></html><p>Hết lũ.</p>"
    assert body(nested) == f"{SENTENCE}\n\nHết lũ."


@pytest.mark.parametrize("tag", ["main", "article", "section", "bao-tin"])
@pytest.mark.parametrize("begins", ["<head><title>Cầu</title>", "<title>Cầu</title>", "<head></head>", "<head>"])
def test_html_5_that_leaves_out_the_end_of_the_head_and_the_beginning_of_the_body(begins, tag):
    title = "Cầu treo Đá Đen thông xe trở lại hôm nay"
    texts = [SENTENCE * 4, SENTENCE * 5]
    shown = f"<h1>{title}</h1><p>{texts[0]}</p><p>{texts[1]}</p>"
    for behind in ("", "<div>Liên hệ</div>", "<body><div>Liên hệ</div>"):
        page = f"<!DOCTYPE html><html lang='vi'>{begins}<{tag}>{shown}</{tag}>{behind}"

        assert [line for line in article(page, GenericPage).body.split("\n\n") if line != "Liên hệ"] == texts


def test_a_page_that_the_parser_leaves_before_its_end_is_no_article():
    page = onecms(f"<p>{SENTENCE}</p>{'<b><i>' * 1500}{'</i></b>' * 1500}<p>{SENTENCE}</p>")
    reading = read(page, URL, FAMILIES)
    assert isinstance(reading, NotArticle)
    assert (reading.reason, reading.detail) == ("not-html", "the markup is nested too deep to be read to its end")


@pytest.mark.parametrize("piece", ["<div>", "<b>x<br>", "<table><tr><td>", "<p>x", "<a href='x' ", "<", "<li>x"])
@pytest.mark.parametrize("layouts", [FAMILIES, ()])
def test_bombs_do_not_crash(piece, layouts):
    assert isinstance(read(onecms(piece * 30_000), URL, layouts), Article | NotArticle)


def test_a_body_of_too_many_elements_keeps_its_text():
    reading = article(onecms(f"<p>{SENTENCE}</p>" + "<p>x</p>" * 60_000))
    assert reading.body.startswith(f"{SENTENCE}\n\nx\n\nx")


def test_deep_json_ld_is_passed_over():
    page = onecms(f"<p>{SENTENCE}</p>", head=f"<script type='application/ld+json'>{'[' * 200_000}</script>")
    assert article(page).body == SENTENCE


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_have_an_answer(page):
    for wrapped in (page, b"<html><div class='b-maincontent'><div class='entry'><h1 class='block-sc-title'>x" + page):
        assert isinstance(read(wrapped, URL, FAMILIES), Article | NotArticle)


PIECES = st.sampled_from([
    "<p>", "</p>", "<b>", "</b>", "<table>", "<tr>", "<td>", "</td>", "</table>", "<br>", "<img src=a.jpg>", "<i>",
    "<figcaption>", "</figcaption>", "<ul>", "<li>", "</ul>", "</i>", "<a href=b>", "<a href='http://[x'>", "</a>",
    "<h2>", "</h2>", "&nbsp;", "Nguồn: https://a.vn/b", "Một", " hai ", "<blockquote>", "</blockquote>", "</div>",
    "<script>", "</script>", "<!-- -->", "<td class=image_desc>", "&#0;", "&#xD800;", "\u202b", "تعليق (٣)", "\n",
])  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_any_markup_gives_tidy_paragraphs(pieces):
    dated = f"{HEADER}<span class='sc-longform-header-date'>08/01/2026 10:02</span>"
    reading = read(onecms("".join(pieces), header=dated), URL, FAMILIES)
    assert isinstance(reading, Article)
    paragraphs = reading.body.split("\n\n") if reading.body else []
    assert all(line == clean(line) != "" for text in paragraphs for line in text.split("\n"))
    reading.body.encode()
    assert "<script" not in (reading.body_html or "")


# Bodies


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("Trần <p>một</p> hai <div>ba</div> bốn", "Trần\n\nmột\n\nhai\n\nba\n\nbốn"),
        ("<p>150 m<sup>3</sup> nước, H<sub>2</sub>O, <b>đ</b>ường</p>", "150 m3 nước, H2O, đường"),
        ("<p>214&nbsp;hộ\n\t dân</p>", "214 hộ dân"),
        ("<p>a<br>b<br/><br>c</p>", "a\nb\n\nc"),
        ("<p><table><tr><td>Xã</td><td>Giá</td></tr></table>Ngoài bảng</p>", "Xã | Giá\n\nNgoài bảng"),
        ("<table><tr><td><p>Một</p><p>Hai</p></td></tr></table>", "Một\n\nHai"),
        (
            "<p>a</p><table><caption>Giá <b>heo</b></caption><tr><td>Xã</td><td>Giá</td></tr></table>",
            "a\n\nGiá heo\nXã | Giá",
        ),
        ("<table><caption>Bảng</caption><tr><td>Một ô</td></tr></table><p>b</p>", "Bảng\n\nMột ô\n\nb"),
        ("<ul><li>một<li>hai</ul>", "một\n\nhai"),
        ("<p>a</p><script>b</script><style>c</style><noscript>d</noscript><form>e</form>", "a"),
        ("<p>a</p><p style='display:none'>b</p><ins class='adsbygoogle'>c</ins><p><ins>d</ins></p>", "a\n\nd"),
        ("<p>Cầu treo Đá Đen.</p><p>b</p>", "b"),
    ],
)
def test_text_is_walked_in_order(markup, expected):
    assert body(markup) == expected


@pytest.mark.parametrize("tag", ["", "ĐNO - ", "(HPĐT)- ", "(Baosuoicat.vn) - ", "<b>BSC -</b> "])
def test_a_lead_is_not_repeated_in_the_body_behind_the_papers_tag(tag):
    lead = "Cầu treo nối lại hai bờ suối Cát sau ba tháng."
    header = f"{HEADER}<div class='sc-longform-header-sapo'>{lead}</div>"
    reading = article(onecms(f"<p>{tag}{lead}</p><p>{tag}{SENTENCE}</p>", header))
    assert reading.lead == lead
    assert reading.body == clean(tag.replace("<b>", "").replace("</b>", "") + SENTENCE)


def test_pictures_have_their_captions_and_the_body_has_not():
    reading = article(
        onecms(
            "<figure><img src='/a.jpg'><figcaption>Một</figcaption></figure>"
            "<p>Chữ.<img data-src='/b.jpg' src='grey.gif'></p><p><em>Hai</em></p><p><em>Chữ nghiêng.</em></p>"
            "<p><img src='/c.jpg'></p><p>Người dân qua cầu. Ảnh: Hà Vi</p>"
            "<p><img src='data:image/gif;base64,R0'></p><p>Cuối.</p>"
        )
    )
    assert reading.images == (
        Image("https://baolamdong.vn/a.jpg", "Một"),
        Image("https://baolamdong.vn/b.jpg", "Hai"),
        Image("https://baolamdong.vn/c.jpg", "Người dân qua cầu. Ảnh: Hà Vi"),
    )
    assert reading.body == "Chữ.\n\nChữ nghiêng.\n\nCuối."


def test_html_of_a_body_is_plain_and_says_the_same():
    page = Document(
        "<div id='b'><p onclick='x()' class='y'>Một <b>đậm <a href='/z?a=1&amp;b=2'>liên kết</a></b> &lt;3</p>"
        "<p><a href='javascript:x()'>hai</a><br>ba</p><ul><li>bốn</li></ul></div>",
        URL,
    )
    blocks = blocks_of(page.root.get_element_by_id("b"), page.absolute)
    assert as_html(blocks) == (
        '<p>Một <strong>đậm <a href="https://baolamdong.vn/z?a=1&amp;b=2">liên kết</a></strong> &lt;3</p>\n'
        "<p>hai<br>ba</p>\n<ul>\n<li>bốn</li>\n</ul>"
    )
    assert as_text(blocks) == "Một đậm liên kết <3\n\nhai\nba\n\nbốn"
    assert pictures(blocks) == ()


@pytest.mark.parametrize(
    ("lines", "kept", "source", "count"),
    [
        (["a", "Nguồn: https://b.vn/c.html"], 1, "https://b.vn/c.html", None),
        (["a", "Source : https://b.vn/c.html.", "Comment (1,204)"], 1, "https://b.vn/c.html", 1204),
        (["a", "المصدر: \u202ahttps://b.vn/c.html\u202c", "تعليق (۳)"], 1, "https://b.vn/c.html", 3),
        (["a", "コメント (0)"], 1, None, 0),
        (["a", "Nguồn: TTXVN"], 1, None, None),
        (["a", "Bình luận"], 1, None, None),
        (["Nguồn: https://b.vn/c.html", "Một bài dài hơn nhiều so với phần đứng trước dòng nguồn này."], 2, None, None),
        (["a", "Nguồn nước: https://b.vn/c.html"], 2, None, None),
    ],
)
def test_trailers_are_cut_and_believed(lines, kept, source, count):
    page = Document("<div id='b'>" + "".join(f"<p>{line}</p>" for line in lines) + "</div>", URL)
    blocks = blocks_of(page.root.get_element_by_id("b"), page.absolute)
    trailer = cut_trailers(blocks)
    assert len(blocks) == kept
    assert (trailer.source_url, trailer.comment_count) == (source, count)


# Names


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("Tin và ảnh: Nam Giang", ("Nam Giang",)),
        ("Tin: A Páo - Ảnh: Lê B", ("A Páo", "Lê B")),
        ("Bài, ảnh: Hà Vi, Y Nam và K’Sệt", ("Hà Vi", "Y Nam", "K’Sệt")),
        ("By Jane Doe and John Roe", ("Jane Doe", "John Roe")),
        ("Hà Vi; HÀ VI", ("Hà Vi",)),
        ("Báo Lâm Đồng", ()),
        ("Bảo Châu", ("Bảo Châu",)),
        ("Bút danh", ()),
        ("Theo Báo Suối Cát", ()),
        ("https://facebook.com/x", ()),
    ],
)
def test_bylines_are_taken_apart(printed, names):
    assert split_names([printed]) == names


@pytest.mark.parametrize(
    ("lead", "kept"),
    [
        ("(Baonghean.vn) - Sáng nay", "Sáng nay"),
        ("(HPĐT)- Sáng nay", "Sáng nay"),
        ("ĐNO - Sáng nay", "Sáng nay"),
        ("EU - Việt Nam ký kết", "EU - Việt Nam ký kết"),
        ("Sáng nay - chiều nay", "Sáng nay - chiều nay"),
    ],
)
def test_only_the_papers_tag_goes(lead, kept):
    assert without_tag(lead, "Báo và phát thanh, truyền hình Đà Nẵng") == kept


# Fields that are easily taken wrongly


def test_a_missing_counter_is_unknown_and_a_zero_is_zero():
    counter = "<div class='c-comment-bar__count'>({}) Bình luận</div><span class='c-reaction-count'>5</span>"
    page = onecms(f"<p>{SENTENCE}</p>")
    assert article(page).comment_count is None
    assert article(page.replace("</body>", counter.format("") + "</body>")).comment_count is None
    assert article(page.replace("</body>", counter.format(0) + "</body>")).comment_count == 0
    assert article(page.replace("</body>", counter.format(31) + "</body>")).comment_count == 31


def test_the_canonical_address_is_believed_on_its_own_host_and_edition_only():
    def declared(address: str, url: str = URL) -> Article:
        return article(onecms("<p>x</p>", head=f'<link rel="canonical" href="{address}">'), url=url)

    assert declared("/khac-412345.html", f"{URL}?utm_source=x").url == "https://baolamdong.vn/khac-412345.html"
    assert declared("https://m.baolamdong.vn/b-1.html").url == "https://m.baolamdong.vn/b-1.html"
    assert declared("https://baokhac.vn/b-1.html").url == URL
    assert declared("https://baolamdong.vn/").url == URL
    english = "https://baolamdong.vn/en/b-1.html"
    assert declared("https://baolamdong.vn/b-1.html", english).url == english


# Generic pages


def generic(
    head: str, *, lang: str = "en", url: str = "https://news.example.com/2026/a-bridge", main: str = ""
) -> Article:
    text = "".join(f"<p>{SENTENCE} Đoạn {n} kể thêm nhiều điều về cây cầu và người dân hai bờ.</p>" for n in range(6))
    main = f"<h1>A bridge is back</h1><article>{text}</article>"
    return article(f"<html lang='{lang}'><head>{head}</head><body>{main}</body></html>", url=url)


def linked_data(**values: object) -> str:
    data = {"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle", **values}]}
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def test_a_page_of_no_family_reads_by_what_it_declares():
    reading = generic(
        "<title>A bridge is back | Example News</title><meta property='og:site_name' content='Example News'>"
        + linked_data(
            headline="A bridge is back",
            datePublished="2026-03-01T23:30:00Z",
            author=[{"@type": "Person", "name": "Jane Doe"}, {"@type": "Organization", "name": "Example News"}],
            articleSection="Local",
            keywords=["bridge", "flood"],
            commentCount=0,
        )
    )
    assert reading.title == "A bridge is back"
    assert reading.published_at == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert (reading.authors, reading.section, reading.tags) == (("Jane Doe",), "Local", ("bridge", "flood"))
    assert reading.comment_count == 0
    assert reading.body.count("\n\n") == 5
    assert reading.reader == GenericPage.reader()
    assert reading.field_sources["body"] == "fallback"
    assert reading.field_sources["published_at"] == "json-ld"


@pytest.mark.parametrize(
    ("printed", "lang", "url", "expected"),
    [
        ("2026-03-01T23:30:00Z", "vi", "https://bao.example/a-b-c", "2026-03-02T06:30:00+07:00"),
        ("2026-03-01T23:30:00", "en", "https://tin.example.vn/a-b-c", "2026-03-01T23:30:00+07:00"),
        ("2026-03-01T23:30:00", "en", "https://news.example.com/a-b-c", "2026-03-01T00:00:00+00:00"),
        ("2026-03-01", "en", "https://news.example.com/a-b-c", "2026-03-01T00:00:00+00:00"),
        ("03/04/2026", "en", "https://news.example.com/a-b-c", None),
        ("30/47/2026", "vi", "https://bao.example/a-b-c", None),
    ],
)
def test_zones_are_the_papers_own_or_not_guessed(printed, lang, url, expected):
    reading = generic(f"<meta property='article:published_time' content='{printed}'>", lang=lang, url=url)
    assert (reading.published_at and reading.published_at.isoformat()) == expected
    assert reading.published_raw == printed


def test_json_ld_with_raw_line_breaks_and_trailing_commas_is_read():
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "A bridge\n is back", }</script>'
    assert generic(head).field_sources["title"] == "selector"
    assert Document(head, URL).article_data[0]["headline"] == "A bridge\n is back"


@pytest.mark.parametrize(
    ("page", "content_type", "reason"),
    [
        (b"", None, "empty"),
        (b" \n ", None, "empty"),
        (b"%PDF-1.7", None, "not-html"),
        (b"just words", "text/html", "not-html"),
        (b"<p>x</p>", "image/png", "not-html"),
        (b'{"a": "<p>"}', "application/json; charset=utf-8", "not-html"),
        (b"<html><title>Just a moment...</title><body>Checking your browser</body></html>", None, "challenge"),
        (b"<html><body><h1>404</h1><p>Not here</p></body></html>", None, "soft-404"),
        (b"<html><body><h1>Gioi thieu</h1></body></html>", None, "empty"),
    ],
)
def test_reasons_for_no_article(page, content_type, reason):
    reading = read(page, URL, FAMILIES, content_type=content_type)
    assert isinstance(reading, NotArticle)
    assert reading.reason == reason
    assert reading.detail
