"""Which of a source's listings have ever given anything: some addresses are guesses, and nothing is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

SILENT = "silent roads"
"""The stat that holds them at the end of a run."""
CLOSED = "closed roads"
"""The stat that holds, by address, why a listing of a run was forbidden (`crawler.reasons.FORBIDDEN`)."""
MOST = 1000
"""Forbidden listings that are kept by address: an index may name far more sitemaps in a folder that is closed."""
LAST_WORD = """
SELECT json_extract(counts, '$.silent'), json_extract(counts, '$.forbidden') FROM runs
WHERE source = ? AND json_valid(counts) AND json_extract(counts, '$.silent') IS NOT NULL
ORDER BY started_at DESC, id DESC LIMIT 1
"""
ANSWERED = "SELECT 1 FROM captures WHERE url = ? AND status IN (200, 304) LIMIT 1"
ASKED_BEFORE = "SELECT 1 FROM captures WHERE url = ? LIMIT 1"


class Roads:
    """The silent listings of a source: those that have given none so far, in this run or any before.

    `known` are those that an earlier run found silent: a web page in their place is no failure, nor is a refusal,
    nothing was there before either. `tell` is told the list whenever it changes; it goes from run to run by
    `runs.counts` (`silent`). `closed` says of listings that were forbidden in this run why (`forbidden` there).
    """

    def __init__(
        self, conn: sqlite3.Connection, source: str, listings: Iterable[str], tell: Callable[[list[str]], None]
    ) -> None:
        self.conn, self.listings, self.tell = conn, frozenset(listings), tell
        self.closed: dict[str, str] = {}
        last = conn.execute(LAST_WORD, (source,)).fetchone()
        self.known: frozenset[str] = frozenset(json.loads(last[0]) if last is not None else ())
        self._closed_before = frozenset(json.loads(last[1] or "{}") if last is not None else ())
        self.silent = {
            url
            for url in self.listings
            if last is None or url in self.known or conn.execute(ASKED_BEFORE, (url,)).fetchone() is None
        }
        tell(sorted(self.silent))

    def is_closed(self, url: str, reason: str) -> bool:
        """Whether `url`, which is forbidden for `reason`, has always been so: nothing is lost; remembers the reason.

        A sitemap that an index names, or a further page, is no listing of the source: it is known by its last refusal,
        or, where there were MOST of them, by having never answered.
        """
        if len(self.closed) < MOST:
            self.closed[url] = reason
        if url in self.listings:
            return url in self.known & self.silent
        before = self._closed_before
        return (url in before or len(before) >= MOST) and self.conn.execute(ANSWERED, (url,)).fetchone() is None

    def found(self, url: str) -> None:
        """Take note that `url` gave a listing."""
        if url in self.silent:
            self.silent.remove(url)
            self.tell(sorted(self.silent))
