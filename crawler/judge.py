"""What an answer to an article request means for the archive: live crawl, healing and replay judge alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from archive.items import Article, Capture, FeedEntry, Gone, GoneReason, Item, Unchanged
from archive.urls import in_domains
from crawler.feed_memory import completed
from crawler.pages import NotArticle, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crawler.discovery import Entry
    from crawler.pages import ArticlePage

REDIRECTS = frozenset({301, 302, 303, 307, 308})
READ = frozenset({200, 304, 404, 410})
"""The statuses of an article request that are judged; others end in a redirect, a retry or a failure."""
GONE_STATUSES: dict[int, GoneReason] = {HTTPStatus.NOT_FOUND: "404", HTTPStatus.GONE: "410"}


class Known(Protocol):
    """What a judge asks the archive."""

    def is_known(self, url: str) -> bool:
        """Whether an article stands under this address or one of its twins."""

    def is_recorded(self, url: str) -> bool:
        """Whether an article stands under this very spelling."""

    def reader_of(self, url: str) -> str | None:
        """The reader of its latest revision, None for an unknown article."""

    def is_read_from(self, url: str, place: tuple[str, int]) -> bool:
        """Whether its latest revision was read from the bytes at this (file, offset)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `asked` is the address that was asked first, `url` the one that answered after redirects.

    `body` is decoded of its content encoding. `entry` is what a feed of the run said of it. `same_bytes`:
    equal to the bytes of the last capture of `url`.
    """

    asked: str
    url: str
    status: int
    capture: Capture
    body: bytes
    content_type: str | None = None
    same_bytes: bool = False
    entry: Entry | None = None

    def with_entry(self, entry: Entry | None) -> Answer:
        """The same answer beside what a feed said."""
        return replace(self, entry=entry)

    @property
    def gone_reason(self) -> GoneReason | None:
        """Why the status or the redirect says that the article is gone; None when neither does."""
        moved_home = self.url != self.asked and urlsplit(self.url).path in {"", "/"}
        return GONE_STATUSES.get(self.status) or ("redirect-home" if moved_home else None)


@dataclass(frozen=True, slots=True)
class Judge:
    """Turns answers of one source into items; `count` is told the name of everything that gives none.

    `own` gives the paper's own address for one that names a mirror.
    """

    source: str
    domains: tuple[str, ...]
    layouts: tuple[type[ArticlePage], ...]
    known: Known
    count: Callable[[str], None]
    own: Callable[[str], str] = str

    def settled(self, answer: Answer) -> bool:
        """Whether `conclude` needs no reading of the page."""
        return answer.gone_reason is not None or answer.status != HTTPStatus.OK or self.unchanged(answer)

    def unchanged(self, answer: Answer) -> bool:
        """Whether a known article is the same: 304, or the same bytes and a reader that is still ours.

        The bytes must be those that it was read from: a page that came in between (a soft 404, a challenge) and
        has not changed either is no word on the article.
        """
        place = answer.capture.revisit_of
        if answer.gone_reason is not None or place is None or not self.known.is_read_from(answer.asked, place):
            return False
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return True
        ours = {layout.reader() for layout in self.layouts}
        return answer.same_bytes and self.known.reader_of(answer.asked) in ours

    def read(self, answer: Answer) -> Article | NotArticle:
        """Read the page; pure, and safe beside the reactor."""
        return read(
            answer.body,
            answer.url,
            self.layouts,
            content_type=answer.content_type,
            captured_at=answer.capture.fetched_at,
        )

    def conclude(self, answer: Answer, reading: Article | NotArticle | None = None) -> Item | None:
        """The item that an answer stands for; None, counted, when it says nothing of an article."""
        if self.unchanged(answer):
            return Unchanged(self.source, answer.asked, answer.capture)
        if isinstance(reading, Article):
            return self.item(reading, answer)
        reason = answer.gone_reason
        if reason is None and reading is not None:
            self.count(f"reading/{reading.reason}")
            reason = "soft-404" if reading.reason == "soft-404" else None
        if reason is None:
            return None
        self.count(f"gone/{reason}")
        known = self.known.is_known(answer.asked)
        return Gone(self.source, answer.asked, reason, answer.capture) if known else None

    def listed(self, entries: Iterable[Entry], capture: Capture) -> list[Item]:
        """What a listing says of known articles: their comment counts, and addresses that are new to the archive."""
        items: list[Item] = []
        for entry in entries:
            if entry.comment_count is not None and self.known.is_known(entry.url):
                items.append(FeedEntry(self.source, entry.url, entry.comment_count, capture))
            items += self.aliases(entry.url, capture)
        return items

    def aliases(self, url: str, capture: Capture) -> list[Item]:
        """The address of a known article that a listing named, where the archive lacks it; else nothing."""
        if self.known.is_recorded(url) or not self.known.is_known(url):
            return []
        return [FeedEntry(self.source, url, None, capture)]

    def item(self, reading: Article, answer: Answer) -> Article:
        """A reading with its source, its capture, and every address under which the article was seen."""
        url = self.own(reading.url)
        if not in_domains(url, self.domains):
            url = answer.url
        declared = (alias for alias in map(self.own, reading.aliases) if in_domains(alias, self.domains))
        aliases = tuple(dict.fromkeys([answer.asked, answer.url, *declared]))
        reading = replace(reading, url=url, aliases=aliases, source=self.source, capture=answer.capture)
        return completed(reading, answer.entry, self.count)
