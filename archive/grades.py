"""How grave the difference between two readings is: headline, lead, numbers and names, wording, cosmetic."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

Grade: TypeAlias = Literal["headline", "lead", "facts", "wording", "cosmetic", "reader"]
GRADES: tuple[Grade, ...] = ("headline", "lead", "facts", "wording", "cosmetic", "reader")
"""Every grade, gravest first; `facts` are numbers and names, `reader` is a change of ours alone."""

TONES = "\u0300\u0301\u0303\u0309\u0323"
WORD = re.compile(r"\d+(?:[.,:/]\d+)*|(?:[^\W\d_][\u0300-\u036f\u064b-\u065f\u0670]*)+")
SENTENCE_END = re.compile(r"(?:^|[.!?…:;\n\"“”«»(\[–-])\s*$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a revision holds of an article: title, lead (None when it has none) and body."""

    title: str
    lead: str | None
    body: str


def plain(text: str) -> str:
    """Return the text in NFC with single spaces: two texts equal in this form are shown as the same."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def paragraphs(body: str) -> list[str]:
    """Split a body into paragraphs: what stands between blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", body) if part.strip()]


@lru_cache(maxsize=4096)
def word_key(word: str) -> str:
    """Return a word without case and place of its tone: "Hoà" and "hòa" are one word written two ways."""
    letters = unicodedata.normalize("NFD", word.casefold())
    tones = "".join(sorted(letter for letter in letters if letter in TONES))
    return "".join(letter for letter in letters if letter not in TONES) + tones


def words(text: str) -> list[str]:
    """Return the keys of all words and numbers, in order; punctuation, case and white space are left out."""
    return [word_key(word) for word in WORD.findall(text)]


def grades(old: Reading, new: Reading) -> tuple[Grade, ...]:
    """Return every grade that the difference has, gravest first; empty when the texts are the same in NFC."""
    before, after = _whole(old), _whole(new)
    found: set[Grade] = set()
    if words(old.title) != words(new.title):
        found.add("headline")
    if words(old.lead or "") != words(new.lead or ""):
        found.add("lead")
    if numbers(before) != numbers(after) or _other_names(before, after):
        found.add("facts")
    if _other_wording(old.body, new.body, facts="facts" in found):
        found.add("wording")
    if not found and _layout(old) != _layout(new):
        found.add("cosmetic")
    return tuple(grade for grade in GRADES if grade in found)


def _whole(reading: Reading) -> tuple[str, str, str]:
    return reading.title, reading.lead or "", reading.body


def _layout(reading: Reading) -> list[str]:
    return [plain(text) for text in (reading.title, reading.lead or "", *paragraphs(reading.body))]


def numbers(texts: tuple[str, ...]) -> Counter[str]:
    """Count how often each number stands there; digits of any script count as 0 to 9."""
    found = (word for text in texts for word in WORD.findall(text) if word[0].isdigit())
    return Counter(
        "".join(str(unicodedata.digit(sign, -1)) if sign.isdigit() else sign for sign in word) for word in found
    )


def names(text: str) -> tuple[set[str], set[str]]:
    """Return words with a capital inside a sentence, and all that have one: a first word may be no name.

    A line that is all upper case tells no names; its words count as having a capital.
    """
    inner: set[str] = set()
    every: set[str] = set()
    for line in text.splitlines():
        shouted = line.isupper()
        for match in WORD.finditer(line):
            if match.group()[0].isupper():
                key = word_key(match.group())
                every.add(key)
                if not shouted and not SENTENCE_END.search(line, max(0, match.start() - 4), match.start()):
                    inner.add(key)
    return inner, every


def _other_names(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Tell whether a name came or went: inside a sentence in one text, without a capital in the other."""
    old, new = names("\n".join(before)), names("\n".join(after))
    return bool((old[0] - new[1]) | (new[0] - old[1]))


def _other_wording(old: str, new: str, *, facts: bool) -> bool:
    """Tell whether words of the body differ that are neither numbers nor names, or stand in another order."""
    before, after = words(old), words(new)
    if before == after:
        return False
    changed = Counter(before) - Counter(after) + (Counter(after) - Counter(before))
    if not changed:
        return True
    _, capitals = names(f"{old}\n{new}")
    return not facts or any(not word[0].isdigit() and word not in capitals for word in changed)
