"""What a feed says of an article beside its page: the page is believed, and what it says wrongly is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.items import Article
from crawler.discovery import Entry
from crawler.feed_memory import completed

URL = "https://baolaichau.vn/xa-hoi/mua-lon-329216"
WHEN = datetime(2026, 9, 1, 3, 5, tzinfo=UTC)


def counted(article: Article, entry: Entry) -> tuple[Article, list[str]]:
    names: list[str] = []
    return completed(article, entry, names.append), names


@pytest.mark.parametrize(("printed", "counts"), [("31/02/2026", ["reading/unreadable date"]), (None, [])])
def test_a_date_that_cannot_be_counts_though_the_feed_has_another(printed: str | None, counts: list[str]) -> None:
    article = Article(url=URL, title="Mưa lớn", published_raw=printed)
    reading, names = counted(article, Entry(URL, when=WHEN, raw="01/09/2026 10:05"))
    assert (reading.published_at, reading.published_raw) == (WHEN, "01/09/2026 10:05")
    assert reading.field_sources["published_at"] == "feed"
    assert names == counts


def test_the_page_s_own_date_is_believed() -> None:
    article = Article(url=URL, title="Mưa lớn", published_at=WHEN, published_raw="01/09/2026")
    reading, names = counted(article, Entry(URL, when=WHEN + timedelta(days=2)))
    assert reading == article
    assert names == ["disagree/published_at"]
