"""Feeds, sitemaps and section pages, whole and broken."""

import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import NotXml, articles, parse_feed, parse_sitemap

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


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + FEED.replace("Mưa lớn", "&b;").replace(
        '<?xml version="1.0" encoding="utf-8"?>', ""
    )
    assert "aaaa" not in (parse_feed(bomb.encode(), BASE)[0].title or "")


def test_a_sitemap_gives_pages_and_dates() -> None:
    sitemap = parse_sitemap(SITEMAP.encode(), BASE)
    assert not sitemap.is_index
    assert [entry.raw for entry in sitemap.entries] == ["2026-09-01T08:30:00+07:00", "2026-09-01"]
    assert sitemap.entries[1].title == "Cầu mới"


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
            parse(body, BASE)
        except NotXml:
            continue


def test_section_pages_give_articles_once_in_order() -> None:
    page = """<html><head><base href="https://baosuoicat.example/x/"></head><body>
    <a href="/a-386801.html#c">A</a><a href="b-386802.html">B</a><a href="/a-386801.html">again</a>
    <a href="/thoi-su">section</a><a href="mailto:a@b">mail</a><a>none</a></body></html>"""
    assert articles(page, "https://other.example/", re.compile(r"-\d{6}\.html$")) == [
        "https://baosuoicat.example/a-386801.html",
        "https://baosuoicat.example/x/b-386802.html",
    ]
