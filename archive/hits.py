"""One key of the search → the article as the page shows it, once its texts hold what was asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from math import log1p
from typing import TYPE_CHECKING, Any

from archive.key_query import loose
from archive.patterns import Highlighter, check, pattern
from archive.results import Hit

if TYPE_CHECKING:
    import re
    import sqlite3
    from collections.abc import Iterable

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
IN_TITLE, IN_LEAD, AS_TYPED = 3.0, 1.0, 1.5


@dataclass(frozen=True)
class Page:
    """Reads hits of what was asked, in one of two readings: as typed, or without marks."""

    conn: sqlite3.Connection
    asked: Asked
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
    def is_as_typed(self) -> Check:
        """Return a whole test of the marks as typed, for hits that were found without."""
        return check(self.asked.query, as_typed=True, is_loose=lambda _, **__: True)

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

    def read(self, key: int, *, as_typed: bool, others_only: bool = False) -> Hit | None:
        """Return a hit, None when the texts do not hold what was asked.

        With `others_only` also None when they hold it as typed: such hits have been shown already.
        """
        texts = self.conn.execute(TEXTS, (key,)).fetchone()
        if texts is None or not self.holds(texts, as_typed=as_typed):
            return None
        marked = self.asked.query.marked and (as_typed or self.is_as_typed(texts))
        if others_only and marked:
            return None
        title, lead, body = texts
        highlighter = self.highlighters[marked]
        told: dict[str, Any] = dict(zip(NAMES, self.conn.execute(HIT, (key,)).fetchone(), strict=True))
        snippet = highlighter.passage(body, lead) if self.asked.query.alternatives else highlighter.passage(lead, body)
        return Hit(title=title, title_marked=highlighter.marked(title), snippet=snippet, **told)

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        terms = dict.fromkeys(term for terms in self.asked.query.alternatives for term in terms)
        return [pattern(term, as_typed=False) for term in terms]

    def score(self, key: int, *, as_typed: bool) -> float:
        """Weigh how well an article matches: terms in title and lead, how often in the body, marks as typed."""
        texts = self.conn.execute(TEXTS, (key,)).fetchone()
        if texts is None or not self.holds(texts, as_typed=as_typed):
            return -1.0
        title, lead, body = texts
        score = 0.0
        for wanted in self._patterns:
            score += IN_TITLE * bool(wanted.search(title)) + IN_LEAD * bool(wanted.search(lead or ""))
            score += log1p(sum(1 for _ in wanted.finditer(body)))
        return score + AS_TYPED * (self.asked.query.marked and self.is_as_typed(texts))
