"""Which entries of a run's listings are asked for; the others are counted, by reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.urls import canonical, in_domains
from crawler.discovery import is_article

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from crawler.backfill import Period
    from crawler.discovery import Entry

MOST_WAITING = 50_000
"""New articles that one run takes up at most: each waits in memory until it is asked for."""

NESTED = 3
"""Sitemap indexes within each other that are followed; sitemaps.org allows none at all."""
BREATH = 500
"""Entries of a sitemap that are looked at in one go, before others have their turn."""


@dataclass(slots=True)
class Sieve:
    """What one run passes over; `count` is told the name of a reason.

    `pattern` and `domains` are the source's, `limit` the operator's (None: none), `room` how many requests the
    run has (0: as many as it likes).
    """

    pattern: re.Pattern[str]
    domains: tuple[str, ...]
    limit: int | None
    room: int
    count: Callable[[str], None]
    _asked: set[str] = field(default_factory=set)
    _taken: int = 0

    def holds_back(self, entry: Entry, period: Period | None) -> bool:
        """Whether an entry is no article of this source, or not one of the days that are looked for; counted."""
        reason = None
        if period is not None and not period.may_hold(entry):
            reason = "other days"
        elif not in_domains(entry.url, self.domains):
            reason = "host"
        elif not is_article(entry.url, self.pattern):
            reason = "no article"
        if reason is not None:
            self.passed_over(reason)
        return reason is not None

    def is_ours(self, url: str) -> bool:
        """Whether `url` is that of an article of this source, of whatever day."""
        return in_domains(url, self.domains) and is_article(url, self.pattern)

    def first_time(self, url: str) -> bool:
        """Whether no twin of `url` was met in this run; remembers it. An unusable address is counted."""
        try:
            key = canonical(url)
        except ValueError:
            self.passed_over("malformed")
            return False
        if key in self._asked:
            return False
        self._asked.add(key)
        return True

    def has_room(self) -> bool:
        """Whether one more new article may be asked for; counts it."""
        self._taken += 1
        if self.limit is not None and self._taken > self.limit:
            self.count("discovery/over limit")
            return False
        if self._taken > (self.room or MOST_WAITING):
            self.passed_over("no room")
            return False
        return True

    def passed_over(self, reason: str) -> None:
        """Count an entry that is not asked for."""
        self.count(f"discovery/passed over/{reason}")
