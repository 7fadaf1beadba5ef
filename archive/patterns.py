"""What a term of a query looks like in the original text: whether it is there, where, and a passage around it."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby, islice
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archive.query import spellings
from archive.search import BETWEEN_WORDS, END, MARKS, START, WORD_ENDS
from archive.text import ARABIC_MARKS, FOLDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archive.query import Query, Term

Check: TypeAlias = "Callable[[Iterable[str | None]], bool]"

PASSAGE = 220
"""Characters of a passage."""
BEFORE = 60
MOST_FINDS = 30

# The class of the first letter stands in front, so that the text is skimmed for it; what comes before the
# word is looked at afterwards.
NOT_WITHIN_A_WORD = f"(?<![^\\W_].)(?<![{MARKS}].)"
BLANK = re.compile(BETWEEN_WORDS)
FOLDED_AWAY = f"[\u0300-\u036f{ARABIC_MARKS}]*"


def _variants() -> dict[str, str]:
    """Map each folded letter to all the letters that fold to it."""
    letters: dict[str, str] = {}
    for code, base in FOLDED.items():
        if len(base) == 1 and base.isalnum():
            letters[base] = letters.get(base, base) + chr(code)
    return letters


VARIANTS = _variants()
ALIKE = {"đ": "đð"}
"""Letters that count as typed for one another: ð is what some keyboards give for đ."""


def _class(letters: str) -> str:
    """Write the class of these letters in any case, neighbours as ranges: it is read four times as fast."""
    every = (case for letter in letters for case in (letter, letter.upper(), letter.lower(), letter.title()))
    codes = sorted({ord(case) for case in every if len(case) == 1})
    runs = (list(run) for _, run in groupby(enumerate(codes), lambda placed: placed[1] - placed[0]))
    ranges = ((chr(run[0][1]), chr(run[-1][1])) for run in runs)
    return f"[{''.join(re.escape(a) if a == z else f'{re.escape(a)}-{re.escape(z)}' for a, z in ranges)}]"


@lru_cache(maxsize=4_096)
def _letter(letter: str, *, as_typed: bool) -> tuple[str, str]:
    """Write the class of a letter, and the marks that may follow it where none was typed."""
    if as_typed:
        return _class(ALIKE.get(letter, letter)), ""
    return _class(VARIANTS.get(letter, letter)), FOLDED_AWAY


def _either(spelled: tuple[str, ...]) -> str:
    """Write a word as typed that has its tone in one place or the other, by the letters that it may begin with."""
    letters = [[_letter(letter, as_typed=True)[0] for letter in word] for word in spelled]
    ways = "|".join(f"(?<={first}){''.join(others)}" for first, *others in letters)
    begins = _class("".join(ALIKE.get(word[0], word[0]) for word in spelled))
    return f"{begins}{NOT_WITHIN_A_WORD}(?:{ways})"


@lru_cache(maxsize=4_096)
def _word(word: str, *, as_typed: bool, prefix: bool) -> re.Pattern[str]:
    """Compile what a word looks like in NFC text, in any case; its first letter is found first.

    A compiled word costs a millisecond and is wanted again: a language has some thousand syllables.
    """
    if as_typed and not prefix and len(spelled := spellings(word)) > 1:
        return re.compile(_either(spelled) + WORD_ENDS, re.DOTALL)
    (first, between), *others = [_letter(letter, as_typed=as_typed) for letter in word]
    written = first + NOT_WITHIN_A_WORD + between + "".join(map("".join, others))
    return re.compile(written + ("" if prefix else WORD_ENDS), re.DOTALL)


class Finder:
    """Finds a term in NFC texts; folded where it was typed without marks, or not `as_typed`."""

    __slots__ = ("_first", "_others")

    def __init__(self, term: Term, *, as_typed: bool) -> None:
        as_typed = as_typed and term.marked
        words = term.typed if as_typed else term.words
        last = len(words) - 1
        self._first, *self._others = (
            _word(word, as_typed=as_typed, prefix=term.prefix and place == last) for place, word in enumerate(words)
        )

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the term begins and ends."""
        for match in self._first.finditer(text):
            end = self._end(text, match.end())
            if end is not None:
                yield match.start(), end

    def _end(self, text: str, place: int) -> int | None:
        """Return where the term ends whose first word ends here; None when the other words do not follow."""
        for word in self._others:
            blank = BLANK.match(text, place)
            follows = blank and word.match(text, blank.end())
            if not follows:
                return None
            place = follows.end()
        return place

    def search(self, text: str) -> bool:
        """Tell whether a text holds the term."""
        if not self._others:
            return self._first.search(text) is not None
        return any(True for _ in self.spans(text))


def check(query: Query, *, as_typed: bool, is_loose: Callable[..., bool]) -> Check:
    """Return a test of an article's texts: what the query wants and excludes, as far as that is open.

    Of a term for which `is_loose(term, as_typed=…)` is False the index has decided. That holds for wanted
    terms only where there is one alternative; of several, each is tested whole.
    """
    several = len(query.alternatives) > 1
    wanted = [
        [Finder(term, as_typed=as_typed).search for term in terms if several or is_loose(term, as_typed=as_typed)]
        for terms in query.alternatives
    ]
    unwanted = [Finder(term, as_typed=True).search for term in query.excluded if is_loose(term, as_typed=True)]

    def holds(texts: Iterable[str | None]) -> bool:
        known = [text for text in texts if text]
        if any(any(map(find, known)) for find in unwanted):
            return False
        return not wanted or any(all(any(map(find, known)) for find in finds) for finds in wanted)

    return holds


class Found(NamedTuple):
    """Where a term stands in a text (characters), and which one it is."""

    start: int
    end: int
    term: int


class Highlighter:
    """Puts START and END around the wanted terms of a query in original texts."""

    def __init__(self, query: Query, *, as_typed: bool) -> None:
        terms = dict.fromkeys(term for terms in query.alternatives for term in terms)
        self._finders = [Finder(term, as_typed=as_typed) for term in terms]

    def _finds(self, text: str) -> list[Found]:
        """Find the terms, the first 30 of each, in the order of the text; of two that overlap the first."""
        every = [
            Found(*span, number)
            for number, finder in enumerate(self._finders)
            for span in islice(finder.spans(text), MOST_FINDS)
        ]
        found: list[Found] = []
        for one in sorted(every):
            if not found or one.start >= found[-1].end:
                found.append(one)
        return found

    def marked(self, text: str) -> str:
        """Return the whole text with its terms marked."""
        return _mark(text, self._finds(text), 0, len(text))

    def passage(self, *texts: str | None) -> str:
        """Return a marked passage of the first text that holds a term, else the beginning of the first text."""
        known = [text for text in texts if text]
        for text in known:
            found = self._finds(text)
            if found:
                return _passage(text, found)
        return _passage(known[0], []) if known else ""


def _passage(text: str, found: list[Found]) -> str:
    """Cut out the passage that holds most of the different terms, at blanks."""
    start = max(0, _best(found) - BEFORE)
    if start:
        start = text.find(" ", start) + 1 or start
    end = len(text)
    if end > start + PASSAGE:
        end = text.rfind(" ", start, start + PASSAGE)
        end = max(end, start + PASSAGE - BEFORE)
    return ("…" if start else "") + _mark(text, found, start, end) + ("…" if end < len(text) else "")


def _best(found: list[Found]) -> int:
    """Return where the passage with most of the different terms begins."""
    reach = PASSAGE - BEFORE

    def different(place: int) -> int:
        first = found[place]
        return len({one.term for one in found[place:] if one.end <= first.start + reach})

    if not found:
        return 0
    return found[max(range(len(found)), key=lambda place: (different(place), -place))].start


def _mark(text: str, found: list[Found], start: int, end: int) -> str:
    parts, place = [], start
    for one in found:
        if one.start >= place and one.end <= end:
            parts += [text[place : one.start], START, text[one.start : one.end], END]
            place = one.end
    return "".join((*parts, text[place:end]))
