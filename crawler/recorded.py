"""Captured responses as the answers that they were: what healing and replay hand to the judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from archive.encodings import UndecodableError, decoded
from archive.urls import in_domains
from archive.warc_form import header
from crawler.judge import READ, REDIRECTS, Answer

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

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
    _moved: dict[str, str] = field(default_factory=dict)

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
            same_bytes=same_bytes or (record.type == "revisit" and record.status != HTTPStatus.NOT_MODIFIED),
        )

    def _remember(self, asked: str, record: Record) -> None:
        location = header(record.headers, "location")
        if location is None or not (self.pattern.search(asked) and in_domains(asked, self.domains)):
            return
        while len(self._moved) >= CHAIN:
            self._moved.pop(next(iter(self._moved)))
        self._moved[urljoin(record.url, location).partition("#")[0]] = asked
