"""What happens to the answers of article requests: read, judged, handed on; failures counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from archive import warc
from archive.encodings import UndecodableError, decoded
from archive.items import Article
from archive.schema import ArchiveError
from archive.warc_form import header
from crawler.absences import Absences
from crawler.extensions import ledger_of
from crawler.judge import GONE_STATUSES, Answer, Judge
from crawler.manners import BLOCKED, Breaker, RunIsOver
from crawler.middlewares import Refused
from crawler.pages import GenericPage, NotArticle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response

    from archive.items import Item
    from crawler.base import NewsSpider


class Desk:
    """The reading desk of one running spider; pages are read beside the reactor."""

    def __init__(self, spider: NewsSpider) -> None:
        self.spider = spider
        self.stats = spider.crawler.stats
        self.session = spider.session
        self.absences = Absences()
        layouts = (*spider.layouts, GenericPage)
        self.judge = Judge(spider.name, spider.domains, layouts, self.session.store, self.stats.inc_value, spider.own)

    async def items(self, response: Response) -> AsyncIterator[Item]:
        """What one answer to an article request means for the archive."""
        answer = self.answer(response)
        try:
            reading = None
            if not self.judge.settled(answer):
                reading = await asyncio.to_thread(self.judge.read, answer)
            item = self.judge.conclude(answer, reading)
            self.heard(reading)
            if isinstance(item, Article) and (earlier := await self.read_again(item)) is not None:
                yield earlier
        except Exception:
            self.stats.inc_value("reading/error")
            self.session.done(answer.capture)
            raise
        if item is None:
            self.session.done(answer.capture)
        elif not self.absences.holds(item):
            yield item  # the session marks its capture as done when the item reaches it: both commit together
        for gone in self.absences.released():
            yield gone

    def settle(self) -> None:
        """At the end of the run: keep what was held, or count it as withheld."""
        for gone in self.absences.released(at_end=True):
            self.session.keep(gone)
        for gone in self.absences.held:
            self.stats.inc_value("gone/withheld")
            self.session.done(gone.capture)

    def answer(self, response: Response) -> Answer:
        """A Scrapy response as the judge takes it."""
        content_type = response.headers.get("Content-Type")
        return Answer(
            asked=response.meta.get("redirect_urls", [response.url])[0],
            url=response.url,
            status=response.status,
            capture=response.meta["capture"],
            body=response.body,
            content_type=content_type.decode("latin-1") if content_type else None,
            same_bytes=bool(response.meta.get("same_bytes")),
            entry=self.spider.feed_memory.of(response.meta.get("redirect_urls", [response.url])[0]),
        )

    async def read_again(self, item: Article) -> Article | None:
        """The last revision's bytes as the present reader reads them, where another reader read them.

        It is saved before the new reading, so that our own change is never taken for the paper's. None,
        counted, when those bytes cannot be read any more.
        """
        capture = self.session.store.reader_changed(item.url, item.reader)
        if capture is None:
            return None
        file, offset = capture.revisit_of or (capture.file, capture.offset)
        try:
            record = warc.read(self.session.data, file, offset)
            body = decoded(record.headers, record.body)
        except (ArchiveError, UndecodableError) as error:
            self.stats.inc_value("reading/lost bytes")
            self.spider.logger.warning("cannot read %s again: %s", item.url, error)
            return None
        content_type = header(record.headers, "content-type")
        answer = Answer(item.url, capture.url, record.status, capture, body, content_type)
        reading = await asyncio.to_thread(self.judge.read, answer)
        return self.judge.item(reading, answer) if isinstance(reading, Article) else None

    def heard(self, reading: Article | NotArticle | None) -> None:
        """Tell the breaker whether the paper still answers as papers do, or with challenges only."""
        breaker = self.spider.crawler.get_extension(Breaker)
        if breaker is None:
            return
        if isinstance(reading, NotArticle) and reading.reason == "challenge":
            breaker.failed(blocked=True)
        else:
            breaker.succeeded()

    def failed(self, failure: Any, kind: str) -> None:
        """Count an answer that never came or was an error, as `<kind>/failed`; nothing is marked missing.

        What our own rules kept back (robots.txt, the guard) is `<kind>/refused`. `failure` is Twisted's.
        """
        if isinstance(failure.value, RunIsOver):
            self.stats.inc_value(f"{kind}/left")
            return
        if isinstance(failure.value, Refused) or "robots.txt" in str(failure.value):
            self.stats.inc_value(f"{kind}/refused")
            return
        status = getattr(getattr(failure.value, "response", None), "status", None)
        if kind == "listing" and status in GONE_STATUSES:  # a guessed address, or a section that was closed
            self.stats.inc_value("listing/absent")
            return
        self.stats.inc_value(f"{kind}/failed")
        self.stats.inc_value(f"failures/{status or failure.type.__name__}")
        self.spider.logger.warning("no answer from %s: %s", failure.request.url, failure.getErrorMessage())
        breaker = self.spider.crawler.get_extension(Breaker)
        if breaker is not None:
            breaker.failed(blocked=status in BLOCKED)
        capture = failure.request.meta.get("capture")
        if capture is not None and ledger_of(self.spider.crawler).session is not None:
            self.session.done(capture)
