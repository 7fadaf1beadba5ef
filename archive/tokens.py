"""What an article is found by: the tokens of its texts, its facts and its states (pure)."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from archive.query import words
from archive.search_key import PER_SOURCE
from archive.text import fold, nfc

VERSION = 1
"""Raise it with any change of what `of_article` returns: key tables of another version must be built anew."""

State: TypeAlias = Literal["edited", "gone", "comments"]
STATES: tuple[State, ...] = ("edited", "gone", "comments")

LONGEST = 64
"""Letters of a word that are kept: longer ones are no words, and are found by their beginning."""


class _Forms(dict[str, tuple[str, str]]):
    """Words as `archive.query` compares them, folded and typed, remembered: a language has some thousand syllables."""

    def __missing__(self, word: str) -> tuple[str, str]:
        if len(self) > 200_000:  # noqa: PLR2004 — flat memory
            self.clear()
        self[word] = forms = (fold(word).lower()[:LONGEST], word.lower().replace("ð", "đ")[:LONGEST])
        return forms


FORMS = _Forms()


class Kept(NamedTuple):
    """What of an article goes into its keys: the columns KEPT as they are stored."""

    title: str
    lead: str | None
    body: str
    section: str | None
    language: str | None
    authors: str
    tags: str


def source(number: int) -> str:
    """Return the token of a newspaper by its number."""
    return f"___s{number:04}"


def fact(field: str, value: str) -> str:
    """Return the token of one value of section, language, author or tag: 64 bits of its hash."""
    return f"___f{hashlib.blake2b(f'{field}:{value}'.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def state(which: State) -> str:
    """Return the token of a state; it cannot be a marked word, for it bears no marks."""
    return f"___{which}"


def author_word(word: str) -> str:
    """Return the token of a folded word of an author's name."""
    return f"____{word[:LONGEST]}"


def marked(word: str) -> str:
    """Return the token of a word with marks, lower case."""
    return f"___{word[:LONGEST]}"


def pair(first: str, second: str) -> str:
    """Return the token of two folded neighbours."""
    return f"___{first[:LONGEST]}_{second[:LONGEST]}"


def _text_tokens(text: str) -> set[str]:
    forms = [FORMS[word] for word in words(nfc(text))]
    plain = [folded for folded, _ in forms]
    found = set(plain)
    found.update([f"___{typed}" for folded, typed in set(forms) if typed != folded])
    found.update([f"___{first}_{second}" for first, second in pairwise(plain)])
    return found


def names(column: str) -> tuple[str, ...]:
    """Read a JSON array of texts as `authors` and `tags` hold it; anything else in it is left out."""
    if column == "[]":
        return ()
    try:
        values = json.loads(column)
    except ValueError:
        return ()
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def of_texts(title: str, lead: str | None, body: str) -> set[str]:
    """Return what the texts are found by; behind `___`, which no reader can type, pairs and words with marks.

    A pair is of two folded neighbours, never across title, lead and body.
    """
    found = _text_tokens(body)  # the largest set takes in the others: none is copied
    for text in filter(None, (title, lead)):
        found |= _text_tokens(text)
    return found


def of_facts(key: int, kept: Kept) -> set[str]:
    """Return what an article is found by beside its texts: newspaper, section, language, authors and tags."""
    authors = names(kept.authors)
    facts = [("section", kept.section), ("language", kept.language)]
    facts += [("author", author) for author in authors] + [("tag", tag) for tag in names(kept.tags)]
    found = {fact(field, value) for field, value in facts if value}
    found |= {author_word(FORMS[word][0]) for author in authors for word in words(nfc(author))}
    return found | {source(key // PER_SOURCE % 10_000)}


def of_article(key: int, kept: Kept) -> set[str]:
    """Return all that an article is found by, its states apart."""
    found = of_texts(kept.title, kept.lead, kept.body)
    found |= of_facts(key, kept)
    return found
