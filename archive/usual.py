"""What is usual for a source: its past runs, and the floor and ceiling that their own spread sets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from archive.schema import ArchiveError
from archive.times import PAPER_ZONE, moment, stamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

WINDOW = timedelta(days=42)  # six days of each weekday
ENOUGH = 5  # comparable runs or days, below which nothing is called usual
SPREADS = 5.0
NORMAL = 1.4826  # the median absolute deviation times this is the standard deviation of a normal distribution
NUMBERS = (int, float)
FINISHED = frozenset({"ok", "partial"})
UNREAD = ("challenge", "needs-javascript", "listing", "login", "empty", "not-html", "no title")
READ = ("new", "revised", "same", "restored")


@dataclass(frozen=True, slots=True)
class Run:
    """One row of the table `runs`; times are aware.

    `ended_at` is None while it runs, when it was killed, and when it left captures to the next run (a full disk);
    `outcome` is None in the first two cases only.
    """

    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    counts: Mapping[str, Any]

    def number(self, *keys: str) -> int:
        """A number of its counts, 0 where there is none."""
        value: Any = self.counts
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return int(value) if isinstance(value, NUMBERS) else 0

    def table(self, key: str) -> dict[str, int]:
        """A part of its counts that is a table of numbers, without zeros."""
        part = self.counts.get(key)
        return {name: n for name, n in part.items() if n} if isinstance(part, dict) else {}

    @property
    def is_over(self) -> bool:
        """Whether it said how it ended."""
        return self.outcome is not None

    @property
    def is_complete(self) -> bool:
        """Whether it was a crawl that ended by itself after every listing had answered."""
        stopped = self.counts.get("stopped") is not None
        return self.is_crawl and self.outcome in FINISHED and not stopped and not self.number("listings", "failed")

    @property
    def is_crawl(self) -> bool:
        """Whether it was an ordinary crawl, no backfill or replay."""
        return bool(self.counts.get("kind", "crawl") == "crawl")

    @property
    def read(self) -> int:
        """How many pages it read as articles."""
        return sum(self.number(outcome) for outcome in READ)

    @property
    def unread(self) -> int:
        """How many pages it could not read as articles; a soft 404 is no page."""
        return sum(self.number("not_articles", reason) for reason in UNREAD)


def past_runs(conn: sqlite3.Connection, source: str, before: datetime) -> list[Run]:
    """The runs of a source that started in the WINDOW before a moment, the oldest first.

    Raises ArchiveError when the counts of one are no JSON object.
    """
    rows = conn.execute(
        "SELECT id, started_at, ended_at, outcome, counts FROM runs"
        " WHERE source = ? AND started_at >= ? AND started_at < ? ORDER BY started_at, id",
        (source, stamp(before - WINDOW), stamp(before)),
    )
    return [as_run(*row) for row in rows]


def as_run(number: int, started_at: str, ended_at: str | None, outcome: str | None, counts: str) -> Run:
    """A row of `runs`; raises ArchiveError when its counts are no JSON object."""
    try:
        read = json.loads(counts)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise ArchiveError(f"the counts of run {number} are damaged: correct that row of the table runs")
    return Run(moment(started_at), moment(ended_at) if ended_at else None, outcome, read)


def spread(values: Sequence[float]) -> float:
    """The median absolute deviation, scaled to a standard deviation; one value in two may be an outlier."""
    middle = median(values)
    return NORMAL * median(abs(value - middle) for value in values)


def floor(values: Sequence[float], noise: float = 0.0) -> float:
    """What a value must fall below to be far less than usual: half of it, and SPREADS spreads away.

    `noise` is the least spread to reckon with. Raises ValueError without values.
    """
    middle = median(values)
    return min(middle / 2, middle - SPREADS * max(spread(values), noise))


def ceiling(values: Sequence[float]) -> float:
    """What a value must exceed to be far more than usual: twice that, and SPREADS spreads away."""
    middle = median(values)
    return max(middle * 2, middle + SPREADS * spread(values))


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A run that listed far fewer addresses than its comparable runs.

    `usual` is their median, `least` the floor that it fell below, `runs` how many they are, `weekday`
    whether all were on its own weekday.
    """

    listed: int
    usual: float
    least: float
    runs: int
    weekday: bool

    def __str__(self) -> str:
        days = "on this weekday" if self.weekday else "lately"
        return f"listed {self.listed} addresses; {self.runs} runs {days} listed {self.usual:.0f}"


def same_weekday(runs: Iterable[Run], started_at: datetime) -> list[Run]:
    """Those runs that were on the weekday of `started_at` but not on its own day, as the papers count days."""
    day = started_at.astimezone(PAPER_ZONE).date()
    return [
        run
        for run in runs
        if (other := run.started_at.astimezone(PAPER_ZONE).date()) != day and other.weekday() == day.weekday()
    ]


def shortfall(past: Iterable[Run], listed: int, started_at: datetime) -> Shortfall | None:
    """How a run that listed `listed` addresses falls short of its past; None when it does not, or none knows.

    Comparable are complete runs, those of the same weekday where there are ENOUGH. What was listed counts,
    known or new: a run that goes on where a killed one stopped lists as much as any other.
    """
    complete = [run for run in past if run.is_complete and "listed" in run.counts]
    weekday = same_weekday(complete, started_at)
    compared = weekday if len(weekday) >= ENOUGH else complete
    if len(compared) < ENOUGH:
        return None
    values = [run.number("listed") for run in compared]
    # Half of the least that was ever listed is too few for a source whose numbers vary widely, too.
    least = max(floor(values), min(values) / 2)
    if listed >= least:
        return None
    return Shortfall(listed, median(values), round(least, 1), len(compared), compared is weekday)


def fewer_than_usual(conn: sqlite3.Connection, source: str, listed: int, started_at: datetime) -> Shortfall | None:
    """How a run that started at `started_at` and listed `listed` addresses falls short of the source's past.

    None when it does not, or when fewer than ENOUGH comparable runs are known. One range of the index
    `runs_source` is read. Raises ArchiveError when the counts of a past run are damaged.
    """
    return shortfall(past_runs(conn, source, started_at), listed, started_at)
