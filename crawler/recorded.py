"""Captured responses as the answers that they were: what healing and replay hand to the judge."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from archive import warc
from archive.encodings import UndecodableError, decoded
from archive.schema import ArchiveError
from archive.urls import in_domains
from archive.warc_form import header
from crawler.discovery import parse_feed
from crawler.feed_memory import FeedMemory
from crawler.judge import READ, REDIRECTS, Answer
from crawler.mending import NotXml

if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from pathlib import Path

    from archive.items import Capture
    from archive.warc import Record
    from crawler.discovery import Entry

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
        """What a captured feed lists; a 304 lists what the feed listed before. [] for anything else."""
        if record.url not in self.feeds or record.status not in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            return []
        if record.type != "revisit":
            try:
                self._listed[record.url] = parse_feed(decoded(record.headers, record.body), record.url)
            except (NotXml, UndecodableError):
                self.count("listing/failed")
                return []
        entries = self._listed.get(record.url, [])
        self.memory.note(entries)
        return entries

    def answer(self, record: Record, capture: Capture, *, same_bytes: bool = False) -> Answer | None:
        """The answer that a record holds; None for listings, robots.txt, redirects, errors and torn bodies."""
        asked = self._moved.pop(record.url, record.url)
        if record.status in REDIRECTS:
            self._remember(asked, record)
            return None
        if record.status not in READ or not (self.pattern.search(asked) and in_domains(asked, self.domains)):
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
        if location is None or not (self.pattern.search(asked) and in_domains(asked, self.domains)):
            return
        while len(self._moved) >= CHAIN:
            self._moved.pop(next(iter(self._moved)))
        self._moved[urljoin(record.url, location).partition("#")[0]] = asked
