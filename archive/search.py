"""A reader's query → FTS5, and the articles it finds: the only query compiler of the archive."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias

from archive.query import Query, Term, parse, spellings
from archive.schema import SEARCHED

if TYPE_CHECKING:
    import sqlite3

Order: TypeAlias = Literal["newest", "best"]

# Around what was found. No printed page holds them, so that they survive escaping.
START, END = "\x01", "\x02"
MARKED = re.compile(f"{START}([^{START}{END}]*){END}")
NEIGHBOURS = re.compile(f"{END}(\\s+){START}")

# bm25 reads every hit: 0.5 ms per thousand, 2.4 s for a common word among a million articles.
BEST_LIMIT = 5_000
# Marks are compared on the original text, one article after the other; older hits keep their order.
EXACT_LIMIT = 2_000
COUNT_LIMIT = 10_000
SNIPPET_WORDS = 32

# What belongs to a word beside letters and digits: combining marks (as in the tokenizer of `articles_fts`).
MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
WORD_BEGINS = f"(?<![^\\W_])(?<![{MARKS}])"
WORD_ENDS = f"(?![^\\W_]|[{MARKS}])"
BETWEEN_WORDS = f"(?:(?![{MARKS}])[\\W_])+"

Exact: TypeAlias = Callable[[Iterable[str | None]], bool]


@dataclass(frozen=True, slots=True)
class Hit:
    """One article that was found, with START and END (control characters) around the words that matched.

    `snippet` is a passage of the original body (or lead), `title_marked` the whole original title;
    `published_at` is ISO 8601 with the paper's own offset, or None.
    """

    id: int
    url: str
    title: str
    source: str
    published_at: str | None
    snippet: str
    title_marked: str


def _phrase(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")


def compile_query(query: Query, column: str | None = None) -> str | None:
    """Write an FTS5 expression of quoted terms only (FTS5, "Full-text Query Syntax"); None without a term.

    `column` is title, lead or body; ValueError on any other.
    """
    if column is not None and column not in SEARCHED:
        raise ValueError(f"{column!r} is not searched: choose {', '.join(SEARCHED)}")
    if not query.alternatives:
        return None
    wanted = " OR ".join(f"({' AND '.join(map(_phrase, terms))})" for terms in query.alternatives)
    if query.excluded:
        wanted = f"({wanted}) NOT ({' OR '.join(map(_phrase, query.excluded))})"
    return f"{column} : ({wanted})" if column else wanted


def match(query: str, column: str | None = None) -> str | None:
    """Compile what a reader typed for `articles_fts MATCH ?`; None when it holds nothing to search for.

    No input makes FTS5 raise a syntax error. `column` (title, lead or body) narrows the search to it.
    """
    return compile_query(parse(query), column)


def _pattern(term: Term) -> re.Pattern[str]:
    """Compile the marked form of a term, for lower-case NFC text; ð stands for đ."""
    last = len(term.typed) - 1
    ways = ((word,) if term.prefix and place == last else spellings(word) for place, word in enumerate(term.typed))
    typed = BETWEEN_WORDS.join(f"(?:{'|'.join(map(re.escape, way))})" for way in ways).replace("đ", "[đð]")
    return re.compile(WORD_BEGINS + typed + ("" if term.prefix else WORD_ENDS))


def exact(query: Query) -> Exact:
    """Return a test of original texts: whether they hold the marked terms of an alternative as typed."""
    alternatives = [[_pattern(term) for term in terms if term.marked] for terms in query.alternatives]

    def holds(texts: Iterable[str | None]) -> bool:
        lowered = [text.lower() for text in texts if text]
        return any(all(any(map(p.search, lowered)) for p in patterns) for patterns in alternatives)

    return holds


def count(conn: sqlite3.Connection, query: str, *, limit: int = COUNT_LIMIT) -> int:
    """Count the articles that match; `limit` + 1 stands for more than `limit`."""
    expression = match(query)
    if expression is None:
        return 0
    sql = "SELECT count(*) FROM (SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT ?)"
    number: int = conn.execute(sql, (expression, limit + 1)).fetchone()[0]
    return number


@contextmanager
def reading(conn: sqlite3.Connection) -> Iterator[None]:
    """Hold one state of the archive for several statements, whatever is written meanwhile (WAL)."""
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.rollback()


def _keys(conn: sqlite3.Connection, expression: str, order: Order) -> Iterator[int]:
    by = "rank" if order == "best" else "rowid DESC"
    sql = f"SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? ORDER BY {by}"  # noqa: S608 — two constants
    for (key,) in conn.execute(sql, (expression,)):
        yield key


def _exact_first(conn: sqlite3.Connection, keys: Iterator[int], holds: Exact, wanted: int) -> Iterator[int]:
    """Put the exact ones among the first 2,000 keys in front; stop looking once `wanted` are exact."""
    sql = f"SELECT {', '.join(SEARCHED)} FROM articles WHERE search_key = ?"  # noqa: S608 — constants
    found, others = 0, []
    for key in islice(keys, EXACT_LIMIT):
        if holds(conn.execute(sql, (key,)).fetchone()):
            yield key
            found += 1
            if found == wanted:
                break
        else:
            others.append(key)
    yield from others
    yield from keys


HITS = """
SELECT a.search_key, a.id, a.url, a.title, a.source, a.published_at,
    highlight(articles_fts, 0, :start, :end), snippet(articles_fts, 1, :start, :end, '…', :words),
    snippet(articles_fts, 2, :start, :end, '…', :words)
FROM articles_fts JOIN articles AS a ON a.search_key = articles_fts.rowid
WHERE articles_fts MATCH :expression AND articles_fts.rowid = :key
"""


def _hit(conn: sqlite3.Connection, expression: str, key: int) -> Hit:
    values = {"expression": expression, "key": key, "start": START, "end": END, "words": SNIPPET_WORDS}
    _, id_, url, title, source, published_at, marked, lead, body = conn.execute(HITS, values).fetchone()
    snippet = body if START in body else lead or body
    return Hit(id_, url, title, source, published_at, snippet, marked)


def _ranked(conn: sqlite3.Connection, query: Query, order: Order, wanted: int) -> Iterator[tuple[int, str]]:
    """Keys in their order, each with the expression that found it (and whose words its snippet shows).

    Words side by side come before scattered ones, exact forms before folded ones.
    """
    tiers = [(query, compile_query(query) or "")]
    together = query.joined()
    if order == "newest" and together is not None:
        near = compile_query(together) or ""
        tiers = [(together, near), (query, f"({tiers[0][1]}) NOT ({near})")]
    for asked, expression in tiers:
        keys = _keys(conn, expression, order)
        keys = _exact_first(conn, keys, exact(asked), wanted) if asked.marked else keys
        yield from ((key, compile_query(asked) or "") for key in keys)


def find(
    conn: sqlite3.Connection, query: str, *, limit: int = 20, offset: int = 0, order: Order = "newest"
) -> list[Hit]:
    """Find the articles that match what a reader typed, newest first.

    Words that stand side by side come before scattered ones, exact forms before folded ones.
    `order` "best" is bm25 and holds for up to 5,000 hits; beyond them the newest come first all the same.
    Exact forms are looked for among the first 2,000 hits. Raises sqlite3.Error, never for the query's sake.
    """
    parsed = parse(query)
    expression = compile_query(parsed)
    if expression is None:
        return []
    with reading(conn):
        if order == "best" and count(conn, query, limit=BEST_LIMIT) > BEST_LIMIT:
            order = "newest"
        ranked = _ranked(conn, parsed, order, offset + limit)
        return [_hit(conn, found_by, key) for key, found_by in islice(ranked, offset, offset + limit)]


def passages(conn: sqlite3.Connection, expression: str, ids: Iterable[int]) -> list[Hit]:
    """Show where these articles match an expression of `match`; those that do not match are left out."""
    sql = """
        SELECT articles_fts.rowid FROM articles JOIN articles_fts ON articles_fts.rowid = search_key
        WHERE id = ? AND articles_fts MATCH ?
    """
    with reading(conn):
        keys = [row[0] for id_ in ids for row in conn.execute(sql, (id_, expression))]
        return [_hit(conn, expression, key) for key in keys]


def plain(text: str) -> str:
    """Drop the marks around what was found."""
    return text.replace(START, "").replace(END, "")


def marked_html(text: str) -> str:
    """Escape the text as HTML, with `<mark>` around what was found (neighbouring words as one)."""
    joined = NEIGHBOURS.sub(r"\1", text)
    return plain(MARKED.sub(r"<mark>\1</mark>", escape(joined)))
