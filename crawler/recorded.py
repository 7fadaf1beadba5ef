"""Captured responses as the answers that they were: what healing and replay hand to the judge."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from archive import warc
from archive.encodings import UndecodableError, decoded
from archive.schema import ArchiveError
from archive.urls import in_domains
from archive.warc_form import header
from crawler.backfill import listed_by_onecms
from crawler.discovery import Entry, articles, is_article, parse_feed, parse_sitemap
from crawler.feed_memory import FeedMemory
from crawler.judge import READ, REDIRECTS, Answer
from crawler.mending import MAX_BYTES, NotXml

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from archive.items import Capture
    from archive.warc import Record

CHAIN = 1000
"""Redirects that are remembered until their target answers; a crawl has a handful at a time."""


@dataclass(slots=True)
class Recorded:
    """Tells which captured responses of a source answered article requests, and rebuilds their answers.

    Records must come in the order of their capture, so that a redirect stands before its target.
    `count` is told the name of everything that cannot be used.
    """

    domains: tuple[str, ...]
    pattern: re.Pattern[str]
    count: Callable[[str], None]
    feeds: frozenset[str] = frozenset()
    memory: FeedMemory = field(default_factory=FeedMemory)
    _listed: dict[str, list[Entry]] = field(default_factory=dict)
    _moved: dict[str, str] = field(default_factory=dict)

    def entries(self, record: Record) -> list[Entry]:
        """What a captured feed lists; a 304 lists what the feed listed before. Else what another listing names."""
        if record.url not in self.feeds:
            return self.named(record)
        if record.status not in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            return []
        if record.type != "revisit":
            try:
                self._listed[record.url] = parse_feed(decoded(record.headers, record.body), record.url)
            except (NotXml, UndecodableError):
                self.count("listing/failed")
                return []
        entries = self._listed.get(record.url, [])
        self.memory.note(entries)
        return self.ours(entries)

    def ours(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those that are articles of this source."""
        return [one for one in entries if in_domains(one.url, self.domains) and is_article(one.url, self.pattern)]

    def named(self, record: Record) -> list[Entry]:
        """The articles that a sitemap, a section page or what it loads names; [] for what has not changed."""
        if record.type == "revisit" or record.status != HTTPStatus.OK or not in_domains(record.url, self.domains):
            return []
        try:
            body = decoded(record.headers, record.body, MAX_BYTES)
            return self.ours(self.listed(body, record.url))
        except (NotXml, UndecodableError):  # the crawl has told so
            return []

    def listed(self, body: bytes, url: str) -> Iterable[Entry]:
        """The entries of a listing other than a feed, by what its bytes are; raises NotXml."""
        if body.lstrip()[:1] == b"[":
            with suppress(ValueError, TypeError):
                return listed_by_onecms(body, url)[0]
        try:
            sitemap = parse_sitemap(body, url)
        except NotXml:
            return map(Entry, articles(body, url, self.pattern))
        return () if sitemap.is_index else sitemap.entries

    def answer(self, record: Record, capture: Capture, *, same_bytes: bool = False) -> Answer | None:
        """The answer that a record holds; None for listings, robots.txt, redirects, errors and torn bodies."""
        asked = self._moved.pop(record.url, record.url)
        if record.status in REDIRECTS:
            self._remember(asked, record)
            return None
        if record.status not in READ or not (is_article(asked, self.pattern) and in_domains(asked, self.domains)):
            return None
        try:
            body = decoded(record.headers, record.body)
        except UndecodableError:
            self.count("reading/undecodable")
            return None
        return Answer(
            asked=asked,
            url=record.url,
            status=record.status,
            capture=capture,
            body=body,
            content_type=header(record.headers, "content-type"),
            entry=self.memory.of(asked),
            same_bytes=same_bytes or (record.type == "revisit" and record.status != HTTPStatus.NOT_MODIFIED),
        )

    def restored(self, answer: Answer, data: Path) -> Answer:
        """A revisit's answer with the bytes that it repeats, as a page of status 200; unchanged when they are lost."""
        place = answer.capture.revisit_of
        if place is None:
            return answer
        try:
            first = warc.read(data, *place)
            body = decoded(first.headers, first.body)
        except (ArchiveError, UndecodableError):
            self.count("reading/lost bytes")
            return answer
        content_type = header(first.headers, "content-type")
        return replace(answer, status=int(HTTPStatus.OK), body=body, content_type=content_type)

    def _remember(self, asked: str, record: Record) -> None:
        location = header(record.headers, "location")
        if location is None or not (is_article(asked, self.pattern) and in_domains(asked, self.domains)):
            return
        while len(self._moved) >= CHAIN:
            self._moved.pop(next(iter(self._moved)))
        self._moved[urljoin(record.url, location).partition("#")[0]] = asked
