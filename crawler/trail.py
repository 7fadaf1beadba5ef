"""The way from a section page to the pages after it: how far to go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from crawler.backfill import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archive.store import Store
    from crawler.backfill import Period
    from crawler.discovery import Entry

PAGES = 5
"""Pages of a section that a plain run reads at most: more of them are for a backfill."""
STALLED = 300
"""Pages in a row without an article of an earlier day, after which a backfill takes a section to have no end."""
ENDLESS, NO_PAGING = "endless pages", "no paging"
"""Why a section is left: its pages lead no further into the past, or nothing on it leads to its second page."""


@dataclass(slots=True)
class Trail:
    """One section's pages, in their order, and every article that they have listed so far.

    A paper that answers any page number with some page, or prints a calendar without an end, shows nothing new
    from some page on: there the trail ends. A plain run follows it while most of what a page adds is unknown; a
    backfill until it has passed the first of its days, or come no nearer to them for STALLED pages: addresses that
    look new may be made up for ever. What stands beside every page (the latest, the most read) is of its first
    page only. `count` is told ENDLESS then, and `more pages` where a plain run stops at its cap.
    """

    pages: int = 0
    _seen: set[str] = field(default_factory=set)
    _before: tuple[str, ...] = ()
    _reached: date = date.max
    _stalled: int = 0

    def goes_on(
        self, entries: Sequence[Entry], store: Store, period: Period | None, count: Callable[[str], None]
    ) -> bool:
        """Whether the page after one that lists `entries` is worth asking for; takes note of them."""
        fresh = [entry for entry in entries if entry.url not in self._seen]
        before, self._before = self._before, tuple(entry.url for entry in fresh)
        self._seen.update(self._before)
        self.pages += 1
        if not fresh:
            return False
        if period is None:
            goes_on = 2 * sum(map(store.is_known, self._before)) < len(fresh)
            if goes_on and self.pages >= PAGES:
                count("more pages")
            return goes_on and self.pages < PAGES
        if all(map(period.is_over_at, fresh)):
            return False
        # Pages that print no dates: by now the articles of the page before this one have been read.
        newest = store.newest(before)
        if self._is_stalled([*filter(None, map(day_of, fresh)), *([newest] if newest else [])]):
            count(ENDLESS)
            return False
        return newest is None or newest >= period.since

    def _is_stalled(self, days: Sequence[date]) -> bool:
        """Whether no page has led further into the past for too long; `days` are those of one more page."""
        newest = max(days, default=date.max)
        self._stalled = 0 if newest < self._reached else self._stalled + 1
        self._reached = min(self._reached, newest)
        return self._stalled >= STALLED
