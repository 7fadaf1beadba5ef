"""The address that an article had on a paper's former host finds it, in reading, judging and in the archive."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from store_fixture import capture

from archive.items import Article
from archive.store import Store
from crawler.judge import Answer, Judge
from crawler.pages import GenericPage
from crawler.parse import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

SAVED = Path(__file__).parent / "pages" / "baodaklak" / "phu-yen-vuon-ca-phe-gia.json"
FORMER = "http://www.baophuyen.vn/95/64112/chat-hay-giu-vuon-ca-phe-gia-cau-hoi-giua-mua-gia-cao-o-kim-dai/"
SPIDER = sources()["baodaklak"]


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
