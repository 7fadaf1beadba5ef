"""Searching the key tables from the newest day backwards, window by window, within a budget of time."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from typing import TYPE_CHECKING

from archive import keys
from archive.search_key import PER_DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WALL_SHARE = 10
"""A search may last ten times its CPU time: a cold disk or a busy machine must not hold a reader for long."""
STEPS = 200
"""Virtual machine instructions between two looks at the clock; FTS5 reads its pages through such steps."""
GRACE_MS, FIRST_MS = 4.0, 12.0
NEVER = float("inf")
FIRST_DAYS = 32
FEWEST_DAYS, MOST_DAYS, GROWTH = 8, 4_000, 8


class Clock:
    """What a search has cost: CPU milliseconds of this thread, or a tenth of what passed outside if that is more."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.thread_time(), time.perf_counter()
        self.stop = NEVER

    def spent(self) -> float:
        """Return the milliseconds spent so far."""
        cpu, wall = time.thread_time() - self._cpu, time.perf_counter() - self._wall
        return max(cpu, wall / WALL_SHARE) * 1_000

    def over(self) -> int:
        """Tell SQLite whether to interrupt the statement that is running (sqlite3_progress_handler)."""
        return self.stop != NEVER and self.spent() > self.stop


class Scan:
    """The keys that match, newest first, as far as they were looked for.

    All keys from `end` on were looked at. `expression` writes the FTS5 expression for a year's table; without
    one every article matches. Keys run from `low` to `high`, both included. `conn` bears the clock's
    progress handler.
    """

    def __init__(
        self,
        conn: sqlite3.Connection,
        expression: Callable[[int], str] | None,
        low: int,
        high: int,
        clock: Clock,
    ) -> None:
        self.conn, self.low, self.clock = conn, low, clock
        self.keys: list[int] = []
        self.kept = self.started = False
        self.end = high + 1
        self._expression = expression
        self._statements: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._years = deque(year for year in reversed(keys.years(conn)) if low < keys.first_key(year + 1))
        self._days = FIRST_DAYS
        self._enter_year()
        self.newest = self.end - 1

    @property
    def done(self) -> bool:
        """Whether everything was looked at."""
        return not self._years

    def _enter_year(self) -> None:
        """Step over the years without a table, or without a day of the range; at last to its lower bound."""
        while self._years and self.end <= max(self.low, keys.first_key(self._years[0])):
            self._years.popleft()
        last = keys.first_key(self._years[0] + 1) if self._years else self.low
        self.end = min(self.end, last)

    def more(self, until: float, most: int) -> None:
        """Look at one more window, for `most` keys at the most; the clock stops it at `until` milliseconds."""
        year = self._years[0]
        low = max(self.low, keys.first_key(year), self._back())
        sql, values = self._statement(year)  # of `word*` it reads the words, which nothing may interrupt
        before, count = self.clock.spent(), len(self.keys)
        # The first window must get somewhere, or a reader who searches on would stand still for ever.
        self.clock.stop = (until if self.started else max(until, before + FIRST_MS)) + GRACE_MS
        self.started = True
        try:
            for (key,) in self.conn.execute(sql, (*values, low, self.end - 1, most)):
                self.keys.append(key)
        except sqlite3.OperationalError as error:
            if error.args != ("interrupted",):
                raise
            low = self.keys[-1] if len(self.keys) > count else self.end
        finally:
            self.clock.stop = NEVER
        full = len(self.keys) - count == most
        self.end = self.keys[-1] if full else low
        self._widen(until, before)
        self._enter_year()

    def _back(self) -> int:
        day = keys.day_of(self.end - 1) + 1
        return (day - self._days) * PER_DAY

    def _widen(self, until: float, before: float) -> None:
        """Size the next window by what this one cost."""
        now = self.clock.spent()
        affordable = self._days * (until - now) / (now - before + 0.01) * 0.7
        self._days = int(max(FEWEST_DAYS, min(self._days * GROWTH, MOST_DAYS, affordable)))

    def _statement(self, year: int) -> tuple[str, tuple[str, ...]]:
        if self._expression is None:
            every = (
                "SELECT search_key FROM articles INDEXED BY articles_facts WHERE withdrawn_at IS NULL "
                "AND search_key BETWEEN ? AND ? ORDER BY search_key DESC LIMIT ?"
            )
            return every, ()
        if year not in self._statements:
            table = f"keys_{year:04}"
            sql = (
                f"SELECT rowid FROM {table} WHERE {table} MATCH ? "  # noqa: S608 — a year
                "AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"
            )
            self._statements[year] = sql, (self._expression(year),)
        return self._statements[year]

    def extend(self, number: int, until: float) -> None:
        """Look on until there are `number` keys, or `until` milliseconds were spent."""
        while not self.done and len(self.keys) < number and self.clock.spent() < until:
            self.more(until, number - len(self.keys))

    def keep(self, wanted: Callable[[int], bool]) -> None:
        """Keep the keys that are wanted (`kept` is then True)."""
        self.keys = [key for key in self.keys if wanted(key)]
        self.kept = True

    def total(self) -> int:
        """Count the keys; where not everything was looked at, estimate by the number of articles of each day."""
        if self.done:
            return len(self.keys)
        seen = keys.day_of(self.end - 1) + 1  # the first day that was looked at wholly, if any was
        last = keys.day_of(self.newest)
        if seen > last:
            return len(self.keys)
        sql = "SELECT coalesce(sum(n), 0) FROM day_counts WHERE day BETWEEN ? AND ?"
        looked = self.conn.execute(sql, (seen, last)).fetchone()[0]
        everything = self.conn.execute(sql, (keys.day_of(self.low), last)).fetchone()[0]
        found = sum(key >= seen * PER_DAY for key in self.keys)
        return max(len(self.keys), found * int(everything) // max(1, int(looked)))

    def walk(self, most: int, until: float) -> Iterator[int]:
        """Yield all keys from the newest on, looking on (up to `most` at a time) as they are used up."""
        place = 0
        while True:
            while place < len(self.keys):
                yield self.keys[place]
                place += 1
            if self.done or (self.started and self.clock.spent() >= until):
                return
            self.more(until, most)
