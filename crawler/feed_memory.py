"""What the feeds of a run said of articles: it stands in where their pages say nothing, and is checked against them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from archive.text import fold, visible
from archive.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archive.items import Article
    from crawler.discovery import Entry

MOST = 20_000
"""Entries that are remembered; the first ones go first."""
SAME_DATE = timedelta(days=1)


@dataclass(slots=True)
class FeedMemory:
    """Remembers the first entry that a feed of this run gave for each article."""

    _entries: dict[str, Entry] = field(default_factory=dict)

    def note(self, entries: Iterable[Entry]) -> None:
        """Remember the entries of a feed, in its order."""
        for entry, key in _keyed(entries):
            if key not in self._entries:
                while len(self._entries) >= MOST:
                    self._entries.pop(next(iter(self._entries)))
                self._entries[key] = entry

    def of(self, url: str) -> Entry | None:
        """What a feed said of the article at `url`, None when no feed named it."""
        try:
            return self._entries.get(canonical(url))
        except ValueError:
            return None


def _keyed(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    for entry in entries:
        try:
            yield entry, canonical(entry.url)
        except ValueError:
            continue


def completed(article: Article, entry: Entry | None, count: Callable[[str], None]) -> Article:
    """The reading with what only the feed says (date, comment count), marked `feed` in `field_sources`.

    Where page and feed both speak, the page is believed; `count` is told what they disagree on, and of a date on
    the page that could not be read.
    """
    if entry is None:
        return article
    if article.published_at is not None and entry.when is not None:
        if abs(article.published_at - entry.when) > SAME_DATE:
            count("disagree/published_at")
    elif entry.when is not None:
        if article.published_raw:
            count("reading/unreadable date")
        sources = {**article.field_sources, "published_at": "feed"}
        article = replace(article, published_at=entry.when, published_raw=entry.raw, field_sources=sources)
    if article.comment_count is None and entry.comment_count is not None:
        sources = {**article.field_sources, "comment_count": "feed"}
        article = replace(article, comment_count=entry.comment_count, field_sources=sources)
    elif entry.comment_count is not None and entry.comment_count != article.comment_count:
        count("disagree/comment_count")
    if entry.title and fold(visible(entry.title)) != fold(visible(article.title)):
        count("disagree/title")
    return article
