"""How a search was read, in words: what was looked for, what comes first, and what of the query meant nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from archive.fields import outside
from archive.papers import at_host, named, near
from archive.query import MAX_WORDS, parse, words
from archive.text import fold, nfc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archive.fields import Named
    from archive.papers import Paper
    from archive.query import Query, Term
    from archive.results import Results, Wanted
    from archive.web.visit import Visit

MOST_NAMED = 3
LOWER_OR = re.compile(r"(?<=\S) or (?=\S)")
LOST_OR = re.compile(r"^OR\b|\bOR$|\bOR +OR\b")
AND, NOT = re.compile(r"(?<=\S) +AND +(?=\S)"), re.compile(r"(?:^ *|(?<=\S) +)(?:AND +)?NOT +(?=[\w\"])")
DAY = re.compile(r"(?<!\S)(?:(\d{1,2})([/.-])(\d{1,2})\2(\d{4})|(\d{4})-(\d{1,2})-(\d{1,2}))(?!\S)")
LONGEST_PIECE = 20


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of what is said about a search, and where it leads: (name, address) of each link."""

    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reading:
    """Says how one state of the search was read; `papers` are all newspapers of the archive."""

    visit: Visit
    wanted: Wanted
    results: Results
    papers: Sequence[Paper]

    @property
    def query(self) -> Query:
        """The words of the query."""
        return parse(self.wanted.text)

    def line(self) -> list[Said]:
        """Say what was looked for and what comes first."""
        return [*self._asked(), *self._marks(), *self._together()]

    def notes(self) -> list[Said]:
        """Say what of the query meant nothing, or another thing than it seems to."""
        return [*self._days(), *self._unknown(), *self._fields(), *self._signs(), *self._meant(), *self.publishers()]

    def publishers(self) -> list[Said]:
        """Name the newspapers whose host was typed, alone or as an address; each leads to its articles."""
        _ = self.visit.messages.gettext
        found = [paper for piece in self.wanted.text.split()[:MAX_WORDS] for paper in at_host(self.papers, piece)]
        links = tuple((paper.title, self.to(q="", source=paper.name)) for paper in dict.fromkeys(found))[:MOST_NAMED]
        return [Said(_("All articles of this newspaper:"), links)] if links else []

    def to(self, **changes: object) -> str:
        """Return the address of the same search with something changed, from its first page on."""
        return self.visit.address("/", self.wanted.but(**changes).params())

    def _written(self, query: Query | str, names: Iterable[Named] | None = None) -> str:
        """Return the address of the same search with other words, its fields as they are."""
        kept = self.wanted.typed.names if names is None else names
        return self.to(q=" ".join(filter(None, (*map(str, kept), str(query)))))

    # What was looked for

    def _asked(self) -> Iterator[Said]:
        _ = self.visit.messages.gettext
        query = self.query
        if str(query) != " ".join(words(nfc(self.wanted.text).lower())) or self.wanted.typed.names:
            if query.alternatives:
                yield Said(_("words: %(words)s", words=self._either(query)))
            if query.excluded:
                yield Said(_("without: %(words)s", words=", ".join(map(self._term, query.excluded))))
        typed = self.wanted.typed
        titles = {unwanted: self._titles(typed.named("source", unwanted=unwanted)) for unwanted in (False, True)}
        authors = {unwanted: ", ".join(typed.named("author", unwanted=unwanted)) for unwanted in (False, True)}
        told = (
            (titles[False], _("newspaper: %(names)s", names=titles[False])),
            (titles[True], _("not of: %(names)s", names=titles[True])),
            (authors[False], _("author: %(names)s", names=authors[False])),
            (authors[True], _("not by: %(names)s", names=authors[True])),
        )
        yield from (Said(text) for names, text in told if names)

    def _either(self, query: Query) -> str:
        *words, others = (" ".join(map(self._term, terms)) for terms in query.alternatives)
        if not words:
            return others
        return self.visit.messages.gettext("%(words)s or %(others)s", words=", ".join(words), others=others)

    def _term(self, term: Term) -> str:
        phrase = " ".join(term.typed) + "…" * term.prefix
        return f"“{phrase}”" if len(term.typed) > 1 else phrase

    def _titles(self, typed: Iterable[str]) -> str:
        found = list(dict.fromkeys(paper.title for value in typed for paper in named(self.papers, value)))
        more = len(found) - MOST_NAMED
        return ", ".join(found[:MOST_NAMED]) + (f" + {self.visit.messages.number(more)}" if more > 0 else "")

    def _marks(self) -> Iterator[Said]:
        _, results = self.visit.messages.gettext, self.results
        if not (self.query.alternatives and results.total):
            return
        if results.exact is None or (self.wanted.order in ("comments", "changed") and not self.wanted.as_typed):
            only = (self._only_as_typed(),) if self.query.marked else ()
            yield Said(_("matching with and without marks"), only)
        elif self.wanted.as_typed:
            yield Said(_("only as typed"))
        elif results.exact_is == "exact" and not results.exact:
            yield Said(_("none as typed; all match without marks"))
        elif results.exact_is == results.total_is == "exact" and results.exact == results.total:
            yield Said(_("all as typed"))
        else:
            yield Said(self._first(results.exact), (self._only_as_typed(),))

    def _only_as_typed(self) -> tuple[str, str]:
        return self.visit.messages.gettext("only as typed"), self.to(as_typed=True)

    def _first(self, number: int) -> str:
        told = self.visit.messages
        if self.results.exact_is != "exact":
            return told.gettext("those as typed first, then also without marks")
        return told.ngettext(
            "%(n)s as typed, then also without marks", "%(n)s as typed, then also without marks", number
        )

    def _together(self) -> Iterator[Said]:
        told, results = self.visit.messages, self.results
        joined = self.query.joined()
        if results.together is None or joined is None or not results.total:
            return
        sure = results.together_is == "exact"
        if sure and not results.together:
            yield Said(told.gettext("nowhere side by side"))
        elif sure and results.total_is == "exact" and results.together == results.total:
            yield Said(told.gettext("all side by side"))
        elif self.wanted.order in ("newest", "best"):
            text = told.gettext("side by side first, then apart")
            if sure:
                text = told.ngettext(
                    "%(n)s side by side first, then apart", "%(n)s side by side first, then apart", results.together
                )
            yield Said(text, ((told.gettext("only side by side"), self._written(joined)),))

    # What meant nothing, or something else

    def _days(self) -> Iterator[Said]:
        since, until = (self.visit.param(name) for name in ("from", "to"))
        if since and until and since > until:
            yield Said(self.visit.messages.gettext("The two days stood the wrong way round: they were exchanged."))

    def _unknown(self) -> Iterator[Said]:
        """Name the newspapers that the archive does not have, each with those that are called alike."""
        _ = self.visit.messages.gettext
        every = (_("See all newspapers"), self.visit.address("/sources"))
        for name in self.wanted.typed.names:
            if name.field == "source" and not named(self.papers, name.value):
                alike = (self._instead(name, paper) for paper in near(self.papers, name.value))
                yield Said(_("No newspaper here is called “%(name)s”.", name=name.value), (*alike, every))
        source, province = self.wanted.source, self.wanted.province
        if source and all(paper.name != source for paper in self.papers):
            alike = ((paper.title, self.to(source=paper.name)) for paper in near(self.papers, source))
            yield Said(_("No newspaper here is called “%(name)s”.", name=source), (*alike, every))
        if province and all(paper.province != province for paper in self.papers):
            yield Said(_("No newspaper here is of “%(name)s”.", name=province), (every,))

    def _instead(self, name: Named, paper: Paper) -> tuple[str, str]:
        names = (replace(other, value=paper.name) if other == name else other for other in self.wanted.typed.names)
        return f"{name.prefix}{paper.name}", self._written(self.wanted.text, names)

    def _fields(self) -> Iterator[Said]:
        _, typed = self.visit.messages.gettext, self.wanted.typed
        for name in typed.names:
            if name.rest and (name.field == "author" or named(self.papers, f"{name.value} {name.rest}")):
                text = _(
                    "%(field)s took “%(value)s” only. A name of several words stands in quotes:",
                    field=name.prefix,
                    value=name.value,
                )
                q = " ".join(nfc(self.wanted.q).split()).replace(f"{name.prefix}{name.value} {name.rest}", name.whole)
                yield Said(text, ((name.whole, self.to(q=q)),))
        for prefix in typed.empty:
            yield Said(_("“%(field)s” stands alone: write the name directly behind it.", field=prefix))
        if typed.names and len(self.query.alternatives) > 1:
            yield Said(_("Newspaper and author hold on both sides of OR."))

    def _signs(self) -> Iterator[Said]:
        _, text = self.visit.messages.gettext, self.wanted.text
        query = self.query
        if LOST_OR.search(text):
            yield Said(_("OR stands between two words; here it joins nothing."))
        if LOWER_OR.search(text):
            capital = outside(self.wanted.q, lambda words: LOWER_OR.sub(" OR ", words))
            text = _("“or” was searched for as a word. For either of two words write OR:")
            yield Said(text, ((capital, self.to(q=capital)),))
        lost = [piece[:LONGEST_PIECE] for piece in text.split() if not words(fold(piece))]
        if lost and (query.alternatives or query.excluded):
            yield Said(_("“%(signs)s” names no word and was left out.", signs=" ".join(lost)[:LONGEST_PIECE]))
        if len(words(nfc(text))) > MAX_WORDS:
            yield Said(_("Of a long text the first %(n)s words are searched for.", n=MAX_WORDS))

    def _meant(self) -> Iterator[Said]:
        """Say how what was typed in the way of other search boxes is typed here."""
        _, text = self.visit.messages.gettext, self.wanted.text
        if AND.search(text) or NOT.search(text):
            said = _("AND and NOT were searched for as words. All words are wanted anyway; a minus leaves one out:")
            q = outside(self.wanted.q, _without_and_not).strip()
            yield Said(said, ((q, self.to(q=q)),))
        day = DAY.search(text)
        typed = _day(day) if day else None
        if day and typed:
            q = " ".join(outside(self.wanted.q, lambda words: words.replace(day[0], " ")).split())
            said = _("“%(day)s” was searched for as words. Published on that day:", day=day[0])
            name = " ".join(filter(None, (q, self.visit.messages.day(typed))))
            yield Said(said, ((name, self.to(q=q, since=typed, until=typed)),))


def _without_and_not(text: str) -> str:
    return AND.sub(" ", NOT.sub(" -", text))


def _day(match: re.Match[str]) -> date | None:
    """Read a day as Vietnam writes it (31/8/2026) or as ISO 8601 does; None for one that no month has."""
    day, _, month, year, *iso = match.groups()
    try:
        return date(*map(int, iso if day is None else (year, month, day)))
    except ValueError:
        return None


def nearest(wanted: Wanted, results: Results) -> str | None:
    """Return the query with each misspelt word in its near spelling, None where none is known."""

    def change(text: str) -> str:
        text = _without_and_not(text)
        for typed, close in results.help.spellings if results.help else ():
            text = re.sub(rf"(?<![^\W_]){re.escape(typed)}(?![^\W_])", close, text, flags=re.IGNORECASE)
        return LOWER_OR.sub(" OR ", text)

    near = outside(wanted.q, change).strip()
    said = (outside(wanted.q, str).strip(), outside(wanted.q, _without_and_not).strip())
    return near if results.help and results.help.spellings and near not in said else None


def scattered(wanted: Wanted) -> str | None:
    """Return the query with its phrases taken apart, None where it has none."""
    query = parse(wanted.text)
    if all(len(term.words) == 1 for terms in query.alternatives for term in terms):
        return None
    either = " OR ".join(" ".join(word for term in terms for word in term.typed) for terms in query.alternatives)
    without = (f"-{term}" for term in query.excluded)
    return " ".join((*map(str, wanted.typed.names), either, *without))
