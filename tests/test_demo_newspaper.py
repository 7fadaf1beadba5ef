"""The demo newspaper, asked over real HTTP: its pages, lists, feeds, sitemaps and its clock."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from demo_client import ARABIC, ARABIC_SILENT, BRIDGE, FAIR, LATER, ask, parse, path_of, write
from lxml import html

from crawler.demo.content import instant, load
from crawler.demo.paper import LAM_DONG_SECTIONS, Newspaper, demo_papers
from crawler.demo.server import serve

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SLASH = "{http://purl.org/rss/1.0/modules/slash/}"


@pytest.fixture
def papers(tmp_path: Path) -> tuple[Newspaper, Newspaper]:
    return demo_papers(write(tmp_path, BRIDGE, FAIR, LATER, ARABIC, ARABIC_SILENT))


@pytest.fixture
def server(papers):
    with serve(*papers) as running:
        yield running


def test_an_article_says_everything_where_onecms_says_it(papers, server):
    paper = papers[0]
    answer = ask(server, paper, path_of(paper, "cau-treo-da-den"))
    page = html.document_fromstring(answer.body)
    assert answer.status == 200
    assert page.xpath("string(//h1[contains(@class,'sc-longform-header-title')])") == BRIDGE["title"]
    assert page.xpath("string(//*[contains(@class,'block-sc-sapo')])").endswith(BRIDGE["lead"])
    assert page.xpath("string(//*[contains(@class,'sc-longform-header-date')])") == "29/08/2026 08:30"
    assert page.xpath("//meta[@name='article:published_time']/@content") == ["8/29/2026 8:30:00 AM"]
    assert page.xpath("//meta[@property='dable:author']/@content") == ["Nguyễn Hà"]
    assert page.xpath("//link[@rel='canonical']/@href") == [paper.written_addresses["cau-treo-da-den"]]
    assert page.xpath("//*[contains(@class,'onecms__tags')]//a/@href") == [
        "/cau-treo-ptag.html",
        "/da-den-ptag.html",
    ]
    assert page.xpath("string(//td[@class='image_desc'])") == BRIDGE["images"][0]["caption"]
    assert page.xpath("string(//*[@class='c-comment-bar__count'])") == "(0) Bình luận"
    for drop in page.xpath("//*[contains(@class,'entry')]//*[contains(@class,'c-box') or self::table]"):
        drop.drop_tree()
    entry = page.xpath("string(//*[contains(concat(' ',@class,' '),' entry ')])").replace("\xa0", " ")
    places = [entry.find(text) for text in BRIDGE["paragraphs"]]
    assert places == sorted(places)
    assert places[0] > 0
    assert "&#244;" in answer.text  # meta is encoded as ASP.NET does
    assert "<cũ>" not in answer.text  # text is escaped


def test_every_shape_occurs_and_keeps_every_paragraph(tmp_path):
    paper = Newspaper(load(write(tmp_path, BRIDGE, FAIR)).vietnamese, size=400)
    with serve(paper) as server:
        seen = ""
        for state, _ in zip(paper.visible(), range(60), strict=False):
            text = ask(server, paper, paper.path(state.story)).text
            seen += text
            shown = " ".join(html.document_fromstring(text).text_content().replace("\xa0", " ").split())
            assert all(paragraph in shown for paragraph in state.paragraphs)
            assert ("c-comment-bar__count" in text) == (state.comment_count is not None)
    for shape in (
        "sc-hightlight-box",
        "<p><strong>",
        "class='sc-longform",
        "<article class",
        "&nbsp;",
        "<em>“",
    ):
        assert shape in seen
    assert re.search(r"<p>\s*<table class=\"full-img\">.*?</table><p>", seen, re.DOTALL)
    assert re.search(r"sc-longform-header-media.></div></div>\s*<table", seen)
    assert "'articlePublishDate': '" in seen


def test_a_page_weighs_what_was_asked_for(papers):
    small = Newspaper(papers[0].stories, weight=0)
    with serve(small) as server:
        light = len(ask(server, small, path_of(small, "cau-treo-da-den")).body)
    with serve(papers[0]) as server:
        heavy = len(ask(server, papers[0], path_of(papers[0], "cau-treo-da-den")).body)
    assert light < 25_000
    assert 40_000 < heavy < 80_000


def test_robots_sitemaps_and_feeds(papers, server):
    paper = papers[0]
    robots = ask(server, paper, "/robots.txt").text
    assert "Disallow: /print/" in robots
    assert f"Sitemap: https://{paper.host}/sitemap.xml" in robots
    index = parse(ask(server, paper, "/sitemap.xml").body)
    days = [urlsplit(loc.text).path for loc in index.iter(f"{SITEMAP}loc") if "article" in loc.text]
    assert days == ["/sitemap-article-2026-08-29.xml"]
    day = parse(ask(server, paper, days[0]).body)
    found = {loc.text for loc in day.iter(f"{SITEMAP}loc")}
    assert found == {paper.written_addresses[slug] for slug in ("cau-treo-da-den", "hoi-cho-nong-san")}
    assert day.find(f"{SITEMAP}url/{SITEMAP}lastmod").text == "2026-08-29T14:05:00+07:00"
    assert ask(server, paper, "/sitemap-article-2026-08-30.xml").status == 404
    assert ask(server, paper, "/sitemap-article-2026-99-99.xml").status == 404
    item = parse(ask(server, paper, "/rss/thoi-su").body).find("channel/item")
    assert item.findtext("title") == BRIDGE["title"]
    assert item.findtext("link") == paper.written_addresses["cau-treo-da-den"]
    assert item.findtext("pubDate") == "Sat, 29 Aug 2026 08:30:00 +0700"
    assert item.findtext(f"{SLASH}comments") == "0"
    home = parse(ask(server, paper, "/rss/home").body)
    assert [at.find(f"{SLASH}comments") is None for at in home.iter("item")] == [True, False]
    assert ask(server, paper, "/rss/khong-co").status == 404


def test_lists_lead_to_the_articles(papers, server):
    paper = papers[0]
    front = html.document_fromstring(ask(server, paper, "/").body)
    grid = front.xpath("//div[contains(@class,'c-template-cate')]//*[contains(@class,'b-grid__title')]/a/@href")
    assert grid == [state.story and paper.address(state.story) for state in paper.visible()]
    assert len(front.xpath("//ul[@class='onecms__loading']/li/@pid")) == 1
    assert front.xpath("//img[@class='lazy']/@data-src")
    assert BRIDGE["tags"][0] not in ask(server, paper, "/kinh-te").text
    number = paper.by_slug("hoi-cho-nong-san").number
    more = json.loads(ask(server, paper, f"/api/getMoreArticle/channel__{number}_0_0").body)
    assert [row["LinktoMe2"] for row in more] == [paper.written_addresses["cau-treo-da-den"]]
    assert ask(server, paper, f"/print/{number}.html").status == 200
    assert ask(server, paper, "/da-den-ptag.html").status == 200
    assert ask(server, paper, "/an-pham").status == 404
    wrong = ask(server, paper, f"/khac-{number}.html")
    assert (wrong.status, wrong.headers["Location"]) == (301, paper.written_addresses["hoi-cho-nong-san"])


def test_the_clock_publishes_edits_removes_restores_and_counts(papers, server):
    paper = papers[0]
    bridge, fair, later = (path_of(paper, slug) for slug in ("cau-treo-da-den", "hoi-cho-nong-san", "khai-giang"))
    statuses, counts, costs = [], [], []
    for day in range(5):
        server.set_clock(day)
        statuses.append(tuple(ask(server, paper, path).status for path in (fair, later)))
        page = ask(server, paper, bridge).text
        counts.append(re.search(r"\((\d+)\) Bình luận", page)[1])
        costs.append(re.search(r"(\d,\d) tỷ", page.replace("&nbsp;", " "))[1])
        for listing in ("/kinh-te", "/rss/kinh-te", "/sitemap-article-2026-08-29.xml"):
            listed = fair in ask(server, paper, listing).text.partition("<aside")[0]
            assert listed == (statuses[-1][0] == 200)
    assert statuses == [(200, 404), (200, 200), (200, 200), (404, 200), (200, 200)]
    assert counts == ["0", "3", "3", "7", "7"]
    assert costs == ["3,9", "3,9", "4,2", "4,2", "4,2"]
    server.set_clock(1, "06:59")
    assert ask(server, paper, later).status == 404


def test_a_list_is_new_when_something_goes(papers, server):
    paper = papers[0]
    before = ask(server, paper, "/sitemap-article-2026-08-29.xml")
    server.set_clock(3)
    since = before.headers["Last-Modified"]
    after = ask(server, paper, "/sitemap-article-2026-08-29.xml", If_Modified_Since=since)
    assert after.status == 200
    assert after.body != before.body


def test_the_arabic_edition_names_its_original_and_its_comments(papers, server):
    paper, arabic = papers
    page = html.document_fromstring(ask(server, arabic, "/ar/cau-treo-da-den").body)
    lines = [text.text_content() for text in page.xpath("//div[@class='post-detail-body']/p")]
    assert lines[:2] == ARABIC["paragraphs"]
    assert lines[2] == f"المصدر: {paper.written_addresses['cau-treo-da-den']}"
    assert re.fullmatch(r"تعليق \([0٠]\)", lines[3])
    assert page.get("dir") == "rtl"
    assert page.xpath("string(//h1)") == ARABIC["title"]
    assert page.xpath("//meta[@name='author']/@content") == ["Nguyễn Hà"]
    stamp = int(instant(-2, "10:00").timestamp()) * 1000
    image = page.xpath("//meta[@property='og:image']/@content")[0]
    assert f"/IMAGE/2026/08/30/{stamp}_cau-treo.jpg" in image
    assert "تعليق" not in ask(server, arabic, "/ar/hoi-cho-nong-san").text
    server.set_clock(1)
    assert re.search(r"تعليق \((12|١٢)\)", ask(server, arabic, "/ar/cau-treo-da-den").text)
    assert ask(server, arabic, "/ar/khong-co").status == 404
    links = {link.text for link in parse(ask(server, arabic, "/ar/rss").body).iter("link")}
    assert set(arabic.written_addresses.values()) <= links
    assert set(arabic.written_addresses.values()) <= set(
        html.document_fromstring(ask(server, arabic, "/ar").body).xpath("//section//a/@href")
    )
    assert b"/sitemap-article-2026-08-30.xml" in ask(server, arabic, "/sitemap.xml").body


def test_comment_digits_are_mixed(tmp_path):
    content = load(write(tmp_path, BRIDGE, ARABIC))
    arabic = Newspaper(
        content.arabic,
        edition="vietnamvn",
        original=Newspaper(content.vietnamese),
        host="vn.example",
        size=200,
    )
    with serve(arabic) as server:
        pages = [ask(server, arabic, arabic.path(state.story)).text for state in arabic.visible()]
    counts = [match[1] for page in pages if (match := re.search(r"تعليق \((.+?)\)", page))]
    assert any(count.isascii() for count in counts)
    assert any(not count.isascii() for count in counts)
    assert 0 < len(counts) < len(pages)


def test_five_thousand_articles_are_listed_completely_and_the_same_each_time(tmp_path):
    content = load(write(tmp_path, BRIDGE, FAIR))
    paper, twin = (Newspaper(content.vietnamese, size=5000) for _ in range(2))
    assert len(paper) == 5000
    with serve(paper) as server:
        server.set_clock(4, "23:59")
        twin.set_clock(4, "23:59")
        index = parse(ask(server, paper, "/sitemap.xml").body)
        found = []
        for loc in index.iter(f"{SITEMAP}loc"):
            if "article" in loc.text:
                day = parse(ask(server, paper, urlsplit(loc.text).path).body)
                found += [at.text for at in day.iter(f"{SITEMAP}loc")]
        assert len(parse(ask(server, paper, "/rss/thoi-su").body).findall("channel/item")) == 40
        for address in found[::500]:
            assert ask(server, paper, urlsplit(address).path).status == 200
    assert found == [twin.address(state.story) for state in twin.visible()]
    assert len(set(found)) == len(found)
    states = [paper.state(story) for story in paper.newest()]
    assert len(states) == 5000
    assert len(found) == sum(state.standing == "published" for state in states)
    kinds = {event.kind for state in states for event in state.story.events}
    assert kinds == {"edit", "remove", "restore"}
    assert {state.comment_count is None for state in states} == {True, False}


def test_a_paper_can_pose_as_another(papers):
    posing = Newspaper(papers[0].stories, host="baolamdong.vn", name="Báo Lâm Đồng", section_aliases=LAM_DONG_SECTIONS)
    with serve(posing) as server:
        page = ask(server, posing, path_of(posing, "cau-treo-da-den")).text
        assert '<link rel="canonical" href="https://baolamdong.vn/cau-treo-da-den-' in page
        assert "baosuoicat.example" not in page
        for section in LAM_DONG_SECTIONS:
            assert ask(server, posing, f"/rss/{section}").status == 200
