"""The newspapers of the archive by what readers call them: name, title, host, with or without marks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from archive.query import words
from archive.text import fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

HOST = re.compile(r"\W*(?:https?://)?(?:(?:www|m|amp)\.)?((?:[\w-]+\.)+[a-z]{2,})(?![\w.-])")
MOST_NEAR = 3
NEAR = 0.6
"""Share of letters that a name must have in common with what was typed to be proposed."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A newspaper, and all it is called, folded."""

    number: int
    name: str
    title: str
    province: str | None
    called: str


def papers(conn: sqlite3.Connection) -> list[Paper]:
    """Return the newspapers in the order of their number."""
    rows = conn.execute("SELECT number, name, title, province, domains FROM sources ORDER BY number")
    return [
        Paper(number, name, title, province, _called(name, title, domains))
        for number, name, title, province, domains in rows
    ]


def _called(name: str, title: str, domains: str) -> str:
    return "\n".join((fold(name), _plain(title), _plain(title).replace(" ", ""), fold(domains)))


def _plain(text: str) -> str:
    return " ".join(words(fold(text)))


def named(known: Iterable[Paper], typed: str) -> list[Paper]:
    """Return the newspapers whose name, title or host holds what was typed; none for a text without a letter."""
    forms = {form for form in (fold(typed), _plain(typed)) if form.strip()}
    return [paper for paper in known if any(form in paper.called for form in forms)] if _plain(typed) else []


def at_host(known: Iterable[Paper], address: str) -> list[Paper]:
    """Return the newspapers at the host of an address, which may stand there without scheme and path."""
    host = HOST.match(fold(address))
    return [paper for paper in known if host and f'"{host[1]}"' in paper.called]


def near(known: Iterable[Paper], typed: str) -> list[Paper]:
    """Return up to three newspapers whose name is most like what was typed."""
    wanted = _plain(typed).replace(" ", "")

    def likeness(paper: Paper) -> float:
        title = _plain(paper.title).replace(" ", "")
        forms = (fold(paper.name), title, title.removeprefix("bao"))
        return max(SequenceMatcher(None, wanted, form, autojunk=False).ratio() for form in forms)

    alike = [(likeness(paper), -paper.number, paper) for paper in known]
    return [
        paper for share, _, paper in sorted(alike, key=lambda one: one[:2], reverse=True)[:MOST_NEAR] if share >= NEAR
    ]
