"""Every address under which a listing names a known article is kept, once; a replay keeps the same ones."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from demo_crawl import baotinh, crawl, last_run
from equal_archives import differences
from store_fixture import PAPER, URL, article, capture, gone

from archive import addresses
from archive.items import FeedEntry, Source
from archive.store import Store
from archive.urls import canonical
from crawler.demo.paper import PAPER_HOST, demo_papers
from crawler.demo.server import serve
from crawler.named import Named
from crawler.run import spiders
from crawler.sieve import MOST_WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = f"https://{PAPER_HOST}"
FEED = capture(9, "https://baosuoicat.example/rss/home.rss")


def spelled(path: str) -> list[str]:
    """One article's addresses as feeds and sections name them."""
    return [
        f"{AT}{path}/amp",
        f"http://{PAPER_HOST}{path}?utm_source=rss",
        f"http://{PAPER_HOST}{path}",
        f"https://www.{PAPER_HOST}{path}",
        f"https://m.{PAPER_HOST}{path}?utm_source=rss&utm_campaign=tin",
        f"https://amp.{PAPER_HOST}{path.upper().replace('.HTML', '.html')}",
        f"{AT}{path}?print=1#binh-luan",
    ]


def feed(*urls: str) -> str:
    items = "".join(f"<item><title>Tin</title><link>{url.replace('&', '&amp;')}</link></item>" for url in urls)
    return f'<?xml version="1.0"?><rss><channel>{items}</channel></rss>'


def aliases(data: Path) -> set[str]:
    with closing(sqlite3.connect(data / "archive.db")) as conn:
        return {row[0] for row in conn.execute("SELECT url FROM aliases")}


def test_what_feeds_call_articles_is_kept_and_replayed(tmp_path: Path) -> None:
    paper = demo_papers(size=12)[0]
    first, second = (paper.path(story) for story in paper.stories[:2])

    def outcome(hours: int, *urls: str) -> dict[str, int]:
        server.heal()
        server.fault("^/rss/thoi-su", "body", body=feed(*urls), content_type="text/xml; charset=utf-8")
        server.set_clock(0)
        offset = (paper.now + timedelta(hours=hours) - datetime.now(UTC)).total_seconds()
        done = crawl(tmp_path, server.addresses[PAPER_HOST], "--recheck", "none", offset=offset)
        assert done.returncode == 0, done.stdout + done.stderr
        with closing(sqlite3.connect(tmp_path / "archive.db")) as conn:
            conn.row_factory = sqlite3.Row
            counts = last_run(conn)["counts"]
        return {name: counts[name] for name in ("new", "alias", "known alias", "unknown") if name in counts}

    kept = {url.partition("#")[0] for url in spelled(first)}
    with serve(paper) as server:
        assert outcome(0, *spelled(first)) == {"new": 12, "alias": 6}  # one of them was asked for
        assert kept <= aliases(tmp_path)
        assert outcome(1, *spelled(first)) == {}
        assert outcome(2, *spelled(first), *spelled(second)) == {"alias": 7}
        assert {canonical(url) for url in aliases(tmp_path)} <= {AT + first, AT + second}
        assert outcome(3, *spelled(second)) == {}
    done = baotinh("replay", "--from-archive", data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert differences(tmp_path / "archive.db", tmp_path / "replay" / "archive.db") == {}


def test_a_run_that_was_killed_before_it_read_what_was_named_loses_no_name(tmp_path: Path) -> None:
    paper = demo_papers(size=8)[0]
    urls = spelled(paper.path(paper.stories[0]))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    clock = ["-s", f"CLOCK_AT={paper.now.isoformat()}"]
    with serve(paper) as server:
        server.fault("^/rss/thoi-su", "body", body=feed(*urls), content_type="text/xml; charset=utf-8")
        assert crawl(whole, server.addresses[PAPER_HOST], *clock).returncode == 0
        shutil.copytree(whole / "warc", killed / "warc")
        with Store(killed / "archive.db") as emptied:  # as if nothing had been committed but that the run began
            emptied.register(spiders()["demo_suoicat"].as_source())
            emptied.open_run("demo_suoicat", paper.now)
        server.heal()  # the feed has gone on
        done = crawl(killed, server.addresses[PAPER_HOST], *clock)
        assert "of a run that was cut off" in done.stderr
    assert aliases(killed) >= aliases(whole) >= {url.partition("#")[0] for url in urls[1:]}


def sitemap(*urls: str) -> str:
    items = "".join(f"<url><loc>{url}</loc><lastmod>2020-01-01</lastmod></url>" for url in urls)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</urlset>'


def test_a_sitemap_of_other_days_names_known_articles_and_a_replay_agrees(tmp_path: Path) -> None:
    paper = demo_papers(size=8)[0]
    first, *others = (f"http://{PAPER_HOST}{paper.path(story)}" for story in paper.stories)
    with serve(paper) as server:
        server.fault("sitemap", "body", body=sitemap(first, *others), content_type="text/xml; charset=utf-8")
        for hours, limit in ((0, 3), (1, 100), (2, 100)):
            server.set_clock(0)
            offset = (paper.now + timedelta(hours=hours) - datetime.now(UTC)).total_seconds()
            known = ["--limit", limit, "-a", "days=2", "--recheck", "none"]
            assert crawl(tmp_path, server.addresses[PAPER_HOST], *known, offset=offset).returncode == 0
    with closing(sqlite3.connect(tmp_path / "archive.db")) as conn:
        rows = conn.execute("SELECT url FROM articles").fetchall()
    found = {f"http{url.removeprefix('https')}" for (url,) in rows}
    assert len(found) > 3
    assert aliases(tmp_path) >= found - {first}
    assert baotinh("replay", "--from-archive", data=tmp_path).returncode == 0
    assert differences(tmp_path / "archive.db", tmp_path / "replay" / "archive.db") == {}


def test_names_find_room_or_are_counted() -> None:
    counts: Counter[str] = Counter()
    waiting = Named(lambda name: counts.update([name]))
    for number in range(MOST_WAITING + 2):
        waiting.take(f"http://baosuoicat.example/tin-{number}.html", FEED)
        waiting.take(f"https://baosuoicat.example/tin-{number}.html#x", FEED)  # the key itself
    waiting.take(f"http://baosuoicat.example/tin-{MOST_WAITING}.html", FEED)
    assert counts == {"discovery/passed over/further names": 2}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "archive.db") as opened:
        opened.register(Source(PAPER.name, 900, "Báo", None, (*PAPER.domains, "baobanlang.example")))
        yield opened


def named(store: Store, *urls: str) -> list[str]:
    """Save that a feed named these addresses."""
    run = store.open_run(PAPER.name, FEED.fetched_at)
    return list(store.save(run, [], [FeedEntry(PAPER.name, url, None, FEED) for url in urls]))


def test_an_article_has_no_more_of_them_than_is_useful(store: Store) -> None:
    store.save(store.open_run(PAPER.name, FEED.fetched_at), [], [article(0)])
    urls = [f"{URL}?utm_id={number}" for number in range(addresses.MOST + 3)]
    assert named(store, *urls) == ["alias"] * addresses.MOST + ["too many aliases"] * 3
    assert named(store, urls[0], URL, f"{URL}#x") == ["known alias"] * 3
    assert [store.is_recorded(url) for url in (urls[0], URL, urls[-1])] == [True, True, False]


def test_a_former_host_is_kept_and_an_unknown_article_is_not(store: Store) -> None:
    moved = URL.replace("baosuoicat", "baobanlang")
    assert named(store, moved) == ["unknown"]
    store.save(store.open_run(PAPER.name, FEED.fetched_at), [], [article(0)])
    assert named(store, moved) == ["alias"]
    assert store.is_recorded(moved)
    run = store.open_run(PAPER.name, FEED.fetched_at)
    assert store.save(run, [], [gone(-1, moved)]) == ["unchanged"]  # it says nothing of a time before
