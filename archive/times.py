"""Times as the archive writes them, ISO 8601: UTC for what was seen, the paper's zone for what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

PAPER_ZONE = timezone(timedelta(hours=7))
"""The zone in which every paper of the archive counts its days (Vietnam has no summer time)."""


def stamp(moment: datetime) -> str:
    """Write an aware time in UTC; stamps compare as text as their times do (fractions only where there are).

    Raises ValueError for a time without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment.isoformat()}")
    return moment.astimezone(UTC).isoformat()


def moment(stamp: str) -> datetime:
    """Read a stored time; it is aware. Raises ValueError when it is not ISO 8601 with an offset."""
    read = datetime.fromisoformat(stamp)
    if read.tzinfo is None:
        raise ValueError(f"a time without a zone: {stamp}")
    return read
