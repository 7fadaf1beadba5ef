"""Which of a source's listings have ever given anything: some addresses are guesses, and nothing is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

SILENT = "silent roads"
"""The stat that holds them at the end of a run."""
LAST_WORD = """
SELECT json_extract(counts, '$.silent') FROM runs
WHERE source = ? AND json_valid(counts) AND json_extract(counts, '$.silent') IS NOT NULL
ORDER BY started_at DESC, id DESC LIMIT 1
"""
ASKED_BEFORE = "SELECT 1 FROM captures WHERE url = ? LIMIT 1"


class Roads:
    """The silent listings of a source: those that have given none so far, in this run or any before.

    `known` are those that an earlier run found silent: a web page in their place is no failure, nothing was there
    before either. `tell` is told the list whenever it changes; it goes from run to run by `runs.counts` (`silent`).
    """

    def __init__(
        self, conn: sqlite3.Connection, source: str, listings: Iterable[str], tell: Callable[[list[str]], None]
    ) -> None:
        self.tell = tell
        last = conn.execute(LAST_WORD, (source,)).fetchone()
        self.known: frozenset[str] = frozenset(json.loads(last[0]) if last is not None else ())
        self.silent = {
            url
            for url in listings
            if last is None or url in self.known or conn.execute(ASKED_BEFORE, (url,)).fetchone() is None
        }
        tell(sorted(self.silent))

    def found(self, url: str) -> None:
        """Take note that `url` gave a listing."""
        if url in self.silent:
            self.silent.remove(url)
            self.tell(sorted(self.silent))
