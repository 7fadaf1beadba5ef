"""What a reader typed into a search box, taken apart into folded terms (pure)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from archive.text import fold, nfc

# A phrase of any length costs what its words cost; a pasted page must not become a query of 10,000 words.
MAX_WORDS = 64
MAX_LETTERS = 4_000
# Longer questions are sentences: hardly an article holds them word for word, and each word more is looked up.
MOST_TOGETHER = 8

QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
PIECE = re.compile(r'(?P<minus>-*)"(?P<phrase>[^"]*)"?(?P<star>\*?)|(?P<word>[^\s"]+)')


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase: its words folded, and as they were typed (NFC, lower case, ð as đ).

    With `prefix` the last word stands for all words that begin with it.
    """

    words: tuple[str, ...]
    typed: tuple[str, ...]
    prefix: bool = False

    def __str__(self) -> str:
        """Write the term as the box understands it."""
        words = " ".join(self.typed)
        return (f'"{words}"' if len(self.typed) > 1 else words) + "*" * self.prefix

    @property
    def marked(self) -> bool:
        """Whether the reader typed marks, so that the exact form is worth more than the folded one."""
        return self.words != self.typed


@dataclass(frozen=True, slots=True)
class Query:
    """Alternatives (OR) of terms that must all be there (AND); nothing `excluded` may be there at all."""

    alternatives: tuple[tuple[Term, ...], ...]
    excluded: tuple[Term, ...] = ()

    def __str__(self) -> str:
        """Write the query as the box understands it."""
        wanted = " OR ".join(" ".join(map(str, terms)) for terms in self.alternatives)
        return " ".join(filter(None, (wanted, *(f"-{term}" for term in self.excluded))))

    @property
    def marked(self) -> bool:
        """Whether any wanted term was typed with marks."""
        return any(term.marked for terms in self.alternatives for term in terms)

    def joined(self) -> Query | None:
        """The same wish with the words of each alternative side by side, as Vietnamese words of two syllables are.

        None where that is no other wish, or none that can be asked: a `begin*` before the last word, or more
        than 8 words.
        """
        early = any(term.prefix for terms in self.alternatives for term in terms[:-1])
        joined = Query(tuple((_join(terms),) for terms in self.alternatives), self.excluded)
        long = any(len(term.words) > MOST_TOGETHER for (term,) in joined.alternatives)
        return None if early or long or joined == self else joined


def _join(terms: tuple[Term, ...]) -> Term:
    return Term(
        tuple(word for term in terms for word in term.words),
        tuple(word for term in terms for word in term.typed),
        terms[-1].prefix,
    )


class _Letters(dict[int, int]):
    """For str.translate: what belongs to no word becomes a blank; filled letter by letter as texts have them."""

    def __missing__(self, code: int) -> int:
        category = unicodedata.category(chr(code))
        self[code] = kept = code if category[0] in "LNM" or category == "Co" else ord(" ")
        return kept


LETTERS = _Letters()


def words(text: str) -> tuple[str, ...]:
    """Split a text where the tokenizer of `articles_fts` splits it (kept categories: L*, N*, M*, Co)."""
    return tuple(text.translate(LETTERS).split())


TONES = "\u0300\u0301\u0303\u0309\u0323"


def _twins() -> dict[str, str]:
    pairs = [
        (nfc(f"{first}{tone}{second}"), nfc(f"{first}{second}{tone}"))
        for first, second in ("oa", "oe", "uy")
        for tone in TONES
    ]
    return {one: other for pair in pairs for one, other in (pair, pair[::-1])}


TWINS = _twins()
"""Ends of a syllable that are written in two ways, the tone on the one vowel or on the other: òa, oà."""


def spellings(word: str) -> tuple[str, ...]:
    """Return a word as typed (NFC, lower case), and the same word with its tone in the other place: hoà, hòa."""
    twin = TWINS.get(word[-2:])
    return (word,) if twin is None else (word, word[:-2] + twin)


def _term(text: str, *, prefix: bool) -> Term | None:
    folded = words(fold(text))
    typed = words(nfc(text).lower().replace("ð", "đ"))
    if not folded:
        return None
    return Term(folded, typed if len(typed) == len(folded) else folded, prefix)


def _piece(match: re.Match[str]) -> tuple[Term | None, bool]:
    """Read one word or quoted phrase, and whether it is excluded."""
    if match["word"] is None:
        return _term(match["phrase"], prefix=bool(match["star"])), bool(match["minus"])
    word = match["word"]
    return _term(word, prefix=word.endswith("*")), word.startswith("-")


def parse(text: str) -> Query:
    """Take apart what a reader typed: words (all wanted), "a phrase", -excluded, prefix*, OR.

    OR binds less than the blank: `lâm đồng OR đà lạt` is either place. An exclusion holds for the whole
    query. A word with punctuation inside (`covid-19`) is a phrase. An open quote runs to the end. Of a longer
    text the first 64 words count. Never raises; without a wanted word there are no alternatives.
    """
    alternatives: list[list[Term]] = [[]]
    excluded: list[Term] = []
    left = MAX_WORDS
    for match in PIECE.finditer(text[:MAX_LETTERS].translate(QUOTES)):
        if match["word"] == "OR":
            alternatives.append([])
            continue
        term, unwanted = _piece(match)
        if term is None:
            continue
        if len(term.words) > left:
            term = Term(term.words[:left], term.typed[:left])
        left -= len(term.words)
        (excluded if unwanted else alternatives[-1]).append(term)
        if left <= 0:
            break
    return Query(tuple(tuple(terms) for terms in alternatives if terms), tuple(excluded))
