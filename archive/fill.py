"""Fields that a source's pages no longer give as they did: fill rates against their own past."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import TYPE_CHECKING, Any

from archive.usual import ENOUGH, floor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from archive.usual import Run

PAGES = 10  # a rate over fewer pages says nothing
KEPT = 100  # samples that a rate is compared with


@dataclass(frozen=True, slots=True)
class Sample:
    """A run, or several small ones together: when it began, its pages, and per field the share that had it."""

    started_at: datetime
    pages: int
    rates: Mapping[str, float]


def fallen_fields(
    runs: Sequence[Run], readers: Sequence[tuple[datetime, bool]]
) -> tuple[dict[str, dict[str, float]], datetime | None]:
    """The fields whose fill rate has fallen (rate now, usual rate, floor), and since when the first one has.

    Beside the fields of an article: `article`, the share of pages that could be read at all, and `layout`,
    the share that a layout of the paper read, not the generic reader. Needs ENOUGH samples before the fall.
    """
    fallen: dict[str, dict[str, float]] = {}
    moments = []
    for samples in (samples_of(runs), samples_of_readers(readers)):
        for name in sorted({name for sample in samples for name in sample.rates}):
            found = fall(samples, name)
            if found is not None:
                fallen[name], since = found
                moments.append(since)
    return fallen, min(moments, default=None)


def fall(samples: Iterable[Sample], name: str) -> tuple[dict[str, float], datetime] | None:
    """The fall of one field and the start of the first sample that showed it; None when it has not fallen.

    A sample below the floor does not join the past that later ones are compared with: a broken field stays
    broken however long nobody repairs it.
    """
    good: deque[float] = deque(maxlen=KEPT)
    since: datetime | None = None
    figures: dict[str, float] = {}
    for sample in samples:
        rate = sample.rates.get(name)
        if rate is None:
            continue
        # A floor is at most half of the median: most rates need no further look.
        if len(good) < ENOUGH or 2 * rate >= max(good) or rate >= (least := lowest(good, sample.pages)):
            since = None
            good.append(rate)
            continue
        since = since or sample.started_at
        figures = {"now": round(rate, 4), "usual": round(median(good), 4), "floor": round(least, 4)}
    return (figures, since) if since else None


def lowest(good: Sequence[float], pages: int) -> float:
    """The floor of a rate over so many pages, among which it varies by chance (a binomial share)."""
    usual = median(good)
    return floor(good, sqrt(usual * (1 - usual) / pages))


def samples_of(runs: Sequence[Run]) -> list[Sample]:
    """Runs as samples of at least PAGES pages, the oldest first; small runs are taken together."""
    names = {name for run in runs for name in run.table("fill")} - {"articles"}
    samples, group = [], []
    pages = 0
    for run in reversed(runs):  # from the newest: it must not be what is left over
        found = run.read + run.unread if run.is_over else 0
        if found:
            group.append(run)
            pages += found
        if pages >= PAGES:
            samples.append(sample(group[::-1], names))
            group, pages = [], 0
    return samples[::-1]


def sample(runs: Sequence[Run], names: Collection[str]) -> Sample:
    """Some runs as one sample; a field that a run does not name was on none of its pages."""
    parts = [(run.read, run.table("fill")) for run in runs]
    read, unread = sum(pages for pages, _ in parts), sum(run.unread for run in runs)
    rates = {"article": read / (read + unread)}
    if read:
        for name in names:
            rates[name] = sum(fill.get(name, 0) * pages for pages, fill in parts) / read
    return Sample(runs[0].started_at, read + unread, rates)


def samples_of_readers(readers: Sequence[tuple[datetime, bool]]) -> list[Sample]:
    """The latest articles, the oldest first, as samples of the field `layout`; the newest ones fill the last."""
    return list(cut(readers[len(readers) % PAGES :]))


def cut(readers: Sequence[tuple[Any, bool]]) -> Iterator[Sample]:
    """Samples of PAGES articles each."""
    for start in range(0, len(readers), PAGES):
        part = readers[start : start + PAGES]
        share = sum(own for _, own in part) / len(part)
        yield Sample(min(seen for seen, _ in part), len(part), {"layout": share})
