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
from crawler.manners import SHUT_OUT, Breaker, RunIsOver
from crawler.mending import WebPage
from crawler.named import Named, is_further
from crawler.pages import GenericPage, NotArticle
from crawler.reasons import FORBIDDEN, NOT_ASKED, reason_of
from crawler.roads import CLOSED, SILENT, Roads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Request, Response

    from archive.items import Capture, Item
    from crawler.base import NewsSpider

ABSENT = {str(int(status)) for status in GONE_STATUSES}


class Desk:
    """The reading desk of one running spider; pages are read beside the reactor."""

    def __init__(self, spider: NewsSpider) -> None:
        self.spider = spider
        self.stats = spider.crawler.stats
        self.session = spider.session
        self.absences = Absences()
        self.named = Named(self.stats.inc_value)
        layouts = (*spider.layouts, GenericPage)
        self.roads = Roads(self.session.store.conn, spider.name, spider.listings, self.tell_silent)
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
        """At the end of the run: keep what was held, or count it as withheld; and what else listings called it."""
        for gone in self.absences.released(at_end=True):
            self.session.keep(gone)
        for gone in self.absences.held:
            self.stats.inc_value("gone/withheld")
            self.session.done(gone.capture)
        ledger_of(self.spider.crawler).count(self.session.flush())  # what has been read is known then
        for alias in self.named.items(self.judge):
            self.session.keep(alias)

    def aliases(self, url: str, capture: Capture) -> list[Item]:
        """What else a listing calls a known article, of whatever day; most addresses are their articles' keys."""
        return self.judge.aliases(url, capture) if is_further(url) and self.spider.sieve.is_ours(url) else []

    def answer(self, response: Response) -> Answer:
        """A Scrapy response as the judge takes it."""
        content_type = response.headers.get("Content-Type")
        return Answer(
            asked=asked(response),
            url=response.url,
            status=response.status,
            capture=response.meta["capture"],
            body=response.body,
            content_type=content_type.decode("latin-1") if content_type else None,
            same_bytes=bool(response.meta.get("same_bytes")),
            entry=self.spider.feed_memory.of(asked(response)),
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
            breaker.failed("article", blocked=True)
        else:
            breaker.succeeded("article")

    def tell_silent(self, urls: list[str]) -> None:
        """Leave the silent listings to the counts of a crawl; a backfill does not ask them all."""
        if self.spider.period is None:
            self.stats.set_value(SILENT, urls)

    def answered(self, response: Response) -> None:
        """Count a listing that answered, by its road: feed, sitemap or section."""
        self.stats.inc_value("listing/answered")
        self.stats.inc_value(f"roads/{response.meta['road']}")
        self.roads.found(asked(response))

    def broken(self, response: Response, error: Exception) -> None:
        """Count a listing that cannot be read; a web page where never a listing was is none."""
        url = asked(response)
        if isinstance(error, WebPage) and url in self.roads.known & self.roads.silent:
            self.stats.inc_value("listing/absent")
            return
        self.stats.inc_value("listing/failed")
        self.stats.inc_value("failures/unreadable")
        led = f", which leads to {response.url}" if response.url != url else ""
        self.spider.logger.warning("cannot read the listing %s%s: %s", url, led, error)

    def absent(self, url: str, reason: str) -> None:
        """Count a listing that is not there: a guessed address, or a section that was closed."""
        self.stats.inc_value("listing/absent")
        if url not in self.roads.silent:
            self.spider.logger.warning("no listing at %s any more (%s)", url, reason)

    def closed(self, url: str, reason: str) -> bool:
        """Note a listing that is forbidden; where it never gave anything it is counted here, and no failure."""
        lost_nothing = self.roads.is_closed(url, reason)
        self.stats.set_value(CLOSED, self.roads.closed)
        if lost_nothing:
            self.stats.inc_value("listing/forbidden")
            self.trip("listing", reason)
        return lost_nothing

    def trip(self, kind: str, reason: str) -> None:
        """Tell the breaker of a listing or article that the paper did not give."""
        breaker = self.spider.crawler.get_extension(Breaker)
        if breaker is not None and reason not in NOT_ASKED:
            breaker.failed(kind, blocked=reason in SHUT_OUT)

    def failed(self, failure: Any, kind: str) -> None:
        """Count an answer that never came or was an error, as `<kind>/failed`; nothing is marked missing.

        What our own rules kept back is `<kind>/refused`, unless an answer led there. `failure` is Twisted's.
        """
        request, error = failure.request, failure.value
        capture = request.meta.get("capture")
        if capture is not None and ledger_of(self.spider.crawler).session is not None:
            self.session.done(capture)
        if isinstance(error, RunIsOver):
            self.stats.inc_value(f"{kind}/left")
            return
        reason = reason_of(error)
        ours = reason in NOT_ASKED
        if kind == "listing" and reason in FORBIDDEN and self.closed(asked(request), reason):
            return
        if reason == "robots" or (ours and capture is None):
            self.stats.inc_value(f"{kind}/refused")
            return
        if kind == "listing" and reason in ABSENT:
            self.absent(asked(request), reason)
            return
        self.stats.inc_value(f"{kind}/failed")
        self.stats.inc_value(f"failures/{reason}")
        self.spider.logger.warning("no answer from %s (%s): %s", asked(request), reason, failure.getErrorMessage())
        self.trip(kind, reason)


def asked(exchange: Request | Response) -> str:
    """The address that was asked first; redirects may have led elsewhere."""
    return str(exchange.meta.get("redirect_urls", [exchange.url])[0])
