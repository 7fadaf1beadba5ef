"""One key of the search → the article as the page shows it, once its texts hold what was asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from math import log1p
from typing import TYPE_CHECKING, Any

from archive.key_query import loose
from archive.patterns import Finder, Highlighter, check
from archive.results import Hit
from archive.search import START

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from archive.key_query import Asked
    from archive.patterns import Check

HIT = """
SELECT a.id, a.url, a.source, s.title, a.section, a.language, a.published_at,
    a.first_seen, a.last_changed, a.comment_count,
    (SELECT count(*) FROM revisions AS r WHERE r.article_id = a.id AND r.kind IN ('content', 'revert')), a.gone_at
FROM articles AS a JOIN sources AS s ON s.name = a.source WHERE a.search_key = ?
"""
NAMES = (
    "id", "url", "source", "source_title", "section", "language", "published_at", "first_seen", "last_changed",
    "comment_count", "edits", "gone_at",
)  # fmt: skip
TEXTS = "SELECT title, lead, body FROM articles WHERE search_key = ? AND withdrawn_at IS NULL"
IN_TITLE, IN_LEAD = 3.0, 1.0
TOGETHER, AS_TYPED = 10_000.0, 1_000.0
"""More than all else: words side by side come first, and marks as typed."""


@dataclass(frozen=True)
class Page:
    """Reads hits of what was asked, in one of two readings: as typed, or without marks.

    `wider` shows a passage where the words stand side by side in the title alone.
    """

    conn: sqlite3.Connection
    asked: Asked
    wider: Page | None = None
    tally: Counter[tuple[bool, bool]] = field(default_factory=Counter)

    @cached_property
    def checks(self) -> tuple[Check, Check]:
        """Return what the index leaves open, without marks and as typed."""
        query = self.asked.query
        return (
            check(query, as_typed=False, is_loose=loose),
            check(query, as_typed=True, is_loose=loose),
        )

    @cached_property
    def whole(self) -> tuple[Check, Check]:
        """Return whole tests of the query, without marks and as typed, for hits of a wider search."""
        query = self.asked.query
        return (
            check(query, as_typed=False, is_loose=lambda _, **__: True),
            check(query, as_typed=True, is_loose=lambda _, **__: True),
        )

    @cached_property
    def highlighters(self) -> tuple[Highlighter, Highlighter]:
        """Return what marks the words, without marks and as typed."""
        return (Highlighter(self.asked.query, as_typed=False), Highlighter(self.asked.query, as_typed=True))

    def holds(self, texts: Iterable[str | None], *, as_typed: bool) -> bool:
        """Tell whether an article that the index found in a reading holds what the index leaves open."""
        held = not self.asked.loose(as_typed=as_typed) or self.checks[as_typed](texts)
        self.tally[as_typed, held] += 1
        return held

    def rate(self, *, as_typed: bool) -> float:
        """Estimate the share of the index's hits in a reading that hold, from those read so far."""
        held, not_held = self.tally[as_typed, True], self.tally[as_typed, False]
        return (held + 1) / (held + not_held + 1)

    def matches(self, key: int, *, as_typed: bool) -> bool:
        """Tell the same of the article with this key."""
        texts = self.conn.execute(TEXTS, (key,)).fetchone()
        return texts is not None and self.holds(texts, as_typed=as_typed)

    def read(self, key: int, *, as_typed: bool, shown: Sequence[Check] = ()) -> Hit | None:
        """Return a hit, None when the texts do not hold what was asked, or hold what was `shown` already."""
        texts = self.conn.execute(TEXTS, (key,)).fetchone()
        if texts is None or not self.holds(texts, as_typed=as_typed) or any(holds(texts) for holds in shown):
            return None
        marked = self.asked.query.marked and (as_typed or self.whole[True](texts))
        told: dict[str, Any] = dict(zip(NAMES, self.conn.execute(HIT, (key,)).fetchone(), strict=True))
        title = self.highlighters[marked].marked(texts[0])
        return Hit(title=texts[0], title_marked=title, snippet=self._snippet(texts, marked=marked), **told)

    def _snippet(self, texts: tuple[str, str | None, str], *, marked: bool) -> str:
        _, lead, body = texts
        if not self.asked.query.alternatives:
            return self.highlighters[marked].passage(lead, body)
        snippet = self.highlighters[marked].passage(body, lead)
        return self.wider._snippet(texts, marked=marked) if self.wider and START not in snippet else snippet  # noqa: SLF001 — its own kind

    @cached_property
    def _finders(self) -> list[Finder]:
        terms = dict.fromkeys(term for terms in self.asked.query.alternatives for term in terms)
        return [Finder(term, as_typed=False) for term in terms]

    def score(self, key: int, *, as_typed: bool, together: Check | None) -> float:
        """Weigh how well an article matches: words side by side, in title and lead, how often, marks as typed."""
        texts = self.conn.execute(TEXTS, (key,)).fetchone()
        if texts is None or not self.holds(texts, as_typed=as_typed):
            return -1.0
        title, lead, body = texts
        score = 0.0
        for wanted in self._finders:
            score += IN_TITLE * wanted.search(title) + IN_LEAD * wanted.search(lead or "")
            score += log1p(sum(1 for _ in wanted.spans(body)))
        score += TOGETHER * (together is not None and together(texts))
        return score + AS_TYPED * (self.asked.query.marked and self.whole[True](texts))
