"""What a reader typed of newspapers and authors: `source:`, `author:`, wanted or not, apart from the words (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Literal, TypeAlias

from archive.query import QUOTES
from archive.text import nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Field: TypeAlias = Literal["source", "author"]

FIELD = re.compile(
    r'(?<!\S)(?P<minus>-?)(?P<name>source|nguon|nguồn|author|tac-gia|tác-giả|t[aá]c gi[aả](?=:["\w])):'
    r'(?P<value>"[^"]*"?|[^\s"]+)?',
    re.IGNORECASE,
)
# The words behind an unquoted name that may belong to it: those with a capital, else the next one.
REST = re.compile(r"(?: +(?!OR(?: |$))\w[\w.'-]*(?=\s|$)){1,3}")
SOURCES = ("source", "nguon", "nguồn")


@dataclass(frozen=True, slots=True)
class Named:
    """One field of a query: `prefix` as typed (`-nguon:`), its value without quotes, whether it is unwanted.

    `rest` are words behind an unquoted value that may have been meant as part of it.
    """

    field: Field
    prefix: str
    value: str
    unwanted: bool = False
    rest: str = ""

    def __str__(self) -> str:
        """Write the field as the box understands it."""
        return f'{self.prefix}"{self.value}"'

    @property
    def whole(self) -> str:
        """Return the field with all its words, in quotes."""
        return f'{self.prefix}"{self.value} {self.rest}"'


@dataclass(frozen=True, slots=True)
class Typed:
    """A query taken apart: the words to search for, the fields, and those without a value (`nguon:`)."""

    text: str
    names: tuple[Named, ...]
    empty: tuple[str, ...]

    def named(self, field: Field, *, unwanted: bool = False) -> tuple[str, ...]:
        """Return the values of one field, wanted or not."""
        return tuple(name.value for name in self.names if (name.field, name.unwanted) == (field, unwanted))


@lru_cache(maxsize=64)
def take_apart(query: str) -> Typed:
    """Take a query apart; a field holds for the whole query, and only the next word or "phrase" belongs to it."""
    text = nfc(query).translate(QUOTES)
    found = list(_fields(text))
    rest = " ".join(FIELD.sub(" ", text).split())
    return Typed(
        rest,
        tuple(name for name in found if name.value),
        tuple(name.prefix for name in found if not name.value),
    )


def _fields(text: str) -> Iterator[Named]:
    for match in FIELD.finditer(text):
        name, value = match["name"], match["value"] or ""
        rest = None if value.startswith('"') or not value else REST.match(text, match.end())
        yield Named(
            "source" if name.lower() in SOURCES else "author",
            f"{match['minus']}{name}:",
            value.strip('" '),
            bool(match["minus"]),
            _rest_of_name(value, rest[0].split()) if rest else "",
        )


def _rest_of_name(value: str, behind: list[str]) -> str:
    if not value[:1].isupper():
        return behind[0]
    return " ".join(takewhile(lambda word: word[:1].isupper(), behind))


def outside(query: str, change: Callable[[str], str]) -> str:
    """Return the query with its words changed and its fields as they are."""
    text = nfc(query).translate(QUOTES)
    parts, place = [], 0
    for match in FIELD.finditer(text):
        parts += [change(text[place : match.start()]), match[0]]
        place = match.end()
    return "".join((*parts, change(text[place:])))
