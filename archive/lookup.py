"""The search page's answer out of `articles_fts`: hits, facets and histogram of one state of the page."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from archive.query import Query, parse
from archive.results import Choice, Hit, Results, Wanted, choices, periods
from archive.search import BEST_LIMIT, END, EXACT_LIMIT, SNIPPET_WORDS, START, compile_query, exact, reading
from archive.spelling import help_for
from archive.text import fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

MOST_HITS = 10_000
"""Newest hits that are counted, ordered and paged through; a larger total is said to be at least this."""
MOST_BARS = 36
MOST_CHOICES = 12
KEY_DAY = 10**10
EPOCH = date(1970, 1, 1).toordinal()
LAST_KEY = 10**15

EDITS = "(SELECT count(*) FROM revisions AS r WHERE r.article_id = a.id AND r.kind IN ('content', 'revert'))"
CONDITIONS = {
    "source": "a.source = :source",
    "province": "a.source IN (SELECT name FROM sources WHERE province = :province)",
    "section": "a.section = :section",
    "language": "a.language = :language",
    "author": "EXISTS (SELECT 1 FROM json_each(a.authors) WHERE value = :author)",
    "tag": "EXISTS (SELECT 1 FROM json_each(a.tags) WHERE value = :tag)",
    "named_source": (
        "a.source IN (SELECT name FROM sources, json_each(:named_source) AS typed "
        "WHERE fold(name) LIKE typed.value OR fold(sources.title) LIKE typed.value)"
    ),
    "named_author": (
        "EXISTS (SELECT 1 FROM json_each(a.authors) AS author, json_each(:named_author) AS typed "
        "WHERE fold(author.value) LIKE typed.value)"
    ),
}
FILTERS = ("source", "province", "section", "language", "author", "tag")
STATE_CONDITIONS = {
    "edited": f"{EDITS} > 0",
    "gone": "a.gone_at IS NOT NULL",
    "comments": "a.comment_count > 0",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What facets, histogram and orders need of one hit."""

    key: int
    source: str
    section: str | None
    language: str | None
    authors: str
    tags: str
    comment_count: int | None
    gone: bool
    last_changed: str
    edits: int

    @property
    def month(self) -> str:
        """Return the month of publication in the paper's zone, written 2026-08."""
        return f"{date.fromordinal(EPOCH + self.key // KEY_DAY):%Y-%m}"


def answer(conn: sqlite3.Connection, wanted: Wanted, *, limit: int = 20, facets: bool = True) -> Results:
    """Answer one state of the search page with up to `limit` hits, with `facets` and histogram or without.

    The newest 10,000 hits are counted and paged through; best match (bm25) holds for up to 5,000 hits. Hits
    with the marks as typed come first, as far as the newest 2,000 go. Raises sqlite3.Error, never for the
    query's sake.
    """
    query = parse(wanted.text)
    expression = compile_query(query)
    if expression is None and wanted.text:
        return Results(hits=(), total=0, facets={}, help=help_for(conn, wanted.text))
    with reading(conn):
        found = list(_found(conn, wanted, expression))
        more = len(found) > MOST_HITS
        found = _ordered(conn, found[:MOST_HITS], wanted, expression)
        exact_keys = _exact_keys(conn, found, query) if query.marked else None
        if exact_keys is not None:
            found = _exact_first(found, exact_keys, wanted)
        start = int(wanted.after) if wanted.after and wanted.after.isdecimal() else 0
        keys = [one.key for one in islice(found, start, start + limit)]
        return Results(
            hits=tuple(_hit(conn, key, expression) for key in keys),
            total=len(found),
            total_is="at-least" if more else "exact",
            exact=None if exact_keys is None else len(exact_keys),
            facets=_facets(conn, found, wanted) if facets else {},
            periods=periods(Counter(one.month for one in found), most=MOST_BARS),
            counted=len(found),
            next=str(start + limit) if len(found) > start + limit else None,
            help=None if found or not wanted.text else help_for(conn, wanted.text),
        )


def _found(conn: sqlite3.Connection, wanted: Wanted, expression: str | None) -> Iterable[Found]:
    values: dict[str, Any] = {name: getattr(wanted, name) for name in (*FILTERS, "since", "until")}
    values |= {f"named_{field}": _patterns(wanted, field) for field in ("source", "author")}
    conditions = [CONDITIONS[name] for name, value in values.items() if name in CONDITIONS and value]
    conditions += [STATE_CONDITIONS[state] for state in wanted.states]
    conditions.append("a.withdrawn_at IS NULL")
    conn.create_function("fold", 1, lambda text: None if text is None else fold(text), deterministic=True)
    values["expression"] = expression
    values["since"] = 0 if wanted.since is None else _day_key(wanted.since)
    values["until"] = LAST_KEY if wanted.until is None else _day_key(wanted.until) + KEY_DAY - 1
    rows = conn.execute(_found_sql(conditions, indexed=expression is not None), values)
    return (Found(*row) for row in rows)


def _patterns(wanted: Wanted, field: Literal["source", "author"]) -> str | None:
    """Return the LIKE patterns of what was typed behind source: or author:, as a JSON array."""
    names = wanted.named(field)
    return json.dumps([f"%{fold(name)}%" for name in names]) if names else None


def _found_sql(conditions: list[str], *, indexed: bool) -> str:
    hits, key = "articles AS a", "a.search_key"
    if indexed:
        hits, key = "articles_fts AS f JOIN articles AS a ON a.search_key = f.rowid", "f.rowid"
        conditions = ["articles_fts MATCH :expression", *conditions]
    return (
        f"SELECT {key}, a.source, a.section, a.language, a.authors, a.tags, a.comment_count, "  # noqa: S608 — constants
        f"a.gone_at IS NOT NULL, a.last_changed, {EDITS} FROM {hits} "
        f"WHERE {key} BETWEEN :since AND :until AND {' AND '.join(conditions)} "
        f"ORDER BY {key} DESC LIMIT {MOST_HITS + 1}"
    )


def _day_key(day: date) -> int:
    return max(0, day.toordinal() - EPOCH) * KEY_DAY


def _ordered(conn: sqlite3.Connection, found: list[Found], wanted: Wanted, expression: str | None) -> list[Found]:
    if wanted.order == "comments":
        return sorted(found, key=lambda one: one.comment_count or 0, reverse=True)
    if wanted.order == "changed":
        return sorted(found, key=lambda one: (one.edits > 0, one.last_changed), reverse=True)
    if wanted.order == "best" and expression and len(found) <= BEST_LIMIT:
        sql = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? ORDER BY rank LIMIT ?"
        rows = conn.execute(sql, (expression, MOST_HITS))
        ranks = {row[0]: place for place, row in enumerate(rows)}
        return sorted(found, key=lambda one: ranks.get(one.key, MOST_HITS))
    return found


def _exact_keys(conn: sqlite3.Connection, found: list[Found], query: Query) -> set[int]:
    holds = exact(query)
    sql = "SELECT title, lead, body FROM articles WHERE search_key = ?"
    keys = (one.key for one in found[:EXACT_LIMIT])
    return {key for key in keys if holds(conn.execute(sql, (key,)).fetchone())}


def _exact_first(found: list[Found], keys: set[int], wanted: Wanted) -> list[Found]:
    as_typed = [one for one in found if one.key in keys]
    if wanted.as_typed:
        return as_typed
    return as_typed + [one for one in found if one.key not in keys]


MARKED = """
SELECT highlight(articles_fts, 0, :start, :end), snippet(articles_fts, 1, :start, :end, '…', :words),
    snippet(articles_fts, 2, :start, :end, '…', :words)
FROM articles_fts WHERE articles_fts MATCH :expression AND rowid = :key
"""
HIT = f"""
SELECT a.id, a.url, a.title, a.source, s.title, a.section, a.language, a.published_at, a.first_seen,
    a.last_changed, a.comment_count, {EDITS}, a.gone_at, a.lead, substr(a.body, 1, 300)
FROM articles AS a JOIN sources AS s ON s.name = a.source WHERE a.search_key = ?
"""  # noqa: S608 — constants


def _hit(conn: sqlite3.Connection, key: int, expression: str | None) -> Hit:
    id_, url, title, *facts, lead, body = conn.execute(HIT, (key,)).fetchone()
    marked, snippet = title, lead or body
    if expression is not None:
        values = {"expression": expression, "key": key, "start": START, "end": END, "words": SNIPPET_WORDS}
        marked, of_lead, of_body = conn.execute(MARKED, values).fetchone()
        snippet = of_body if START in of_body else of_lead or of_body
    names = ("source", "source_title", "section", "language", "published_at", "first_seen", "last_changed")
    told = dict(zip((*names, "comment_count", "edits", "gone_at"), facts, strict=True))
    return Hit(id=id_, url=url, title=title, title_marked=marked, snippet=snippet, **told)


def _facets(conn: sqlite3.Connection, found: list[Found], wanted: Wanted) -> Mapping[str, tuple[Choice, ...]]:
    sources = {
        name: (title, province) for name, title, province in conn.execute("SELECT name, title, province FROM sources")
    }
    titles = {name: title for name, (title, _) in sources.items()}
    provinces = (sources[one.source][1] for one in found)
    months = Counter(one.month for one in found)
    years: Counter[str] = Counter()
    for month, number in months.items():
        years[month[:4]] += number
    facets = {
        "source": _top((one.source for one in found), wanted.source, titles),
        "province": _top(provinces, wanted.province),
        "section": _top((one.section for one in found), wanted.section),
        "language": _top((one.language for one in found), wanted.language),
        "year": choices(sorted(years.items(), reverse=True), None, {}),
        "month": choices(sorted(months.items(), reverse=True), None, {}) if len(years) == 1 else (),
        "author": _top((name for one in found for name in _list(one.authors)), wanted.author),
        "tag": _top((name for one in found for name in _list(one.tags)), wanted.tag),
        "is": _states(found, wanted),
    }
    return {name: made for name, made in facets.items() if made}


def _top(
    values: Iterable[str | None], chosen: str | None, labels: Mapping[str, str] | None = None
) -> tuple[Choice, ...]:
    counts = Counter(value for value in values if value)
    return choices(counts.most_common(MOST_CHOICES), chosen, labels or {})


def _list(text: str) -> list[str]:
    return [value for value in json.loads(text) if isinstance(value, str)]


def _states(found: list[Found], wanted: Wanted) -> tuple[Choice, ...]:
    counts = {
        "edited": sum(one.edits > 0 for one in found),
        "gone": sum(one.gone for one in found),
        "comments": sum((one.comment_count or 0) > 0 for one in found),
    }
    return tuple(Choice(state, state, count, state in wanted.states) for state, count in counts.items() if count)
