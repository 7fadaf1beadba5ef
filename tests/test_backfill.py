"""A newspaper's past over real HTTP: numbered pages, dated archives, sitemaps; killed, ended, refused."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from demo_crawl import baotinh
from past_paper import (
    PER_PAGE,
    TODAY,
    archived,
    back,
    command,
    counts,
    crawl,
    days,
    environment,
    listing,
    path,
    served,
)
from past_spiders import HOME

from crawler.backfill import Period, days_of, listed_by_onecms
from crawler.demo.paper import PAPER_HOST, demo_papers
from crawler.demo.server import serve
from crawler.discovery import Entry
from crawler.paging import following

if TYPE_CHECKING:
    from pathlib import Path


def numbered(target: str) -> bytes | None:
    """Section pages of ten articles each, forty of them."""
    if not target.startswith("/tin") or ".html" in target:
        return None
    page = int(target.partition("paged=")[2] or 1)
    first = 3 + (page - 1) * PER_PAGE
    return listing(*map(back, range(first, first + PER_PAGE)) if page <= 40 else ())


def wanted(first: int, last: int) -> set[str]:
    return {path(back(number)) for number in range(last, first + 1)}


def test_numbered_pages_are_followed_into_the_past_and_no_further(tmp_path: Path) -> None:
    with served(numbered) as (origin, asked):
        done = crawl(tmp_path, "past_pages", origin, *days(back(120), back(100)), "-s", "BATCH_SIZE=1")
        assert done.returncode == 0, done.stderr
        assert wanted(120, 100) <= archived(tmp_path)
        last = max(int(target.partition("paged=")[2]) for target in asked if "paged" in target)
        assert 13 <= last < 30  # of 40: page 12 holds day 120, a few follow until its articles have been saved
        asked.clear()
        done = crawl(tmp_path, "past_pages", origin, *days(back(120), back(100)))
        assert done.returncode == 0, done.stderr
        assert not [target for target in asked if target.endswith(".html") and target in archived(tmp_path)]


def test_pages_that_repeat_themselves_for_ever_end(tmp_path: Path) -> None:
    def same(target: str) -> bytes | None:
        return None if target.endswith(".html") or target == "/robots.txt" else listing(*map(back, range(5)))

    with served(same) as (origin, asked):
        assert crawl(tmp_path, "past_pages", origin, *days(back(900), TODAY)).returncode == 0
    assert [target for target in asked if "paged" in target] == ["/tin?paged=2"]


def test_a_plain_run_reads_on_while_a_page_is_mostly_new(tmp_path: Path) -> None:
    with served(numbered) as (origin, asked):
        assert crawl(tmp_path, "past_pages", origin).returncode == 0
        assert [target for target in asked if "paged" in target] == [f"/tin?paged={page}" for page in (2, 3, 4, 5)]
        asked.clear()
        assert crawl(tmp_path, "past_pages", origin, "-a", "recheck=none").returncode == 0
        assert asked == ["/robots.txt", "/tin"]


@pytest.mark.parametrize("form", ["/tin?trang={}", "/tin/page/{}/", "/tin/trang-{}.html", "/tin-p{}"])
def test_pages_that_a_section_links_to_are_found(tmp_path: Path, form: str) -> None:
    pages = {form.format(page): page for page in range(2, 15)} | {"/tin": 1}

    def linked(target: str) -> bytes | None:
        page = pages.get(target)
        if page is None:
            return None
        first = 3 + (page - 1) * PER_PAGE
        links = "".join(f'<a href="{form.format(at)}">{at}</a>' for at in (page - 1, page + 2, page + 1))
        return listing(*map(back, range(first, first + PER_PAGE))).replace(b"</body>", f"{links}</body>".encode())

    with served(linked) as (origin, asked):
        done = crawl(tmp_path, "past_found", origin, *days(back(50), back(40)), "-s", "BATCH_SIZE=1")
        assert done.returncode == 0, done.stderr
        assert wanted(50, 40) <= archived(tmp_path)
        assert [pages[target] for target in asked if target in pages][:6] == [1, 2, 3, 4, 5, 6]
        assert len(asked) < 120
        asked.clear()
        assert crawl(tmp_path, "past_found", origin, "-a", "recheck=none").returncode == 0
        assert asked == ["/robots.txt", "/tin"]  # a plain run reads the first page only


def test_a_section_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    with served(lambda target: listing(back(5)) if target == "/tin" else None) as (origin, _):
        done = crawl(tmp_path, "past_found", origin, *days(back(50), back(40)))
        assert done.returncode == 2
        assert counts(tmp_path)["passed_over"] == {"no paging": 1}


HEAD = '<link rel="next" href="{}">'


@pytest.mark.parametrize(
    ("url", "page", "found"),
    [
        ("/tin", '<a href="/tin?page=3">3</a><a href="?page=2&amp;x=1">2</a><a href="?page=2#x">2</a>', "/tin?page=2"),
        ("/tin?page=2", '<a href="?page=1">1</a><a href="?page=3">3</a>', "/tin?page=3"),
        ("/tin.html", '<a href="/khac/trang-2.html">2</a><a href="/tin/trang-2.html">2</a>', "/tin/trang-2.html"),
        ("/tin/page/9/", '<a href="/tin/page/10/">10</a>', "/tin/page/10/"),
        ("/tin", HEAD.format("/tin/cu-hon") + '<a href="?page=2">2</a>', "/tin/cu-hon"),
        ("/tin", HEAD.format("/tin") + '<a href="/tin-2026.html">a</a><a href="/ap2">b</a>', None),
        ("/tin", "", None),
    ],
)
def test_the_page_after_a_section_page(url: str, page: str, found: str | None) -> None:
    assert following(page, HOME + url) == (found and HOME + found)


def dated(target: str) -> bytes | None:
    """A page a day."""
    parts = target.strip("/").split("/")
    if len(parts) != 3:
        return None
    return listing(date(*map(int, parts)))


def test_a_dated_archive_newest_first_whenever_it_is_killed(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - moments, no secrets
    period = days(back(60), back(20))
    with served(dated) as (origin, asked):
        for _ in range(4):
            before = len(asked)
            running = subprocess.Popen(command(tmp_path, "past_days", origin, *period), env=environment())
            while len(asked) < before + chance.randint(2, 25) and running.poll() is None:
                time.sleep(0.005)
            running.send_signal(signal.SIGKILL)
            running.wait()
        done = crawl(tmp_path, "past_days", origin, *period)
    assert done.returncode == 0, done.stderr
    assert archived(tmp_path) == wanted(60, 20) | wanted(2, 0)
    listings = [target for target in asked if target.count("/") == 4]
    assert listings[0] == f"/{back(20):%Y/%m/%d}/"
    assert set(listings) == {f"/{back(number):%Y/%m/%d}/" for number in range(20, 61)}
    pages = [target for target in asked if target.endswith(".html")]
    assert len(pages) - len(set(pages)) <= 4 * 8  # those in flight when it was killed


def test_a_backfill_reads_a_day_before_it_asks_for_the_day_before(tmp_path: Path) -> None:
    with served(dated) as (origin, asked):
        done = crawl(tmp_path, "past_days", origin, *days(back(150), back(20)), "-s", "CONCURRENT_REQUESTS=1")
    assert done.returncode == 0, done.stderr
    read = [target for target in asked if target in wanted(150, 20)]
    assert read == [path(back(number)) for number in range(20, 151)]
    assert asked.index(path(back(21))) < asked.index(f"/{back(30):%Y/%m/%d}/")


def sitemap(*entries: str, index: bool = False) -> bytes:
    outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    rows = "".join(f"<{inner}>{entry}</{inner}>" for entry in entries)
    return f'<{outer} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{outer}>'.encode()


def named(day: date, lastmod: date) -> str:
    return f"<loc>{HOME}{path(day)}</loc><lastmod>{lastmod}</lastmod>"


def test_sitemaps_of_the_days_only_and_of_their_entries_those_of_the_days(tmp_path: Path) -> None:
    def answer(target: str) -> bytes | None:
        if target == "/sitemap.xml":
            months = (f"<loc>{HOME}/maps/news-2026-{month}.xml</loc>" for month in (9, 8, 7, 6))
            return sitemap(*months, f"<loc>{HOME}/sitemap.xml</loc>", index=True)
        if target == "/maps/news-2026-7.xml":
            july = [date(2026, 7, 1) + timedelta(days=number) for number in range(31)]
            changed = named(date(2026, 7, 9), date(2026, 8, 30))  # printed in July, changed in August
            return sitemap(*(named(day, day) for day in july if day.day != 9), changed)
        return None

    with served(answer) as (origin, asked):
        done = crawl(tmp_path, "past_maps", origin, *days(date(2026, 7, 5), date(2026, 7, 20)))
    assert done.returncode == 0, done.stderr
    assert [target for target in asked if "maps" in target or "sitemap" in target] == [
        "/sitemap.xml",
        "/maps/news-2026-7.xml",
    ]
    assert {path(date(2026, 7, day)) for day in range(5, 21)} <= archived(tmp_path)
    assert not {path(date(2026, 7, day)) for day in range(1, 5)} & archived(tmp_path)


def test_indexes_without_end_are_left_and_what_is_passed_over_is_counted(tmp_path: Path) -> None:
    def answer(target: str) -> bytes | None:
        if "sitemap" not in target:
            return None
        if target.endswith("=pages"):
            others = ("ftp://x.example/a-300001.html", "https://elsewhere.example/a-300001.html", "http://[::1", "")
            listed = [f"<loc>{url}</loc>" for url in (*others, f"{HOME}/gia-vang")]
            return sitemap(*listed, named(TODAY, TODAY), named(back(30), back(30)))
        further = int(target.partition("=")[2] or 0) + 1
        more = (f"<loc>{HOME}/sitemap.xml?n={further}</loc>", f"<loc>{HOME}/sitemap.xml?n=pages</loc>")
        return sitemap(*more, index=True)

    with served(answer) as (origin, asked):
        done = crawl(tmp_path, "past_maps", origin)
    assert done.returncode == 0, done.stderr
    assert len([target for target in asked if "sitemap" in target]) == 5
    assert archived(tmp_path) == {path(TODAY)}
    assert counts(tmp_path)["passed_over"] == {
        "host": 1, "malformed": 1, "nested index": 1, "no address": 1, "no article": 1, "other days": 1, "scheme": 1,
    }  # fmt: skip


def test_what_onecms_loads_is_followed_to_the_first_day(tmp_path: Path) -> None:
    paper = demo_papers(size=1500)[0]
    with serve(paper) as server:
        since, until = (paper.now - timedelta(days=100)).date(), paper.now.date()
        clock = ["-s", f"CLOCK_AT={paper.now.isoformat()}"]
        done = crawl(tmp_path, "past_more", server.addresses[PAPER_HOST], *days(since, until), *clock)
        assert done.returncode == 0, done.stderr
        more = {target for (_, target, _), number in server.counts.items() if "getMoreArticle" in target and number}
    shown = {state.story for state in paper.visible() if state.story.section == "thoi-su"}
    due = {paper.path(story) for story in shown if story.published.date() >= since}
    assert len(due) > 20
    assert len(more) > 1
    found = {url.removeprefix("https://baosuoicat.example") for url in archived(tmp_path)}
    assert due <= found
    assert counts(tmp_path)["roads"]["more"] == len(more)


@pytest.mark.parametrize(
    ("spider", "given", "says"),
    [
        ("past_feed", ["-a", "since=2026-07-01", "-a", "until=2026-07-02"], "past_feed knows no road into its past"),
        ("past_maps", ["-a", "since=2026-10-01", "-a", "until=2026-10-02"], "2026-10-01 lies in the future"),
        ("past_maps", ["-a", "since=2026-07-05", "-a", "until=2026-07-02"], "until=2026-07-02 lies before"),
        ("past_maps", ["-a", "since=5/7/2026"], "since=5/7/2026: give a day as YYYY-MM-DD"),
        ("past_maps", ["-a", "until=2026-07-02"], "until=2026-07-02: give since as well"),
    ],
)
def test_what_cannot_be_looked_for_is_one_clear_line(tmp_path: Path, spider: str, given: list[str], says: str) -> None:
    done = crawl(tmp_path, spider, "http://127.0.0.1:9", *given)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "archive.db").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--from", "2024-02-30", "--to", "2024-03-02"], "'2024-02-30' does not match"),
        (["--from", "2024-03-03", "--to", "2024-03-02"], "--to 2024-03-02 lies before --from 2024-03-03"),
        (["--from", "2024-03-03"], "--to"),
    ],
)
def test_mistyped_days_are_said_at_once(tmp_path: Path, given: list[str], says: str) -> None:
    done = baotinh("backfill", "baolamdong", *given, data=tmp_path)
    assert done.returncode == 64
    assert says in done.stderr


@pytest.mark.parametrize(
    ("url", "first", "last"),
    [
        ("https://a.example/sitemap-article-2026-09-01.xml", "2026-09-01", "2026-09-01"),
        ("https://a.example/sitemaps/news-2026-9.xml", "2026-09-01", "2026-09-30"),
        ("https://a.example/sitemaps/news-2026-12.xml.gz", "2026-12-01", "2026-12-31"),
        ("https://a.example/sitemap-20260228.xml", "2026-02-28", "2026-02-28"),
        ("https://a.example/sitemap/202402/", "2024-02-01", "2024-02-29"),
        ("https://a.example/sitemap.aspx?day=2026-09-01", "2026-09-01", "2026-09-01"),
    ],
)
def test_the_days_that_a_listing_covers(url: str, first: str, last: str) -> None:
    assert days_of(url) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("name", ["sitemap-2012.xml", "sitemap-2026-13.xml", "sitemap-20261301.xml", "sitemap.xml"])
def test_a_number_is_no_day(name: str) -> None:
    assert days_of(f"https://a.example/{name}") is None


def test_a_month_in_the_address_of_an_article_is_its_own() -> None:
    period = Period.of("2026-07-05", "2026-07-20")
    held = {month: period.may_hold(Entry(f"{HOME}/kinh-te/{month}/tin-8ac1f09/")) for month in ("202606", "202607")}
    assert held == {"202606": False, "202607": True}
    assert period.is_over_at(Entry(f"{HOME}/kinh-te/202606/tin-8ac1f09/"))


def test_rows_of_onecms_name_title_and_day() -> None:
    rows = [
        {"LinktoMe2": "/tin-386801.html", "Title": "Tin", "Time_ddMMyyyyHHmm": "01/09/2026 22:17"},
        {"LinktoMe2": "javascript:x"},
        "no row",
    ]
    address = f"{HOME}/api/getMoreArticle/channel__386900_3_0"
    [entry], following = listed_by_onecms(json.dumps(rows).encode(), address)
    assert (entry.title, entry.is_published) == ("Tin", True)
    assert entry.when is not None
    assert entry.when.isoformat() == "2026-09-01T22:17:00+07:00"
    assert following == f"{HOME}/api/getMoreArticle/channel__386801_3_0"
