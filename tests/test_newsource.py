"""`baotinh new-source` against the demo newspaper on loopback: what it writes is a spider that crawls."""

from __future__ import annotations

import ast
import gzip
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from demo_crawl import FAST, ROOT, baotinh

from crawler import survey
from crawler.demo.paper import Newspaper, demo_papers
from crawler.demo.server import serve
from crawler.demo.site import site
from crawler.scout import Page
from crawler.spider_file import fitting, harmless, quoted

if TYPE_CHECKING:
    from pathlib import Path

HOST = "baosuoimoi.example"
HOME = f"https://{HOST}/"


@pytest.fixture
def paper() -> Newspaper:
    return Newspaper(demo_papers()[0].stories, host=HOST, name="Báo Suối Mới", size=40)


@pytest.fixture
def server(paper: Newspaper):
    with serve(paper) as running:
        yield running


def new_source(folder: Path, *arguments: object, contact: str = "", name: str = "baosuoimoi", url: str = HOME):
    where = ["--spiders", folder / "own_spiders", "--pages", folder / "pages"]
    return baotinh("new-source", name, url, *where, *arguments, BAOTINH_DELAY="0", BAOTINH_CONTACT=contact)


def crawl_own(folder: Path, origin: str, offset: float):
    """Crawl with the new spider: a settings module of its own adds the folder to Scrapy's."""
    (folder / "own_settings.py").write_text(
        "from crawler.settings import *\nSPIDER_MODULES = ['crawler.spiders', 'own_spiders']\n"
    )
    given = ["-a", f"origin={origin}", "-a", "days=90", "-s", f"CLOCK_OFFSET={offset}", *FAST]
    paths = f"{folder}:{ROOT}"
    own = {"PYTHONPATH": paths, "SCRAPY_SETTINGS_MODULE": "own_settings"}
    return baotinh("crawl", "baosuoimoi", *given, data=folder / "data", **own)


def test_a_paper_on_a_known_family_is_added_and_crawled(tmp_path: Path, server, paper: Newspaper) -> None:
    origin = server.addresses[HOST]
    done = new_source(tmp_path, "--origin", origin)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "own_spiders" / "baosuoimoi.py").read_text("utf-8")
    assert len(written.splitlines()) < 20
    assert "layouts = (OneCmsPage,)" in written
    assert r'article_url = r"-\d{6,}\.html$"' in written
    assert f'sitemaps = ("{HOME}sitemap.xml",)' in written
    assert f"{HOME}rss/" in written
    assert "guesses" in written
    told = [json.loads(saved.read_text("utf-8")) for saved in (tmp_path / "pages" / "baosuoimoi").glob("*.json")]
    readers = [page["reading"].get("reader", page["reading"].get("reason")) for page in told]
    assert sorted(readers) == ["listing", "onecms/1", "onecms/1", "onecms/1"]
    assert all(page["url"].startswith(HOME) and page["source"] == "baosuoimoi" for page in told)
    assert "articles for tests/test_sources.py" in done.stdout

    crawled = crawl_own(tmp_path, origin, (paper.now - datetime.now(UTC)).total_seconds())
    assert crawled.returncode == 0, crawled.stdout + crawled.stderr
    shown = {paper.address(state.story): state.title for state in paper.visible()}
    with closing(sqlite3.connect(tmp_path / "data" / "archive.db")) as conn:
        assert dict(conn.execute("SELECT url, title FROM articles WHERE reader LIKE 'onecms/%'")) == shown


def test_it_asks_each_address_once_and_obeys_robots(tmp_path: Path, server) -> None:
    new_source(tmp_path, "--origin", server.addresses[HOST])
    asked = {target: n for (_, target, _), n in server.counts.items() if target != "/robots.txt"}
    assert max(asked.values()) == 1
    assert len(asked) < 30
    server.reset_counts()
    server.fault(r"^/robots\.txt$", "body", body=b"User-agent: *\nDisallow: /\n", content_type="text/plain")
    done = new_source(tmp_path, "--origin", server.addresses[HOST], name="baokhac")
    assert done.returncode == 1
    assert done.stderr == f"baotinh: {HOME}: robots.txt forbids it\n"
    assert {target for (_, target, _), n in server.counts.items() if n} == {"/robots.txt"}
    assert not (tmp_path / "own_spiders" / "baokhac.py").exists()


def test_nobody_is_asked_without_a_contact_nor_in_a_private_network(tmp_path: Path, server) -> None:
    done = new_source(tmp_path)
    assert done.returncode == 1
    assert "BAOTINH_CONTACT" in done.stderr
    origin = server.addresses[HOST]
    for url in (origin, origin.replace("127.0.0.1", "localhost")):
        done = new_source(tmp_path, contact="archive@example.org", url=f"{url}/")
        assert done.returncode == 1
        assert "refused" in done.stderr
        assert "Traceback" not in done.stderr
    assert server.requests() == 0


def saved_files(folder: Path, paper: Newspaper) -> list[Path]:
    """The front page and three articles of the paper as files, one of them packed."""
    pages = site(paper)
    articles = [paper.path(state.story) for state in islice(paper.visible(), 3)]
    files = []
    for number, target in enumerate(["/", *articles]):
        file = folder / f"{number}.html"
        body = pages.answer(target).render()
        file.write_bytes(gzip.compress(body) if number == 1 else body)
        files.append(file)
    return files


def test_saved_pages_do_as_well_and_nothing_is_fetched(tmp_path: Path, paper: Newspaper) -> None:
    given = [part for file in saved_files(tmp_path, paper) for part in ("--from", file)]
    done = new_source(tmp_path, *given)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "own_spiders" / "baosuoimoi.py").read_text("utf-8")
    assert "layouts = (OneCmsPage,)" in written
    assert 'confidence = "guess"' in written
    assert len(list((tmp_path / "pages" / "baosuoimoi").glob("*.html.gz"))) == 4


@pytest.mark.parametrize(
    ("name", "url", "more", "says"),
    [
        ("Bao Moi", HOME, (), "is no name"),
        ("baolamdong", HOME, (), "is there already"),
        ("baosuoimoi", "baosuoimoi.example", (), "http"),
        ("baosuoimoi", "https://baolamdong.vn/", (), "read by the source baolamdong already"),
        ("baosuoimoi", HOME, ("--origin", "ftp://x"), "not an origin"),
        ("baosuoimoi", HOME, ("--from", "/nowhere.html"), "/nowhere.html: No such file"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, name: str, url: str, more: tuple[str, ...], says: str) -> None:
    done = new_source(tmp_path, *more, name=name, url=url)
    assert done.returncode != 0
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "own_spiders").exists()


# What is told of addresses and pages


@pytest.mark.parametrize(
    ("addresses", "regex"),
    [
        (["/cho-que-386800.html", "/mua-lon-406733.html", "/lien-he.html"], r"-\d{6,}\.html$"),
        (["/a-b-post596298.html", "/c-d-post1139172.html"], r"-post\d{6,}\.html$"),
        (["/cho-noi-a465150.html", "/ben-song-a56315.html"], r"-a\d{5,}\.html$"),
        (["/kinh-te/202608/cho-8ac1f09/", "/y-te/202607/tram-63d1c02/"], r"-[0-9a-f]{7}/$"),
        (["/thi-truong/cho-que/148739.htm", "/xa/mua/148740.htm"], r"/\d{6,}\.htm$"),
        (
            ["/ar/mot-ngay-o-cho", "/mot-sang-o-ben-song"],
            r"^https?://[^/]+(?:/[a-z0-9-]+)*/[a-z0-9]+(?:-[a-z0-9]+){3,}$",
        ),
    ],
)
def test_the_pattern_of_articles_is_told_from_their_addresses(addresses: list[str], regex: str) -> None:
    pattern = survey.article_pattern([f"https://b.example{path}" for path in addresses])
    assert pattern is not None
    assert pattern.regex == regex
    assert pattern.of == len(addresses)
    assert pattern.matched == len([path for path in addresses if path != "/lien-he.html"])


def test_no_pattern_where_no_ending_recurs() -> None:
    assert survey.article_pattern(["https://b.example/", "https://b.example/kinh-te"]) is None


def test_feeds_and_sitemaps_are_those_that_the_site_names() -> None:
    page = survey.Document(
        "<head><link rel=alternate type='application/rss+xml' href='/x.xml'></head><body><a href='/rss/a'>RSS</a>"
        "<a href='https://other.example/rss'>o</a><a href='/processing'>x</a>",
        "https://b.example/",
    )
    assert survey.declared_feeds(page) == ["https://b.example/x.xml", "https://b.example/rss/a"]
    robots = Page(
        "https://b.example/robots.txt", b"User-agent: *\nsitemap:  /s.xml\nSitemap: https://b.example/t.xml\n"
    )
    assert survey.robots_sitemaps(robots) == ["https://b.example/s.xml", "https://b.example/t.xml"]


def test_sections_are_short_names_in_menus() -> None:
    page = survey.Document(
        "<nav><a href='/kinh-te'>Kinh tế</a><a href='/kinh-te#a'>Kinh tế</a><a href='/y-te/'>Y tế</a>"
        "<a href='/lien-he'>Liên hệ</a><a href='/mua-lon-386800.html'>Mưa lớn</a><a href='https://x.example/a'>X</a>"
        "<a href='/'>Trang chủ</a></nav><a href='/van-hoa'>Văn hóa</a>",
        "https://www.b.example/",
    )
    assert survey.sections_of(page) == ["https://www.b.example/kinh-te", "https://www.b.example/y-te/"]


def test_whatever_a_page_says_the_spider_stays_python() -> None:
    hostile = 'Báo """ + __import__("os").getcwd() \\ {x}'
    assert ast.literal_eval(quoted(hostile)) == hostile
    assert ast.get_docstring(ast.parse(f'"""{harmless(hostile)}"""'))
    urls = [f'https://b.example/{{{number}}}/"x' for number in range(4)]
    assert set(eval(fitting("feeds", urls))) <= set(urls)  # noqa: S307 - the text under test
    assert len(f"    feeds = {fitting('feeds', [f'https://b.example/rss/{n:030}' for n in range(9)])}") <= 120
