"""What every item passes on its way to the archive: Validate, Archive."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

from archive.items import Article, Item
from archive.schema import ArchiveError
from crawler.extensions import ledger_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

COUNTED = (
    "lead", "body", "published_at", "modified_at", "authors", "section", "tags", "language", "image_url",
    "images", "comment_count", "source_url",
)  # fmt: skip


class Validate:
    """Counts what each article lacks (`fill/<field>` beside `fill/articles`); drops one without a title."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler, self.stats = crawler, crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_item(self, item: Item) -> Item:
        """Count; raises DropItem for an article without a title, which no page of a paper lacks."""
        if not isinstance(item, Article):
            return item
        self.stats.inc_value("fill/articles")
        for name in COUNTED:
            if getattr(item, name) not in (None, "", ()):
                self.stats.inc_value(f"fill/{name}")
        if item.published_raw and item.published_at is None:
            self.stats.inc_value("reading/unreadable date")
        if not item.title.strip():
            self.stats.inc_value("reading/no title")
            session = ledger_of(self.crawler).session
            if session is not None and item.capture is not None:
                session.done(item.capture)
            raise DropItem(f"no title: {item.url}")
        return item


class Archive:
    """Hands items to the store in batches of BATCH_SIZE, at the latest after BATCH_SECONDS.

    When the archive refuses a batch (full, locked, read-only), the run stops: nothing more is acknowledged.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.size = crawler.settings.getint("BATCH_SIZE")
        self.seconds = crawler.settings.getfloat("BATCH_SECONDS")
        self._timer: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def open_spider(self) -> None:
        """Start the clock of the batches."""
        self._timer = asyncio.get_running_loop().create_task(self._tick())

    def close_spider(self) -> None:
        """Stop the clock; the ledger commits what is left."""
        if self._timer is not None:
            self._timer.cancel()

    def process_item(self, item: Item) -> Item:
        """Take the item; commit when the batch is full. Raises DropItem when the archive refuses it."""
        session = ledger_of(self.crawler).session
        if session is None:
            raise DropItem("the run is over")
        session.keep(item)
        if session.pending >= self.size:
            self._flush()
        return item

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self.seconds)
            self._flush()

    def _flush(self) -> None:
        ledger = ledger_of(self.crawler)
        if ledger.session is None or ledger.failure is not None:
            return
        try:
            ledger.count(ledger.session.flush())
        except (ArchiveError, OSError, sqlite3.Error) as error:
            ledger.fail(error)
