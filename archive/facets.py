"""What the newest hits have in common: newspapers, sections, months, authors, tags, states, counted for the page."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from archive import keys, tokens
from archive.results import Choice, choices, periods
from archive.search_key import PER_DAY, PER_SOURCE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from archive.results import Period, Wanted
    from archive.windows import Clock

FACTS_MS = 12.0
PART = 250
MOST_BARS = 36
MOST_CHOICES = 12

# Everything comes out of two indexes; the rows of the articles, 5 KB each, are not touched.
FACTS = """
SELECT search_key, section, language, authors, tags, comment_count > 0, gone_at IS NOT NULL,
    EXISTS (SELECT 1 FROM revisions INDEXED BY revisions_edits WHERE article_id = articles.id
        AND kind IN ('content', 'revert')), comment_count, last_changed
FROM articles INDEXED BY articles_facts WHERE search_key IN (SELECT value FROM json_each(?))
"""
COLUMNS = ("key", "section", "language", "authors", "tags", "comments", "gone", "edited", "count", "changed")


@dataclass
class Facts:
    """What the facets and orders need of these keys, the newest first, one sequence a column.

    `keys` is cut where their columns could not be read in time (a cold disk).
    """

    conn: sqlite3.Connection
    keys: Sequence[int]
    clock: Clock

    @cached_property
    def columns(self) -> Mapping[str, Sequence[object]]:
        """Return each column; hits whose article has gone since are left out."""
        rows: list[tuple[object, ...]] = []
        until = self.clock.spent() + FACTS_MS
        for start in range(0, len(self.keys), PART):
            if start and self.clock.spent() > until:
                self.keys = self.keys[:start]
                break
            rows += self.conn.execute(FACTS, (json.dumps(self.keys[start : start + PART]),)).fetchall()
        return dict(zip(COLUMNS, zip(*rows, strict=True) if rows else ((),) * len(COLUMNS), strict=True))

    @cached_property
    def sources(self) -> Mapping[int, tuple[str, str, str | None]]:
        """Return (name, title, province) of each newspaper by its number."""
        rows = self.conn.execute("SELECT number, name, title, province FROM sources")
        return {number: (name, title, province) for number, name, title, province in rows}

    @cached_property
    def months(self) -> Mapping[str, int]:
        """Return the hits of each month, written 2026-08."""
        days = Counter(map(keys.day_of, self.keys))
        months: Counter[str] = Counter()
        for day, number in days.items():
            months[f"{keys.date_of(day * PER_DAY):%Y-%m}"] += number
        return months

    def ordered(self, order: str) -> list[int]:
        """Return the keys by number of comments, or by when the paper last changed them (order `changed`)."""
        newest = sorted(
            zip(*(self.columns[name] for name in ("key", "count", "edited", "changed")), strict=True), reverse=True
        )
        if order == "comments":
            newest.sort(key=lambda row: row[1] or 0, reverse=True)
        else:
            newest.sort(key=lambda row: (row[2], row[3]), reverse=True)
        return [row[0] for row in newest]

    def periods(self) -> tuple[Period, ...]:
        """Return the histogram over time."""
        return periods(self.months, most=MOST_BARS)

    def facets(self, wanted: Wanted) -> Mapping[str, tuple[Choice, ...]]:
        """Return every facet that has a choice, the most frequent values first."""
        columns = self.columns
        years: Counter[str] = Counter()
        for month, number in self.months.items():
            years[month[:4]] += number
        papers, titles, provinces = self._papers()
        facets = {
            "source": _top(papers, wanted.source, titles),
            "province": _top(provinces, wanted.province),
            "section": _top(Counter(columns["section"]), wanted.section),
            "language": _top(Counter(columns["language"]), wanted.language),
            "year": choices(sorted(years.items(), reverse=True), None, {}),
            "month": choices(sorted(self.months.items(), reverse=True), None, {}) if len(years) == 1 else (),
            "author": _top(_each(columns["authors"]), wanted.author),
            "tag": _top(_each(columns["tags"]), wanted.tag),
            "is": self._states(wanted),
        }
        return {name: made for name, made in facets.items() if made}

    def _papers(self) -> tuple[Counter[object], dict[str, str], Counter[object]]:
        papers: Counter[object] = Counter()
        provinces: Counter[object] = Counter()
        titles = {}
        for number, count in Counter(key // PER_SOURCE % 10_000 for key in self.keys).items():
            if number in self.sources:
                name, title, province = self.sources[number]
                papers[name], titles[name] = count, title
                provinces[province] += count
        return papers, titles, provinces

    def _states(self, wanted: Wanted) -> tuple[Choice, ...]:
        counts = {state: sum(map(bool, self.columns[state])) for state in tokens.STATES}
        return tuple(Choice(state, state, count, state in wanted.states) for state, count in counts.items() if count)


def _each(columns: Sequence[object]) -> Counter[object]:
    """Count the values within JSON arrays of texts, read all at once: one by one costs more than all else."""
    try:
        arrays = json.loads(f"[{','.join(map(str, columns))}]")
        if all(type(array) is list for array in arrays):
            return Counter(chain.from_iterable(arrays))
    except (ValueError, TypeError):
        pass  # a row that another tool wrote: read each for itself
    return Counter(name for column in columns for name in tokens.names(str(column)))


def _top(counts: Counter[object], chosen: str | None, labels: Mapping[str, str] | None = None) -> tuple[Choice, ...]:
    known = (
        (value, count) for value, count in counts.most_common(MOST_CHOICES + 1) if value and isinstance(value, str)
    )
    found = list(known)[:MOST_CHOICES]
    if chosen is not None and counts[chosen] and all(value != chosen for value, _ in found):
        found.append((chosen, counts[chosen]))
    return choices(found, chosen, labels or {})
