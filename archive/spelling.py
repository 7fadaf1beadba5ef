"""Help for a search without a hit: which words the index holds, and near spellings of those it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive import keys, tokens
from archive.query import parse
from archive.results import Help

if TYPE_CHECKING:
    import sqlite3

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_WORDS = 5
MOST_NEAR = 2
"""Words a spelling is looked for: some 700 neighbours each, 15 ms."""
SHORTEST, LONGEST = 3, 12
"""Letters of a word that a slip is looked for: of two, one slip leads to half of all syllables."""
MOST_JOINED = 24
"""Letters of words that may have lost the blank between them."""
COUNT_LIMIT = 1_000
"""Articles counted per word: enough to tell a frequent word from a rare one."""


def help_for(conn: sqlite3.Connection, text: str) -> Help:
    """Say for each word typed (up to 5) how many articles hold it, and what is near to those none does."""
    wanted = (term for terms in parse(text).alternatives for term in terms)
    pairs = dict(pair for term in wanted for pair in zip(term.typed, term.words, strict=True))
    counts = {typed: _count(conn, word) for typed, word in list(pairs.items())[:MOST_WORDS]}
    missing = [typed for typed, count in counts.items() if not count and typed != "or"]  # meant as OR
    near = ((typed, nearest(conn, pairs[typed])) for typed in missing[:MOST_NEAR])
    return Help(tuple((typed, word) for typed, word in near if word), tuple(counts.items()))


def nearest(conn: sqlite3.Connection, word: str) -> str | None:
    """Return what is most frequent: a word one slip of the keyboard away from a folded word, or two that it joins.

    Vietnamese leaves a blank between syllables: who types `hanoi` or `caphe` means `ha noi`, `ca phe`.
    """
    if not SHORTEST <= len(word) <= MOST_JOINED:
        return None
    counts = {candidate: _count(conn, candidate) for candidate in sorted(slips(word)) if len(word) <= LONGEST}
    counts |= {f"{word[:cut]} {word[cut:]}": _together(conn, word[:cut], word[cut:]) for cut in range(1, len(word))}
    best = max(counts, key=lambda candidate: counts[candidate], default=None)
    return best if best is not None and counts[best] else None


def slips(word: str) -> set[str]:
    """Return the words one letter away: one letter less, more or other, or two neighbours swapped."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    less = {head + tail[1:] for head, tail in cuts if tail}
    swapped = {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    other = {head + letter + tail[1:] for head, tail in cuts if tail for letter in LETTERS}
    more = {head + letter + tail for head, tail in cuts for letter in LETTERS}
    return {found for found in less | swapped | other | more if len(found) > 1} - {word}


def _together(conn: sqlite3.Connection, first: str, second: str) -> int:
    """Count the articles that hold two folded words side by side."""
    number = 0
    for year in keys.years(conn):
        table = f"keys_{year:04}"
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT ?)"  # noqa: S608 — a year
        number += conn.execute(sql, (f'"{tokens.pair(first, second)}"', COUNT_LIMIT - number)).fetchone()[0]
    return number


def _count(conn: sqlite3.Connection, word: str) -> int:
    sql = "SELECT count(*) FROM (SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT ?)"
    number: int = conn.execute(sql, (f'"{word}"', COUNT_LIMIT)).fetchone()[0]
    return number
