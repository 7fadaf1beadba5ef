"""The number by which articles are searched: day of publication, source, sequence, in 15 digits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from archive.schema import ArchiveError
from archive.times import PAPER_ZONE

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

PER_SOURCE = 10**6
PER_DAY = 10**10
LAST_DAY = 99_999
EPOCH = date(1970, 1, 1)


def day_of(moment: datetime) -> int:
    """Count the days from 1970 to an aware time, in the papers' zone; kept within 0 and 99,999."""
    try:
        day = moment.astimezone(PAPER_ZONE).date()
    except OverflowError:  # the first or last hours of the calendar
        day = moment.date()
    return min(max((day - EPOCH).days, 0), LAST_DAY)


def prefix(day: int, number: int) -> int:
    """Return the first key of a day (since 1970) and the source of this number."""
    return day * PER_DAY + number * PER_SOURCE


def next_key(conn: sqlite3.Connection, day: int, number: int) -> int:
    """Return the next free key of a day and a source; raises ArchiveError after a million articles a day."""
    first = prefix(day, number)
    query = "SELECT max(search_key) FROM articles WHERE search_key >= ? AND search_key < ?"
    last = conn.execute(query, (first, first + PER_SOURCE)).fetchone()[0]
    key = first if last is None else int(last) + 1
    if key == first + PER_SOURCE:
        raise ArchiveError(f"source {number} has a million articles of one day: their dates cannot be right")
    return key
