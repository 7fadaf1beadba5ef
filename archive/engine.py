"""The newsroom's search: one state of the search page → hits, total, facets and histogram, out of the key tables."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from archive import keys, tokens
from archive.facets import Facts
from archive.hits import Page
from archive.key_query import Asked, ask
from archive.query import parse
from archive.results import Results
from archive.search import reading
from archive.search_key import LAST_DAY, PER_DAY
from archive.spelling import help_for
from archive.windows import STEPS, Clock, Scan

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from archive.results import Cut, Hit, TotalIs, Wanted

# CPU milliseconds since the beginning at which each act ends (or ten times that of waiting); the facets come
# after them and cost what `MOST_COUNTED` hits cost.
EXACT_MS, COUNT_MS, PAGE_MS = 6.0, 12.0, 25.0
LEAST_MS = 5.0
MS_PER_HIT = 0.6
"""A page of more than twenty hits (an export) may last so much longer for each."""
USUAL = 20

MOST_FOUND = 5_000
"""Hits that are looked for to count them: beyond, the total is estimated."""
MOST_COUNTED = 1_500
MOST_SCORED = 300
MOST_VERIFIED = 100

TOP = (LAST_DAY + 1) * PER_DAY

POSITION = re.compile(r"(\d{1,16})\.(\d{1,16})")
PLACE = re.compile(r"r(\d{1,6})")


@contextmanager
def _timed(conn: sqlite3.Connection) -> Iterator[Clock]:
    clock = Clock()
    conn.set_progress_handler(clock.over, STEPS)
    try:
        yield clock
    finally:
        conn.set_progress_handler(None, 0)


def answer(conn: sqlite3.Connection, wanted: Wanted, *, limit: int = USUAL, facets: bool = True) -> Results:
    """Answer one state of the search page with up to `limit` hits, within some 50 ms of CPU time.

    Newest first; where marks were typed, hits that have them come before those found without. What does not
    fit into the time is left out and said so (`Results`). Without `facets` neither these nor the histogram
    are counted. Takes over the progress handler of `conn`, which
    may be read-only. Raises sqlite3.Error, never for the query's sake.
    """
    query = parse(wanted.text)
    if wanted.text and not query.alternatives:
        return Results(hits=(), total=0, facets={}, help=help_for(conn, wanted.text))
    with reading(conn), _timed(conn) as clock:
        results = _Search(conn, wanted, ask(conn, wanted, query), clock, limit).results(facets=facets)
    if results is None:
        return Results(hits=(), total=0, facets={})
    if wanted.text and not (results.total or results.next or wanted.after):
        return replace(results, help=help_for(conn, wanted.text))
    return results


@dataclass
class _Search:
    """One search on its way: scans of the key tables (as typed, without marks) and the page they fill."""

    conn: sqlite3.Connection
    wanted: Wanted
    asked: Asked
    clock: Clock
    limit: int
    hits: list[Hit] = field(default_factory=list)
    back: int = 0

    def results(self, *, facets: bool) -> Results | None:
        """Search; None when a filter names what the archive does not know."""
        if self.asked.nothing:
            return None
        if self.exact is not None:
            self.exact.extend(MOST_FOUND, EXACT_MS)
            self._verify(self.exact, as_typed=True)
        self.found.extend(MOST_FOUND, max(COUNT_MS, self.clock.spent() + LEAST_MS))
        self._verify(self.found, as_typed=self.as_typed)
        facts = Facts(self.conn, self.found.keys[: self.most_counted], self.clock)
        after = self._newest() if self.wanted.order == "newest" else self._ranked(facts)
        total, total_is = self._total(self.found, as_typed=self.as_typed)
        total = max(total, len(self.hits))
        exact, exact_is = self._exact(total, total_is)
        partial = bool(self.back) and len(self.hits) < self.limit
        return Results(
            hits=tuple(self.hits),
            total=total,
            total_is=total_is,
            exact=exact,
            exact_is=exact_is,
            facets=facts.facets(self.wanted) if facets else {},
            periods=facts.periods() if facets else (),
            counted=len(facts.keys),
            next=after,
            partial=partial,
            searched_back_to=keys.date_of(min(self.back, self.found.newest)) if partial else None,
            cut=tuple(self._cut(total)),
        )

    @cached_property
    def as_typed(self) -> bool:
        """Whether only hits with the marks as typed are wanted."""
        return self.wanted.as_typed and self.asked.query.marked

    @property
    def most_counted(self) -> int:
        """How many hits are counted for the facets, and brought into another order."""
        return MOST_SCORED if self.wanted.order == "best" and self.asked.query.alternatives else MOST_COUNTED

    @cached_property
    def found(self) -> Scan:
        """The scan that is counted: without marks, or as typed where only that is wanted."""
        return self._scan(as_typed=self.as_typed)

    @cached_property
    def exact(self) -> Scan | None:
        """The scan whose hits come first, where marks were typed."""
        return self._scan(as_typed=True) if self.asked.query.marked and not self.as_typed else None

    @cached_property
    def page(self) -> Page:
        """What reads the hits."""
        return Page(self.conn, self.asked)

    @cached_property
    def until(self) -> float:
        """The milliseconds at which the page must do with the hits it has."""
        return max(PAGE_MS, self.clock.spent() + LEAST_MS) + MS_PER_HIT * max(0, self.limit - USUAL)

    def _scan(self, *, as_typed: bool, below: int | None = None) -> Scan:
        expression = None if self.asked.open else self.asked.for_year(as_typed=as_typed)
        high = self.asked.high if below is None else min(self.asked.high, below - 1)
        return Scan(self.conn, expression, self.asked.low, high, self.clock)

    def _verify(self, scan: Scan, *, as_typed: bool) -> None:
        """Compare a few hits with their texts at once, so that they are counted exactly."""
        if self.asked.loose(as_typed=as_typed) and scan.done and len(scan.keys) <= MOST_VERIFIED:
            scan.keep(lambda key: self.page.matches(key, as_typed=as_typed))

    def _newest(self) -> str | None:
        """Fill the page newest first, as typed before the others; returns where the next page begins."""
        match = POSITION.fullmatch(self.wanted.after or "")
        exact_below, below = map(int, match.groups()) if match else (TOP, TOP)
        if self.exact is None:
            exact_below = 0
        elif exact_below:
            exact_below = self._fill(self.exact, exact_below, as_typed=True, until=self.until - LEAST_MS)
            if not exact_below and self._all_as_typed(self.exact):
                below = 0
        if below and len(self.hits) < self.limit:
            below = self._fill(self.found, below, as_typed=self.as_typed, until=self.until)
        self.back = exact_below or below
        return f"{exact_below}.{below}" if self.back else None

    def _fill(self, scan: Scan, below: int, *, as_typed: bool, until: float) -> int:
        """Add the hits below a key; returns the key below which to go on, 0 when there are no more."""
        others_only = scan is self.found and self.exact is not None
        if not scan.done and below <= scan.end:
            scan = self._scan(as_typed=as_typed, below=below)
        for key in scan.walk(MOST_FOUND, until):
            if key >= below:
                continue
            hit = self.page.read(key, as_typed=as_typed, others_only=others_only)
            if hit is not None:
                self.hits.append(hit)
            if len(self.hits) == self.limit or self.clock.spent() > until:
                return 0 if scan.done and key == scan.keys[-1] else key
        return 0 if scan.done else scan.end

    def _all_as_typed(self, exact: Scan) -> bool:
        """Tell whether the hits as typed are all there are."""
        sure = exact.kept or not self.asked.loose(as_typed=True)
        return sure and exact.done and self.found.done and len(exact.keys) == len(self.found.keys)

    def _ranked(self, facts: Facts) -> str | None:
        """Fill the page in another order, among the newest hits; returns where the next page begins."""
        ranked = self._best(facts.keys) if self.wanted.order == "best" else facts.ordered(self.wanted.order)
        match = PLACE.fullmatch(self.wanted.after or "")
        place = int(match[1]) if match else 0
        while place < len(ranked) and len(self.hits) < self.limit:
            hit = self.page.read(ranked[place], as_typed=self.as_typed)
            self.hits += [hit] if hit is not None else []
            place += 1
        return f"r{place}" if place < len(ranked) else None

    def _best(self, newest: Sequence[int]) -> list[int]:
        """Put the best in front; without a word all are equally good."""
        if not self.asked.query.alternatives:
            return list(newest)
        scores = {key: self.page.score(key, as_typed=self.as_typed) for key in newest}
        return sorted(scores, key=lambda key: (-scores[key], -key))

    def _total(self, scan: Scan, *, as_typed: bool) -> tuple[int, TotalIs]:
        """Count the hits of a scan, or estimate them from what was looked at."""
        sure = scan.kept or not self.asked.loose(as_typed=as_typed)
        rate = 1.0 if sure else self.page.rate(as_typed=as_typed)
        total = scan.total()
        return round(total * rate), "exact" if scan.done and sure else "about"

    def _exact(self, total: int, total_is: TotalIs) -> tuple[int | None, TotalIs]:
        """Count the hits as typed, None when no marks were typed."""
        if self.exact is None:
            return (total, total_is) if self.as_typed else (None, "exact")
        exact, exact_is = self._total(self.exact, as_typed=True)
        return min(exact, total), exact_is

    def _cut(self, total: int) -> Iterator[Cut]:
        """Name what was left out beside what the page itself shows."""
        if self.asked.cut:
            yield "prefix"
        if self.wanted.order != "newest" and total > self.most_counted:
            yield "order"
        version = self.conn.execute("SELECT tokens FROM keys_version").fetchone()
        waiting = self.conn.execute("SELECT 1 FROM keys_pending LIMIT 1").fetchone()
        if waiting or (version and version[0] != tokens.VERSION):
            yield "unindexed"
