"""Feeds, sitemaps and section pages, whole and broken."""

import gzip
import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import Sitemap, articles, is_article, page_of, parse_feed, parse_sitemap
from crawler.mending import NotXml, unzipped

BASE = "https://baosuoicat.example/rss/thoi-su"
FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>Thời sự</title>
<item><title>Mưa lớn ở Bản Láng</title><link>https://baosuoicat.example/mua-lon-386801.html</link>
<pubDate>Tue, 01 Sep 2026 08:30:00 +0700</pubDate><slash:comments>3</slash:comments></item>
<item><title>Cầu mới qua suối</title><link>/cau-moi-386802.html</link>
<pubDate>Tue, 01 Sep 2026 07:00:00 GMT+7</pubDate></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Cầu mới</title>
<link rel="self" href="https://baosuoicat.example/self"/>
<link href="https://baosuoicat.example/cau-moi-386802.html"/><updated>2026-09-01T07:00:00+07:00</updated></entry></feed>"""
SITEMAP = """<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://baosuoicat.example/mua-lon-386801.html</loc><lastmod>2026-09-01T08:30:00+07:00</lastmod></url>
<url><loc>https://baosuoicat.example/cau-moi-386802.html</loc><news:news><news:publication_date>2026-09-01</news:publication_date>
<news:title>Cầu mới</news:title></news:news></url></urlset>"""


def test_a_feed_gives_its_entries_in_order() -> None:
    first, second = parse_feed(FEED.encode(), BASE)
    assert (first.url, first.title) == (
        "https://baosuoicat.example/mua-lon-386801.html",
        "Mưa lớn ở Bản Láng",
    )
    assert first.comment_count == 3
    assert first.when is not None
    assert first.when.isoformat() == "2026-09-01T08:30:00+07:00"
    assert second.url == "https://baosuoicat.example/cau-moi-386802.html"
    assert second.comment_count is None
    assert second.when is not None
    assert second.when.isoformat() == "2026-09-01T07:00:00+07:00"


def test_an_atom_entry_is_its_alternate_link() -> None:
    [entry] = parse_feed(ATOM.encode(), BASE)
    assert entry.url == "https://baosuoicat.example/cau-moi-386802.html"
    assert entry.raw == "2026-09-01T07:00:00+07:00"


@pytest.mark.parametrize(
    "body",
    [
        FEED.encode("utf-8-sig"),
        FEED.replace("utf-8", "utf-16").encode("utf-16"),
        FEED.encode("utf-16-le"),
        FEED.replace("Mưa lớn", "Mưa & gió \x07lớn").encode(),
        b"\n\n  " + FEED.encode(),
        gzip.compress(FEED.encode()),
        FEED.replace("</channel></rss>", "").encode(),
        FEED.replace('encoding="utf-8"', 'encoding="us-ascii"').encode(),
    ],
    ids=[
        "bom",
        "utf-16",
        "utf-16 without bom",
        "bare & and control byte",
        "leading blank",
        "gzip",
        "cut",
        "lie",
    ],
)
def test_a_broken_feed_still_gives_both_entries(body: bytes) -> None:
    assert [entry.url[-11:] for entry in parse_feed(body, BASE)] == ["386801.html", "386802.html"]


@pytest.mark.parametrize("declared", ["utf-16", "UTF-16LE", "windows-1252", "windows-1258", "us-ascii", "no-such"])
def test_utf_8_is_believed_before_a_declaration(declared: str) -> None:
    first, _ = parse_feed(FEED.replace('"utf-8"', f'"{declared}"').encode(), BASE)
    assert first.title == "Mưa lớn ở Bản Láng"


def test_a_broken_byte_amid_utf_8_and_text_that_is_none() -> None:
    broken = FEED.encode().replace(b"<channel>", b"<channel><!-- \xe1 -->")
    assert parse_feed(broken, BASE)[0].title == "Mưa lớn ở Bản Láng"
    old = FEED.replace("utf-8", "windows-1258").replace("Mưa lớn ở Bản Láng", "Lũ Đá Đen").encode("cp1258", "replace")
    assert parse_feed(old, BASE)[0].title == "L? Đá Đen"
    assert parse_feed(old.replace(b' encoding="windows-1258"', b""), BASE)[0].title == "L? Đá Đen"


def test_cdata_stays_and_entities_of_html_are_characters() -> None:
    body = FEED.replace("Mưa lớn ở Bản Láng", "<![CDATA[Mưa & gió &amp; lũ]]>").replace(
        "https://baosuoicat.example/mua-lon-386801.html", "<![CDATA[https://baosuoicat.example/x-386801.html?a=1&b=2]]>"
    )
    first, second = parse_feed(body.replace("Cầu mới", "C&#7847;u&nbsp;m&ecirc;n &none; &").encode(), BASE)
    assert (first.url, first.title) == ("https://baosuoicat.example/x-386801.html?a=1&b=2", "Mưa & gió & lũ")
    assert second.title == "Cầu\xa0mên &none; & qua suối"


def test_what_other_vocabularies_say_beside_an_entry_is_not_its_own() -> None:
    others = """<media:title xmlns:media="http://search.yahoo.com/mrss/">Ảnh</media:title>
    <atom:link xmlns:atom="http://www.w3.org/2005/Atom" href="https://baosuoicat.example/khac-1.html"/><title>Mưa"""
    [first, _] = parse_feed(FEED.replace("<title>Mưa", others).encode(), BASE)
    assert (first.url[-11:], first.title) == ("386801.html", "Mưa lớn ở Bản Láng")
    pictures = """<image:image xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
    <image:loc>https://anh.example/1.jpg</image:loc><image:title>Ảnh</image:title></image:image></url>"""
    page, _ = parse_sitemap(SITEMAP.replace("</url>", pictures, 1).encode(), BASE).entries
    assert (page.url[-11:], page.title) == ("386801.html", None)


def test_titles_in_markup_and_entries_without_a_link() -> None:
    atom = ATOM.replace("<title>Cầu mới", '<title type="xhtml"><!-- x --><b>Cầu</b> <i>mới</i>')
    assert [entry.title for entry in parse_feed(atom.encode(), BASE)] == ["Cầu mới"]
    reasons: list[str] = []
    body = """<rss><channel><item><guid isPermaLink="false">12345</guid></item><item><link>ftp://a.example/b</link></item>
    <item><guid>https://baosuoicat.example/a-386801.html</guid></item><item><link>http://[::1</link></item></channel></rss>"""
    assert [entry.url[-11:] for entry in parse_feed(body.encode(), BASE, reasons.append)] == ["386801.html"]
    assert reasons == ["no address", "scheme", "malformed"]


@pytest.mark.parametrize(
    ("printed", "when"),
    [
        ("Sat, 05 Sep 2026 22:17:01 +0700", "2026-09-05T22:17:01+07:00"),
        ("Fri, 04 Sep 2026 18:48:27 GMT+7", "2026-09-04T18:48:27+07:00"),
        ("Sat, 05 Sep 26 17:09:00 +0700", "2026-09-05T17:09:00+07:00"),
        ("9/5/2026 1:30:00 PM", "2026-09-05T13:30:00+07:00"),
        ("Fri, 04 Sep 2026 02:43:06 GMT", "2026-09-04T02:43:06+00:00"),
        ("Thứ tư, 22/10/2025, 19:25 (GMT+7)", "2025-10-22T19:25:00+07:00"),
        ("25/12/2026 13:30:00", "2026-12-25T13:30:00+07:00"),
        ("5/6/2026 13:30:00", None),
        ("30/47/2023", None),
    ],
)
def test_dates_of_feeds(printed: str, when: str | None) -> None:
    entry = parse_feed(FEED.replace("Tue, 01 Sep 2026 08:30:00 +0700", printed).encode(), BASE)[0]
    assert (entry.when and entry.when.isoformat()) == when
    assert (entry.raw, entry.is_published) == (printed, True)


@pytest.mark.parametrize("packed", [False, True])
def test_a_giant_sitemap_costs_no_memory_beside_its_bytes(packed: bool) -> None:
    row = "<url><loc>https://baosuoicat.example/{}-386801.html</loc><lastmod>2026-09-01T08:30:00+07:00</lastmod></url>"
    rows = "".join(row.format(f"mot-ngay-o-cho-phien-{number}") for number in range(25_000))
    body = f"<urlset>{rows}</urlset>".encode()
    body = gzip.compress(body, 1) if packed else body
    tracemalloc.start()
    try:
        assert sum(1 for _ in parse_sitemap(body, BASE).entries) == 25_000
        assert tracemalloc.get_traced_memory()[1] < 2 * 2**20
    finally:
        tracemalloc.stop()


def test_a_bomb_is_left_where_it_grows_too_large() -> None:
    pieces = unzipped(gzip.compress(b"x" * 5_000_000), limit=1_000_000)
    assert len(next(pieces)) < 1_000_000
    with pytest.raises(NotXml, match="more than 1,000,000 bytes"):
        list(pieces)


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + FEED.replace("Mưa lớn", "&b;").replace(
        '<?xml version="1.0" encoding="utf-8"?>', ""
    )
    assert "aaaa" not in (parse_feed(bomb.encode(), BASE)[0].title or "")


def test_a_sitemap_gives_pages_and_dates() -> None:
    sitemap = parse_sitemap(SITEMAP.encode(), BASE)
    assert not sitemap.is_index
    first, second = sitemap.entries
    assert (first.raw, first.is_published) == ("2026-09-01T08:30:00+07:00", False)
    assert (second.raw, second.is_published, second.title) == ("2026-09-01", True, "Cầu mới")


def test_a_sitemap_index_is_told_from_pages() -> None:
    index = "<sitemapindex><sitemap><loc>https://a.example/s-2026-09-01.xml</loc></sitemap></sitemapindex>"
    assert parse_sitemap(index.encode(), BASE).is_index


@pytest.mark.parametrize("link", ["file:///etc/hostname", "javascript:alert(1)", "", "http://[::1", "ftp://a/b"])
def test_other_schemes_and_malformed_addresses_are_passed_over(link: str) -> None:
    body = SITEMAP.replace("https://baosuoicat.example/mua-lon-386801.html", link)
    assert [entry.url for entry in parse_sitemap(body.encode(), BASE).entries] == [
        "https://baosuoicat.example/cau-moi-386802.html"
    ]


@pytest.mark.parametrize("body", [b"", b"\x00\x01", b"<!DOCTYPE html><html><body>404</body></html>", b"\x1f\x8bxx"])
def test_what_is_no_xml_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NotXml):
        parse_sitemap(body, BASE)


@given(st.binary(max_size=400))
def test_any_bytes_give_entries_or_not_xml(body: bytes) -> None:
    for parse in (parse_feed, parse_sitemap):
        try:
            found = parse(body, BASE)
            list(found.entries if isinstance(found, Sitemap) else found)
        except NotXml:
            continue


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://m.bao.example/Tin-386801.html", "https://m.bao.example/Tin-386801.html"),
        ("https://bao.example/Tin-386801.html?utm_source=rss#comments", "https://bao.example/Tin-386801.html"),
        ("https://bao.example/Tin-386801.html?print=1", "https://bao.example/Tin-386801.html"),
        ("https://bao.example/Tin-386801.html/amp", None),
    ],
)
def test_an_article_in_every_dress_and_the_address_to_ask_for(url: str, page: str | None) -> None:
    pattern = re.compile(r"/[A-Z]?[a-z]+-\d{6}\.html$")
    assert is_article(url, pattern)
    assert page_of(url, pattern) == page


@pytest.mark.parametrize("end", ["?page=2", "?id=7&utm_source=rss", "/anh#x", "?utm_source=http://[::1"])
def test_another_page_is_not_the_article_that_its_address_begins_with(end: str) -> None:
    pattern = re.compile(r"/tin-\d{6}\.html$")
    url = f"https://bao.example/tin-386801.html{end}"
    assert is_article(url, pattern) == (page_of(url, pattern) is not None) == (end == "?utm_source=http://[::1")


def test_section_pages_give_articles_once_in_order() -> None:
    page = """<html><head><base href="https://baosuoicat.example/x/"></head><body>
    <a href="/a-386801.html#c">A</a><a href="b-386802.html">B</a><a href="/a-386801.html">again</a>
    <a href="/thoi-su">section</a><a href="mailto:a@b">mail</a><a>none</a></body></html>"""
    assert articles(page, "https://other.example/", re.compile(r"-\d{6}\.html$")) == [
        "https://baosuoicat.example/a-386801.html",
        "https://baosuoicat.example/x/b-386802.html",
    ]
