"""`baotinh new-source` against the demo newspaper on loopback: what it writes is a spider that crawls."""

from __future__ import annotations

import ast
import gzip
import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from demo_crawl import FAST, ROOT, baotinh

from crawler import survey
from crawler.demo.paper import Newspaper, demo_papers
from crawler.demo.server import serve
from crawler.demo.site import site
from crawler.scout import Page
from crawler.spider_file import fitting, harmless, hosts, quoted, tuple_of

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


def test_saved_pages_need_not_say_where_they_are_from(tmp_path: Path, paper: Newspaper) -> None:
    files = saved_files(tmp_path, paper)
    for number, file in enumerate(files):
        page = file.read_bytes()
        page = gzip.decompress(page) if number == 1 else page
        stripped = re.sub(rb"<link[^>]*canonical[^>]*>|<meta[^>]*og:url[^>]*>", b"", page)
        file.write_bytes(stripped if number else stripped.replace(b"<head>", b"<head><!-- saved from url=(0026)https"))
    done = new_source(tmp_path, "--from", *files)
    assert done.returncode == 0, done.stderr
    told = [json.loads(saved.read_text("utf-8")) for saved in (tmp_path / "pages" / "baosuoimoi").glob("*.json")]
    headlines = {paper.state(state.story).title: paper.address(state.story) for state in islice(paper.visible(), 3)}
    read_as = {page["reading"]["title"]: page["url"] for page in told if page["reading"]["kind"] == "article"}
    assert read_as.keys() == headlines.keys()
    linked = [url for title, url in read_as.items() if url == headlines[title]]
    unplaced = [url for url in read_as.values() if url.endswith(".saved")]
    assert len(linked) + len(unplaced) == 3
    assert (f"{len(unplaced)} of the pages do not say" in done.stdout) == bool(unplaced)


def test_saved_pages_without_an_article_are_each_named(tmp_path: Path) -> None:
    for name, page in (("a.html", "<h1>404</h1>"), ("b.pdf", "%PDF-1.7")):
        (tmp_path / name).write_text(page)
    done = new_source(tmp_path, "--from", tmp_path / "a.html", "--from", tmp_path / "b.pdf")
    assert done.returncode == 1
    assert "a.html: no article (soft-404); b.pdf: no article (not-html)" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "own_spiders").exists()


def odd_page(number: int) -> str:
    text = "".join(f"<p>Đoạn {n} của tin {number}: nước suối Bản Láng dâng nhanh suốt đêm qua.</p>" for n in range(9))
    date = "<meta property='article:published_time' content='2026-09-01T08:00:00+07:00'>"
    head = f"<title>Tin số {number} về mưa lớn ở Bản Láng | Báo Lạ</title>{date}"
    return (
        f"<html lang='vi'><head>{head}</head><body><h1>Tin số {number} về mưa lớn ở Bản Láng</h1>{text}</body></html>"
    )


def odd_front(links: list[str]) -> str:
    stories = "".join(f"<h3><a href='{url}'>Tin về mưa lớn ở Bản Láng, số {n}</a></h3>" for n, url in enumerate(links))
    menu = "".join(f"<a href='/muc-{name}/'>Mục {name}</a>" for name in "abcdefgh")
    return f"<html lang='vi'><head><title>Báo Lạ - Tin tức</title></head><body><nav>{menu}</nav>{stories}</body></html>"


LINKS = [f"/mua-lon-o-ban-lang-{number}.html" for number in range(100_000, 100_010)]
FEED = "<rss><channel>{}</channel></rss>"
DEAD = "".join(f"<item><link>https://{HOST}/tin-da-mat-{n}.html</link></item>" for n in range(200_000, 200_300))
FOREIGN = "".join(
    f"<item><link>https://khac.example/tin-cua-ho-{n}.html</link></item>" for n in range(100_000, 100_009)
)
ODD = {
    "a feed of dead links": {"/rss": FEED.format(DEAD)},
    "a feed of another site": {"/rss": FEED.format(FOREIGN)},
    "a feed that is none": {"/rss": "<html>x</html>", "/sitemap.xml": odd_front(LINKS)},
}


@pytest.fixture
def odd_site():
    """A server of pages by their path, `asked` is the list of those that were asked for."""
    asked: list[str] = []
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = pages.get(self.path, "<h1>404</h1>").encode()
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield pages, asked, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_site_is_looked_at_in_a_few_requests(tmp_path: Path, odd_site, kind: str) -> None:
    pages, asked, origin = odd_site
    pages |= {"/": odd_front(LINKS), "/muc-a/": odd_front(LINKS)} | {url: odd_page(n) for n, url in enumerate(LINKS)}
    pages |= ODD[kind]
    done = new_source(tmp_path, "--origin", origin)
    assert done.returncode == 0, done.stderr
    assert len(asked) < 40
    written = (tmp_path / "own_spiders" / "baosuoimoi.py").read_text("utf-8")
    assert ("feeds = " in written) == ("dead" in kind)
    assert "sitemaps" not in written
    assert '"Báo Lạ"' in written
    assert "class BaoLaSpider" in written
    assert 'for path in ("muc-a/", "muc-b/"' in written
    saved = sorted(path.name for path in (tmp_path / "pages" / "baosuoimoi").glob("*.json"))
    names = [f"mua-lon-o-ban-lang{number}.json" for number in ("-2", "-3", "")]
    assert saved == [*names, "not-listing.json"]


@pytest.mark.parametrize(
    ("front", "says"),
    [
        ("<script>document.cookie='D1N=ab';location.reload()</script>", "shows nothing to a crawler: a script asks"),
        ("<html><nav><a href='/kinh-te'>Kinh tế</a></nav><p>Chào bạn đọc.</p></html>", "no article found at"),
    ],
)
def test_a_site_that_shows_no_article_is_one_clear_line(tmp_path: Path, odd_site, front: str, says: str) -> None:
    pages, _, origin = odd_site
    pages["/"] = front
    done = new_source(tmp_path, "--origin", origin)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "own_spiders").exists()


def test_a_site_that_nobody_answers_for_is_one_clear_line(tmp_path: Path) -> None:
    done = new_source(tmp_path, "--origin", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "robots.txt is not to be had (refused), so nothing may be fetched" in done.stderr


@pytest.mark.parametrize(
    ("name", "url", "more", "says"),
    [
        ("Bao Moi", HOME, (), "is no name"),
        ("baolamdong", HOME, (), "is there already"),
        ("baosuoimoi", "baosuoimoi.example", (), "http"),
        ("baosuoimoi", "https://baolamdong.vn/", (), "read by the source baolamdong already"),
        ("class", HOME, (), "is no name"),
        ("baosuoimoi", HOME, ("saved.html",), "saved pages are given by --from"),
        ("baosuoimoi", HOME, ("--origin", "ftp://x"), "not an origin"),
        ("baosuoimoi", HOME, ("--from", "/nowhere.html"), "/nowhere.html: No such file"),
        ("baosuoimoi", HOME, ("--from", "/"), "Is a directory"),
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
        (
            ["/xa-hoi/cho-que-51YnYvXDR.html", "/anh/hoa-man-6kQp2XvNg.html"],
            r"-(?=[0-9a-zA-Z]*[0-9])(?=[0-9a-zA-Z]*[A-Z])(?=[0-9a-zA-Z]*[a-z])[0-9a-zA-Z]{9}\.html$",
        ),
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


def test_the_pattern_matches_every_article_that_was_read() -> None:
    links = [f"https://b.example/tin-khac-so-{number}.htm" for number in range(250_000, 250_009)]
    read = ["https://b.example/sau-keo-mua-thu-postid449633.bbg", "https://b.example/bac/mua-nuoc-noi-d2026.htm"]
    pattern = survey.article_pattern(links, read)
    assert pattern is not None
    assert all(re.search(pattern.regex, address) for address in read)
    assert not re.search(pattern.regex, links[0])
    assert survey.article_pattern(links, []) == survey.article_pattern(links)


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


def titles(*texts: str) -> str | None:
    return survey.title_of([survey.Document(f"<head><title>{text}</title>", HOME) for text in texts])


def test_the_paper_s_name_is_what_its_titles_share() -> None:
    assert (
        titles("Báo Suối Cát - Tin tức mới nhất", "Mưa lớn | Báo Suối Cát", "Chợ đêm | Báo Suối Cát") == "Báo Suối Cát"
    )
    assert titles("Báo Suối Cát - Tin tức mới nhất") == "Báo Suối Cát"
    assert titles("Tin tức 24h | Suối Cát") == "Suối Cát"
    assert titles() is None
    assert survey.class_name("bao_moi", "24h") == "BaoMoi"
    assert survey.class_name("bao_moi", "Báo Suối Cát") == "BaoSuoiCat"
    assert survey.class_name("bao_moi", "صحيفة") == "BaoMoi"


def test_pages_of_tags_and_events_are_no_sections() -> None:
    page = survey.Document(
        "<nav><a href='/kinh-te'>Kinh tế</a><a href='/cho-ptag.html'>Chợ</a><a href='/le-event12.html'>Lễ</a></nav>",
        HOME,
    )
    assert survey.sections_of(page) == [f"{HOME}kinh-te"]


def test_a_host_with_www_is_known_without_it_too() -> None:
    assert tuple_of(hosts("www.b.example")) == '("www.b.example", "b.example")'
    assert tuple_of(hosts("b.example")) == '("b.example",)'
    assert tuple_of([f"{HOME}{name}/" for name in "abc"]) == f'tuple(f"{HOME}{{path}}" for path in ("a/", "b/", "c/"))'


def test_whatever_a_page_says_the_spider_stays_python() -> None:
    hostile = 'Báo """ + __import__("os").getcwd() \\ {x}'
    assert ast.literal_eval(quoted(hostile)) == hostile
    assert ast.get_docstring(ast.parse(f'"""{harmless(hostile)}"""'))
    urls = [f'https://b.example/{{{number}}}/"x' for number in range(4)]
    assert set(eval(fitting("feeds", urls))) <= set(urls)  # noqa: S307 - the text under test
    assert len(f"    feeds = {fitting('feeds', [f'https://b.example/rss/{n:030}' for n in range(9)])}") <= 120
