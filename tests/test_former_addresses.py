"""The address that an article had on a paper's former host finds it, in reading, judging and in the archive."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from store_fixture import article, capture, feed_entry, gone

from archive import addresses, reads
from archive.items import Article, Item
from archive.serve import application
from archive.store import Store
from crawler.judge import Answer, Judge
from crawler.pages import GenericPage
from crawler.parse import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

SAVED = Path(__file__).parent / "pages" / "baodaklak" / "phu-yen-vuon-ca-phe-gia.json"
FORMER = "http://www.baophuyen.vn/95/64112/chat-hay-giu-vuon-ca-phe-gia-cau-hoi-giua-mua-gia-cao-o-kim-dai/"
SPIDER = sources()["baodaklak"]
LAM_DONG = sources()["baolamdong"]
NOW = "https://baolamdong.vn/cau-tau-phu-son-124375.html"
OLD_FOLDER = "https://baolamdong.vn/bbt/cau-tau-phu-son-124375.html"
DAK_NONG = "http://www.baodaknong.vn/Cau-tau-Phu-Son-124375.html?utm_source=zalo"
BINH_THUAN = "http://baobinhthuan.com.vn/cau-tau-phu-son-124375.html"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "archive.db") as opened:
        opened.register(SPIDER.as_source())
        yield opened


def archived(store: Store, body: bytes | None = None) -> Article:
    """The saved page, read, judged and saved as a crawl does it."""
    url = json.loads(SAVED.read_text("utf-8"))["url"]
    page = body or gzip.decompress(SAVED.with_suffix(".html.gz").read_bytes())
    domains = SPIDER.as_source().domains
    judge = Judge(SPIDER.name, domains, (*SPIDER.layouts, GenericPage), store, lambda _: None)
    answer = Answer(url, url, 200, capture(1, url), page)
    item = judge.conclude(answer, judge.read(answer))
    assert isinstance(item, Article)
    run = store.open_run(SPIDER.name, capture(1).fetched_at)
    assert store.save(run, [answer.capture], [item]) == ["new"]
    return item


def test_the_address_on_a_former_host_finds_the_article(store: Store) -> None:
    item = archived(store)
    assert item.url.startswith("https://phuyen.baodaklak.vn/")
    assert store.is_known(FORMER)
    assert store.reader_of(FORMER) == item.reader
    assert store.conn.execute("SELECT count(*) FROM articles").fetchone()[0] == 1


def test_an_address_on_a_host_that_is_not_the_paper_s_is_no_alias(store: Store) -> None:
    page = gzip.decompress(SAVED.with_suffix(".html.gz").read_bytes())
    foreign = page.replace(b"baophuyen.vn", b"baokhac.example")
    assert foreign != page
    item = archived(store, foreign)
    assert not [alias for alias in item.aliases if "baokhac" in alias]
    assert not store.is_known(FORMER.replace("baophuyen.vn", "baokhac.example"))


def lam_dong(store: Store, *items: Item) -> list[str]:
    """Save items as Báo Lâm Đồng's."""
    store.register(LAM_DONG.as_source())
    run = store.open_run(LAM_DONG.name, capture(0).fetched_at)
    own = [replace(item, source=LAM_DONG.name) for item in items]
    return list(store.save(run, [item.capture for item in own if item.capture], own))


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        (NOW, DAK_NONG),
        (OLD_FOLDER, BINH_THUAN),
        (NOW, BINH_THUAN),
        (
            "https://baolamdong.vn/thoi-su/202405/cau-tau-b180e1a/",
            "https://m.baodaknong.vn/thoi-su/202405/cau-tau-b180e1a",
        ),
    ],
)
def test_a_former_address_that_nobody_saw_finds_the_article_of_its_path(store: Store, kept: str, asked: str) -> None:
    assert lam_dong(store, article(1, kept)) == ["new"]
    assert store.is_known(asked)
    assert reads.find_address(store.conn, asked) == 1
    assert store.conn.execute("SELECT count(*) FROM aliases WHERE url LIKE '%baodaknong%'").fetchone()[0] == 0


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ((NOW, OLD_FOLDER), BINH_THUAN),  # two articles fit
        ((OLD_FOLDER,), DAK_NONG),  # the folder is Bình Thuận's
        ((NOW,), "https://baodaknong.vn/cau-tau-phu-son-124376.html"),
        ((NOW,), "https://baodaknong.vn/khac-124375.html"),
        ((NOW,), "https://baodaknong.vn/"),
        ((NOW,), "https://daknong.vn/cau-tau-phu-son-124375.html"),
        ((NOW,), "https://baophuyen.vn/cau-tau-phu-son-124375.html"),  # another paper's host
        (("https://baodaknong.vn/cau-tau-phu-son-124375.html",), NOW),  # what stands there today is to be read
    ],
)
def test_a_former_address_is_no_guess(store: Store, kept: tuple[str, ...], asked: str) -> None:
    lam_dong(store, *(article(1 + hour, url, title=f"{hour}") for hour, url in enumerate(kept)))
    assert not store.is_known(asked)
    assert reads.find_address(store.conn, asked) is None


def test_an_alias_at_the_present_host_counts_as_the_article_s_address(store: Store) -> None:
    lam_dong(store, article(1, NOW.replace("cau", "ben"), aliases=(NOW,)))
    assert reads.find_address(store.conn, DAK_NONG) == 1


def test_a_former_front_page_is_no_article_whatever_was_seen_at_the_present_one(store: Store) -> None:
    lam_dong(store, article(1, NOW, aliases=("https://baolamdong.vn/",)))
    assert reads.find_address(store.conn, "http://baodaknong.vn") is None


def test_a_feed_that_names_the_former_address_counts_comments_of_the_article(store: Store) -> None:
    lam_dong(store, article(1, NOW))
    assert lam_dong(store, feed_entry(2, 7, DAK_NONG)) == ["counted"]
    assert store.conn.execute("SELECT url, comment_count FROM articles").fetchall()[0][:] == (NOW, 7)


def test_silence_at_the_former_host_is_no_word_on_the_article(store: Store) -> None:
    lam_dong(store, article(1, NOW))
    assert lam_dong(store, gone(9, DAK_NONG)) == ["unknown"]
    assert store.conn.execute("SELECT missing_since FROM articles").fetchone()[0] is None


def test_a_redirect_from_the_former_address_is_evidence_and_becomes_an_alias(store: Store) -> None:
    lam_dong(store, article(1, NOW, aliases=(DAK_NONG,)))
    query = "SELECT count(*) FROM aliases WHERE url = 'https://baodaknong.vn/cau-tau-phu-son-124375.html'"
    assert store.conn.execute(query).fetchone()[0] == 1


def test_a_former_address_is_looked_up_in_indexes(store: Store) -> None:
    store.register(LAM_DONG.as_source())
    values = {"keys": json.dumps([NOW, OLD_FOLDER]), "source": LAM_DONG.name}
    plan = [row[3] for row in store.conn.execute(f"EXPLAIN QUERY PLAN {addresses.OF_SOURCE}", values)]
    assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step], plan
    assert not [step for step in plan if "articles_source" in step], plan


def test_the_search_box_leads_from_a_former_address_to_the_article(store: Store, tmp_path: Path) -> None:
    lam_dong(store, article(1, OLD_FOLDER))
    datasette = application(tmp_path)
    with asyncio.Runner() as runner:
        for pasted in (BINH_THUAN, f"xem ({BINH_THUAN}).", "m.baobinhthuan.com.vn/cau-tau-phu-son-124375.html"):
            response = runner.run(datasette.client.get("/", params={"q": pasted}))
            assert (response.status_code, response.headers["location"]) == (302, "/article/1")
        response = runner.run(datasette.client.get("/", params={"q": DAK_NONG}))
        assert response.status_code == 200
