"""The way from a section page to the pages after it: how far to go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.store import Store
    from crawler.backfill import Period
    from crawler.discovery import Entry

PAGES = 5
"""Pages of a section that a plain run reads at most: more of them are for a backfill."""


@dataclass(slots=True)
class Trail:
    """One section's pages, in their order, and every article that they have listed so far.

    A paper that answers any page number with some page, or prints a calendar without an end, shows nothing new
    from some page on: there the trail ends. A plain run follows it while most of what a page adds is unknown; a
    backfill until it has passed the first of its days. What stands beside every page (the latest, the most read)
    is of its first page only.
    """

    pages: int = 0
    _seen: set[str] = field(default_factory=set)
    _before: tuple[str, ...] = ()

    def goes_on(self, entries: Sequence[Entry], store: Store, period: Period | None) -> bool:
        """Whether the page after one that lists `entries` is worth asking for; takes note of them."""
        fresh = [entry for entry in entries if entry.url not in self._seen]
        before, self._before = self._before, tuple(entry.url for entry in fresh)
        self._seen.update(self._before)
        self.pages += 1
        if not fresh:
            return False
        if period is None:
            return self.pages < PAGES and 2 * sum(map(store.is_known, self._before)) < len(fresh)
        if all(map(period.is_over_at, fresh)):
            return False
        # Pages that print no dates: by now the articles of the page before this one have been read.
        newest = store.newest(before)
        return newest is None or newest >= period.since
