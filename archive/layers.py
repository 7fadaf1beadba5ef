"""The readings of a query, the closest first: side by side and as typed, side by side, as typed, anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archive.hits import Page
from archive.windows import Scan

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from archive.key_query import Asked
    from archive.patterns import Check
    from archive.results import Hit, TotalIs
    from archive.windows import Clock

MOST_VERIFIED = 100
"""Hits that are compared with their texts at once, so that they are counted exactly."""


@dataclass
class Layer:
    """One reading: the scan that finds its keys, and the page that reads its hits."""

    page: Page
    as_typed: bool
    clock: Clock
    scan: Scan = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the newest day."""
        self.scan = self.begin()

    def begin(self, below: int | None = None) -> Scan:
        """Return a new scan, of the keys below one."""
        asked = self.page.asked
        expression = None if asked.open else asked.for_year(as_typed=self.as_typed)
        high = asked.high if below is None else min(asked.high, below - 1)
        return Scan(self.page.conn, expression, asked.low, high, self.clock)

    @property
    def loose(self) -> bool:
        """Whether what the index finds must be compared with the texts."""
        return self.page.asked.loose(as_typed=self.as_typed)

    @property
    def sure(self) -> bool:
        """Whether every key of the scan is a hit."""
        return self.scan.kept or not self.loose

    @property
    def whole(self) -> Check:
        """Return the test by which a wider reading knows the hits of this one."""
        return self.page.whole[self.as_typed]

    def look(self, most: int, until: float) -> None:
        """Look for keys, and compare a few hits with their texts at once."""
        self.scan.extend(most, until)
        if self.loose and self.scan.done and len(self.scan.keys) <= MOST_VERIFIED:
            self.scan.keep(lambda key: self.page.matches(key, as_typed=self.as_typed))

    def read(self, key: int, shown: Sequence[Check]) -> Hit | None:
        """Read one hit, None when it is none or was shown already."""
        return self.page.read(key, as_typed=self.as_typed, shown=shown)

    def total(self) -> tuple[int, TotalIs]:
        """Count the hits, or estimate them from what was looked at."""
        rate = 1.0 if self.sure else self.page.rate(as_typed=self.as_typed)
        number = round(self.scan.total() * rate)
        return (number, "exact") if self.scan.done and self.sure else (_rough(number), "about")


def _rough(number: int) -> int:
    """Round an estimate to three digits: more would look like a count."""
    return round(number, min(0, 3 - len(str(number))))


def layers(conn: sqlite3.Connection, asked: Asked, clock: Clock, *, as_typed: bool, by_time: bool) -> list[Layer]:
    """Return the readings of a query; the last is the widest, whose hits are counted.

    Where marks were typed, hits that have them come first, unless only those are wanted (`as_typed`); and
    words that stand side by side before scattered ones. `by_time` leaves only the widest.
    """
    page = Page(conn, asked)
    together = asked.query.joined()
    near = Page(conn, replace(asked, query=together), wider=page) if together and not by_time else None
    as_typed = as_typed and asked.query.marked
    readings = [True] if as_typed else [True, False] if asked.query.marked and not by_time else [False]
    return [Layer(which, typed, clock) for which in (near, page) if which is not None for typed in readings]
