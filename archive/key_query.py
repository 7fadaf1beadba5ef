"""A reader's query and filters → what the key tables are asked: expressions of tokens, and what they leave open."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from archive import keys, tokens
from archive.papers import named, papers
from archive.query import spellings, words
from archive.search_key import PER_DAY
from archive.text import fold, nfc

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping

    from archive.query import Query, Term
    from archive.results import Wanted

# Prefixes of these lengths have an index of their own (`prefix='2 3'` in archive.keys).
PREFIXES = (2, 3)
MOST_WORDS = 150
LAST_LETTER = "\U0010ffff"


def loose(term: Term, *, as_typed: bool) -> bool:
    """Tell whether the index answers a term with more than it should: marks of a phrase, or of order beyond pairs."""
    length = len(term.words)
    return length > 1 if as_typed and term.marked else length > 2  # noqa: PLR2004 — a pair is one token


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one year's key table; `cut` collects the prefixes that stand for more than 150 of them."""

    conn: sqlite3.Connection
    year: int
    cut: set[str]

    def begin(self, prefix: str) -> str:
        """Return an expression for every token that begins so; one seek a token, no list of articles is read."""
        if len(prefix) in PREFIXES and not prefix.startswith("_"):
            return f'"{prefix}" *'
        step = len(prefix) + 1 if len(prefix) == 1 else None
        found = list(self._tokens(prefix, step))
        return _any([f'"{token}"' if len(token) != step else f'"{token}" *' for token in found] or [f'"{prefix}"'])

    def _tokens(self, prefix: str, step: int | None) -> Iterator[str]:
        """Yield the tokens that begin so, cut at `step` letters."""
        sql = f"SELECT term FROM keys_{self.year:04}_terms WHERE term >= ? LIMIT 1"  # noqa: S608 — a year
        after = prefix
        for _ in range(MOST_WORDS):
            row = self.conn.execute(sql, (after,)).fetchone()
            if row is None or not row[0].startswith(prefix):
                return
            token = row[0][:step]
            yield token
            after = token + (LAST_LETTER if len(token) == step else "\x01")
        self.cut.add(prefix)


def _any(expressions: list[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"({' OR '.join(expressions)})"


def _all(expressions: list[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"({' AND '.join(expressions)})"


def _token(token: str) -> str:
    return _any([f'"{written}"' for written in spellings(token)])


def _term(term: Term, vocabulary: Vocabulary, *, as_typed: bool) -> str:
    """Write what a term asks of the index; where it is `loose`, that is less than the term means."""
    plain = [word.lower()[: tokens.LONGEST] for word in term.words]
    typed = [word[: tokens.LONGEST] for word in term.typed]
    asked = [tokens.pair(*pair) for pair in pairwise(plain)]
    if as_typed:
        asked += [tokens.marked(word) for word, folded in zip(typed, plain, strict=True) if word != folded]
    asked = asked or plain
    if not term.prefix:
        return _all(list(map(_token, asked)))
    # The last word may go on: it is behind the last pair, and behind the last marked word where it has marks.
    last = {tokens.pair(*plain[-2:])} if len(plain) > 1 else {asked[0]}
    if as_typed and typed[-1] != plain[-1]:
        last.add(tokens.marked(typed[-1]))
    whole = [_token(token) for token in asked if token not in last]
    return _all([*whole, *(vocabulary.begin(token) for token in sorted(last))])


def _text(query: Query, vocabulary: Vocabulary, *, as_typed: bool) -> tuple[list[str], list[str]]:
    """Write the wanted alternatives, if there are any, and each excluded term that the index alone can exclude."""
    alternatives = [
        _all([_term(term, vocabulary, as_typed=as_typed and term.marked) for term in terms])
        for terms in query.alternatives
    ]
    excluded = (term for term in query.excluded if not loose(term, as_typed=True))
    unwanted = [_term(term, vocabulary, as_typed=term.marked) for term in excluded]
    return [_any(alternatives)] if alternatives else [], unwanted


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its filters, ready to be written for any year.

    `filters` are expressions of tokens that must all hold, `without` those of which none may; `low` and `high`
    the search keys, both included.
    `nothing` when a filter names what the archive does not know. `cut` collects prefixes that were cut off.
    """

    conn: sqlite3.Connection
    query: Query
    filters: tuple[str, ...]
    without: tuple[str, ...]
    low: int
    high: int
    nothing: bool = False
    cut: set[str] = field(default_factory=set)

    @property
    def open(self) -> bool:
        """Whether neither a word nor a filter narrows the search, but for its days."""
        return not self.query.alternatives and not self.filters

    def expression(self, year: int, *, as_typed: bool) -> str:
        """Write the FTS5 expression for one year's key table."""
        wanted, excluded = _text(self.query, Vocabulary(self.conn, year, self.cut), as_typed=as_typed)
        whole = _all([*wanted, *self.filters])
        excluded += self.without
        return f"{whole} NOT {_any(excluded)}" if excluded else whole

    def for_year(self, *, as_typed: bool) -> Callable[[int], str]:
        """Return `expression` for one reading."""
        return partial(self.expression, as_typed=as_typed)

    def loose(self, *, as_typed: bool) -> bool:
        """Tell whether what the index finds must be compared with the texts."""
        terms = [term for terms in self.query.alternatives for term in terms]
        return any(loose(term, as_typed=as_typed) for term in terms) or any(
            loose(term, as_typed=True) for term in self.query.excluded
        )


def ask(conn: sqlite3.Connection, wanted: Wanted, query: Query) -> Asked:
    """Turn a state of the search page into what the key tables are asked."""
    filters = [f'"{tokens.fact(name, value)}"' for name, value in _facts(wanted).items() if value]
    filters += [f'"{tokens.state(state)}"' for state in wanted.states]
    authors, without = (_authors(wanted.typed.named("author", unwanted=unwanted)) for unwanted in (False, True))
    filters += [_any(authors)] if authors else []
    numbers, others = _sources(conn, wanted)
    without += others
    if numbers is None and not (filters or query.alternatives) and (without or query.excluded):
        numbers = {paper.number for paper in papers(conn)}  # FTS5 knows no NOT of its own: all newspapers but …
    if numbers:
        filters.append(_any([f'"{tokens.source(number)}"' for number in sorted(numbers)]))
    low = -(10**16) if wanted.since is None else keys.key_of(wanted.since)
    high = 10**16 if wanted.until is None else keys.key_of(wanted.until) + PER_DAY - 1
    nothing = numbers is not None and not numbers
    return Asked(conn, query, tuple(filters), tuple(without), low, high, nothing=nothing)


def _facts(wanted: Wanted) -> Mapping[str, str | None]:
    return {name: getattr(wanted, name) for name in ("section", "language", "author", "tag")}


def _authors(typed: tuple[str, ...]) -> list[str]:
    """Write each name that was typed behind author:, with all its words."""
    names = (words(fold(nfc(name))) for name in typed)
    return [_all([f'"{tokens.author_word(word.lower())}"' for word in name]) for name in names if name]


def _sources(conn: sqlite3.Connection, wanted: Wanted) -> tuple[set[int] | None, list[str]]:
    """Return the numbers of the newspapers that are wanted, None when any is; and the tokens of those that are not."""
    typed, unwanted = (wanted.typed.named("source", unwanted=which) for which in (False, True))
    if not (typed or unwanted or wanted.source or wanted.province):
        return None, []
    known = papers(conn)
    without = [f'"{tokens.source(paper.number)}"' for value in unwanted for paper in named(known, value)]
    if not (typed or wanted.source or wanted.province):
        return None, without
    called = {paper.number for value in typed for paper in named(known, value)}
    numbers = {
        paper.number
        for paper in known
        if wanted.source in (None, paper.name)
        and wanted.province in (None, paper.province)
        and (not typed or paper.number in called)
    }
    return numbers, without
