"""The newsroom's search: one state of the search page → hits, total, facets and histogram, out of the key tables."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from archive import keys, tokens
from archive.facets import Facts
from archive.key_query import Asked, ask
from archive.layers import Layer, layers
from archive.query import parse
from archive.results import PLACE, POSITION, Help, Results, UnusableError
from archive.search import reading
from archive.search_key import LAST_DAY, PER_DAY
from archive.spelling import help_for
from archive.windows import STEPS, Clock

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from archive.results import Cut, Hit, TotalIs, Wanted

# CPU milliseconds since the beginning at which each act ends (or ten times that of waiting); the facets come
# after them and cost what `MOST_COUNTED` hits cost.
NEAR_MS, EXACT_MS, COUNT_MS, PAGE_MS = 4.0, 8.0, 13.0, 27.0
SCORED_MS = 24.0
LEAST_MS, LAST_MS = 5.0, 8.0
"""What an act has at least, and what of the page belongs to the widest reading: there a page is filled at last."""
MS_PER_HIT = 0.6
"""A page of more than twenty hits (an export) may last so much longer for each."""
USUAL = 20

MOST_FOUND = 5_000
"""Hits that are looked for to count them: beyond, the total is estimated."""
MOST_COUNTED = 1_500
MOST_SCORED = 300

TOP = (LAST_DAY + 1) * PER_DAY


@contextmanager
def _timed(conn: sqlite3.Connection) -> Iterator[Clock]:
    clock = Clock()
    conn.set_progress_handler(clock.over, STEPS)
    try:
        yield clock
    finally:
        conn.set_progress_handler(None, 0)


def answer(
    conn: sqlite3.Connection, wanted: Wanted, *, limit: int = USUAL, facets: bool = True, by_time: bool = False
) -> Results:
    """Answer one state of the search page with up to `limit` hits, within some 50 ms of CPU time.

    Newest first; but words that stand side by side come before scattered ones, and marks as typed before
    what was found without, unless only the time counts (`by_time`, for feeds). What does not fit into the
    time is left out and said so (`Results`). Without `facets` neither these nor the histogram are counted.
    Takes over the progress handler of `conn`, which may be read-only. Raises UnusableError when `wanted.after`
    is of another search, sqlite3.Error, never for the query's sake.
    """
    query = parse(wanted.text)
    wordless = not (query.alternatives or query.excluded)
    if wanted.text and wordless and not (wanted.filtered or wanted.typed.names):
        return Results(hits=(), total=0, facets={}, help=Help())
    with reading(conn), _timed(conn) as clock:
        asked = ask(conn, wanted, query)
        if asked.nothing:
            return Results(hits=(), total=0, facets={})
        readings = layers(conn, asked, clock, as_typed=wanted.as_typed, by_time=by_time)
        results = _Search(conn, wanted, asked, clock, limit, readings).results(facets=facets)
    if query.alternatives and not (results.total or results.next or wanted.after):
        return replace(results, help=help_for(conn, wanted.text))
    return results


@dataclass
class _Search:
    """One search on its way: its readings, the closest first, and the page they fill."""

    conn: sqlite3.Connection
    wanted: Wanted
    asked: Asked
    clock: Clock
    limit: int
    layers: list[Layer]
    hits: list[Hit] = field(default_factory=list)
    ranked: int = 0
    back: int = 0
    in_front: bool = True

    def results(self, *, facets: bool) -> Results:
        """Search."""
        for layer in self.layers[:-1]:
            layer.look(MOST_FOUND, NEAR_MS if layer in self.near else EXACT_MS)
        self.found.look(MOST_FOUND, max(COUNT_MS, self.clock.spent() + LEAST_MS))
        facts = Facts(self.conn, self.found.scan.keys[: self.most_counted], self.clock)
        after = self._newest() if self.wanted.order == "newest" else self._ranked(facts)
        total, total_is = self.found.total()
        total = max(total, len(self.hits))
        if not total and after is None:
            total_is = "exact"
        exact, exact_is = self._exact(total, total_is)
        together, together_is = self._together(total)
        partial = bool(self.back) and len(self.hits) < self.limit
        return Results(
            hits=tuple(self.hits),
            total=total,
            total_is=total_is,
            exact=exact,
            exact_is=exact_is,
            together=together,
            together_is=together_is,
            facets=facts.facets(self.wanted) if facets else {},
            periods=facts.periods() if facets else (),
            counted=len(facts.keys),
            ranked=self.ranked,
            next=after,
            partial=partial,
            searched_back_to=keys.date_of(min(self.back, self.found.scan.newest)) if partial else None,
            cut=tuple(self._cut(total)),
        )

    @property
    def found(self) -> Layer:
        """The widest reading, whose hits are counted."""
        return self.layers[-1]

    @cached_property
    def near(self) -> list[Layer]:
        """The readings in which the words stand side by side."""
        return [layer for layer in self.layers if layer.page is not self.found.page]

    @property
    def most_counted(self) -> int:
        """How many hits are counted for the facets, and brought into another order."""
        return MOST_SCORED if self.wanted.order == "best" and self.asked.query.alternatives else MOST_COUNTED

    @cached_property
    def until(self) -> float:
        """The milliseconds at which the page must do with the hits it has."""
        return max(PAGE_MS, self.clock.spent() + LEAST_MS) + MS_PER_HIT * max(0, self.limit - USUAL)

    def _newest(self) -> str | None:
        """Fill the page newest first, reading by reading; returns where the next page begins."""
        below = self._positions()
        for place, layer in enumerate(self.layers):
            if below[place] and len(self.hits) < self.limit:
                below[place] = self._fill(place, below[place])
            if not any(below[: place + 1]) and self._has_all(layer):
                below = [0] * len(below)
        self.in_front = not any(below[:-1]) or below[-1] == TOP
        self.back = next(filter(None, below), 0)
        return ".".join(map(str, below)) if self.back else None

    def _positions(self) -> list[int]:
        """Return the key below which each reading goes on. Raises UnusableError for those of another search."""
        if self.wanted.after is None:
            return [TOP] * len(self.layers)
        below = [int(key) for key in self.wanted.after.split(".")] if POSITION.fullmatch(self.wanted.after) else []
        if len(below) != len(self.layers):
            raise UnusableError("after", self.wanted.after)
        return below

    def _fill(self, place: int, below: int) -> int:
        """Add the hits below a key; returns the key below which to go on, 0 when there are no more."""
        layer, until = self.layers[place], self.until - LAST_MS * (place < len(self.layers) - 1)
        shown = [other.whole for other in self.layers[:place]]
        scan = layer.scan if layer.scan.done or below > layer.scan.end else layer.begin(below)
        for key in scan.walk(MOST_FOUND, until):
            if key >= below:
                continue
            hit = layer.read(key, shown)
            if hit is not None:
                self.hits.append(hit)
            if len(self.hits) == self.limit or self.clock.spent() > until:
                return 0 if scan.done and key == scan.keys[-1] else key
        return 0 if scan.done else scan.end

    def _has_all(self, layer: Layer) -> bool:
        """Tell whether the hits of a reading are all there are."""
        all_there = layer.sure and layer.scan.done and self.found.scan.done
        return all_there and len(layer.scan.keys) == len(self.found.scan.keys)

    def _ranked(self, facts: Facts) -> str | None:
        """Fill the page in another order, among the newest hits; returns where the next page begins."""
        ranked = self._best() if self.wanted.order == "best" else facts.ordered(self.wanted.order)
        self.ranked = len(ranked)
        place = self._place()
        while place < len(ranked) and len(self.hits) < self.limit:
            hit = self._closest(ranked[place])
            self.hits += [hit] if hit is not None else []
            place += 1
        return f"r{place}" if place < len(ranked) else None

    def _place(self) -> int:
        match = PLACE.fullmatch(self.wanted.after or "r0")
        if match is None:
            raise UnusableError("after", str(self.wanted.after))
        return int(match[1])

    def _closest(self, key: int) -> Hit | None:
        """Read a hit in the reading that shows its words side by side, if one does."""
        hits = (layer.read(key, ()) for layer in (*self.near[-1:], self.found))
        return next((hit for hit in hits if hit is not None), None)

    def _best(self) -> list[int]:
        """Put the best in front, of the first hits of the closest readings; without a word all are equally good."""
        first = list(islice(dict.fromkeys(key for layer in self.layers for key in layer.scan.keys), self.most_counted))
        if not self.asked.query.alternatives:
            return first
        together = self.near[-1].whole if self.near else None
        until = max(SCORED_MS, self.clock.spent() + LEAST_MS)
        scores: dict[int, float] = {}
        for key in first:
            if self.clock.spent() > until:
                break
            scores[key] = self.found.page.score(key, as_typed=self.found.as_typed, together=together)
        return sorted((key for key in scores if scores[key] >= 0), key=lambda key: (-scores[key], -key))

    def _exact(self, total: int, total_is: TotalIs) -> tuple[int | None, TotalIs]:
        """Count the hits as typed, None when no marks were typed."""
        if not self.asked.query.marked or (self.found.as_typed and len(self.layers) == 1):
            return (total, total_is) if self.found.as_typed else (None, "exact")
        typed = next(layer for layer in self.layers if layer.page is self.found.page)
        exact, exact_is = (total, total_is) if typed is self.found else typed.total()
        return min(exact, total), exact_is

    def _together(self, total: int) -> tuple[int | None, TotalIs]:
        """Count the hits with the words side by side, None where there is but one word or phrase."""
        if not self.near:
            return None, "exact"
        number, number_is = self.near[-1].total()
        return min(number, total), number_is

    def _cut(self, total: int) -> Iterator[Cut]:
        """Name what was left out beside what the page itself shows."""
        if self.asked.cut:
            yield "prefix"
        if self.wanted.order != "newest" and total > self.ranked:
            yield "order"
        if not self.in_front:
            yield "front"
        version = self.conn.execute("SELECT tokens FROM keys_version").fetchone()
        waiting = self.conn.execute("SELECT 1 FROM keys_pending LIMIT 1").fetchone()
        if waiting or (version and version[0] != tokens.VERSION):
            yield "unindexed"
