"""What a term of a query looks like in the original text: whether it is there, where, and a passage around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

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
FOLDED_AWAY = f"[\u0300-\u036f{ARABIC_MARKS}]*"


def _variants() -> dict[str, str]:
    """Map each folded letter to all the letters that fold to it."""
    letters: dict[str, str] = {}
    for code, base in FOLDED.items():
        if len(base) == 1 and base.isalnum():
            letters[base] = letters.get(base, base) + chr(code)
    return letters


VARIANTS = _variants()


def _class(letters: str) -> str:
    every = (case for letter in letters for case in (letter, letter.upper(), letter.lower(), letter.title()))
    cases = {case for case in every if len(case) == 1}
    return f"[{re.escape(''.join(sorted(cases)))}]"


@lru_cache(maxsize=4_096)
def _letter(letter: str, *, as_typed: bool) -> tuple[str, str]:
    """Write the class of a letter, and the marks that may follow it where none was typed."""
    if as_typed:
        return _class("đð" if letter == "đ" else letter), ""
    return _class(VARIANTS.get(letter, letter)), FOLDED_AWAY


def source(term: Term, *, as_typed: bool) -> str:
    """Write the regular expression (DOTALL) of a term in NFC text, in any case; folded unless `as_typed`."""
    words = term.typed if as_typed else term.words
    first, *others = ([_letter(letter, as_typed=as_typed) for letter in word] for word in words)
    letter, between = first[0]
    written = letter + NOT_WITHIN_A_WORD + between + "".join(map("".join, first[1:]))
    written += "".join(BETWEEN_WORDS + "".join(map("".join, word)) for word in others)
    return written + ("" if term.prefix else WORD_ENDS)


def pattern(term: Term, *, as_typed: bool) -> re.Pattern[str]:
    """Compile what a term looks like; folded where it was typed without marks, or not `as_typed`."""
    return re.compile(source(term, as_typed=as_typed and term.marked), re.DOTALL)


def check(query: Query, *, as_typed: bool, is_loose: Callable[..., bool]) -> Check:
    """Return a test of an article's texts: what the query wants and excludes, as far as that is open.

    Of a term for which `is_loose(term, as_typed=…)` is False the index has decided. That holds for wanted
    terms only where there is one alternative; of several, each is tested whole.
    """
    several = len(query.alternatives) > 1
    wanted = [
        [pattern(term, as_typed=as_typed).search for term in terms if several or is_loose(term, as_typed=as_typed)]
        for terms in query.alternatives
    ]
    unwanted = [pattern(term, as_typed=True).search for term in query.excluded if is_loose(term, as_typed=True)]

    def holds(texts: Iterable[str | None]) -> bool:
        known = [text for text in texts if text]
        if any(any(map(find, known)) for find in unwanted):
            return False
        return any(all(any(map(find, known)) for find in finds) for finds in wanted)

    return holds


@dataclass(frozen=True, slots=True)
class Found:
    """Where a term stands in a text (characters), and which one it is."""

    start: int
    end: int
    term: str | None


class Highlighter:
    """Puts START and END around the wanted terms of a query in original texts."""

    def __init__(self, query: Query, *, as_typed: bool) -> None:
        terms = dict.fromkeys(term for terms in query.alternatives for term in terms)
        sources = (source(term, as_typed=as_typed and term.marked) for term in terms)
        written = "|".join(f"(?P<t{number}>{one})" for number, one in enumerate(sources))
        self._search = re.compile(written, re.DOTALL) if terms else None

    def _finds(self, text: str) -> Iterator[Found]:
        if self._search is None:
            return
        for number, match in enumerate(self._search.finditer(text)):
            if number == MOST_FINDS:
                return
            yield Found(match.start(), match.end(), match.lastgroup)

    def marked(self, text: str) -> str:
        """Return the whole text with its terms marked."""
        return _mark(text, list(self._finds(text)), 0, len(text))

    def passage(self, *texts: str | None) -> str:
        """Return a marked passage of the first text that holds a term, else the beginning of the first text."""
        known = [text for text in texts if text]
        for text in known:
            found = list(self._finds(text))
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
