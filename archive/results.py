"""What the search page asks for and what a search answers: plain data between the page and any engine."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from archive.fields import Typed, take_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Order: TypeAlias = Literal["newest", "best", "comments", "changed"]
State: TypeAlias = Literal["edited", "gone", "comments"]
TotalIs: TypeAlias = Literal["exact", "about", "at-least"]
Cut: TypeAlias = Literal["prefix", "order", "front", "unindexed"]

ORDERS: tuple[Order, ...] = get_args(Order)
STATES: tuple[State, ...] = get_args(State)
MAX_QUERY = 1_000
"""Characters of the longest query that is answered: a longer one is no query but a pasted page."""
MAX_VALUE = 200

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Where a page ended, as the engine writes it: a place in an order, or a key for each reading, newest first.
PLACE = re.compile(r"r(\d{1,6})")
POSITION = re.compile(r"\d{1,16}(?:\.\d{1,16}){0,3}")


class UnusableError(ValueError):
    """A value of an address that cannot be used: which parameter, what it said, what it may say instead."""

    def __init__(self, param: str, value: str, choices: tuple[str, ...] = ()) -> None:
        self.param, self.value, self.choices = param, value[:40], choices
        super().__init__(f"{param}={self.value}: " + (f"choose {', '.join(choices)}" if choices else "not usable"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One state of the search page; every state is an address (`params`), and every address a state (`read`).

    `since` and `until` are days in the paper's zone, both included. `states` must all hold. `as_typed` leaves
    out what matches without its marks only. `after` is the engine's own mark of where the page before ended.
    """

    q: str = ""
    source: str | None = None
    province: str | None = None
    section: str | None = None
    language: str | None = None
    author: str | None = None
    tag: str | None = None
    states: tuple[State, ...] = ()
    since: date | None = None
    until: date | None = None
    order: Order = "newest"
    as_typed: bool = False
    after: str | None = None

    @property
    def typed(self) -> Typed:
        """Return the query taken apart into words and fields."""
        return take_apart(self.q)

    @property
    def text(self) -> str:
        """Return the query without `source:` and `author:`: the words to search for."""
        return self.typed.text

    @property
    def filtered(self) -> bool:
        """Whether anything but the words narrows the search."""
        kept = replace(self, q="", order="newest", after=None)
        return kept != Wanted()

    @property
    def blank(self) -> bool:
        """Whether nothing is asked: the front page."""
        return not self.q and not self.filtered

    def but(self, **changes: Any) -> Wanted:
        """Return the state with some fields changed, back on its first page."""
        return replace(self, **{"after": None, **changes})

    def params(self) -> list[tuple[str, str]]:
        """Return the state as parameters of an address, what is at its default left out."""
        pairs: list[tuple[str, str]] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            if field.name == "states":
                pairs += [("is", state) for state in value]
            else:
                name = PARAMS.get(field.name, field.name)
                pairs.append((name, "1" if value is True else str(value)))
        return pairs


PARAMS = {"since": "from", "until": "to", "as_typed": "marks"}
TEXTS = ("source", "province", "section", "language", "author", "tag")


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UnusableError(name, text, ("2026-08-31",)) from error


def _one_of(name: str, text: str, choices: tuple[str, ...]) -> None:
    if text and text not in choices:
        raise UnusableError(name, text, choices)


def _texts(first: Mapping[str, str]) -> dict[str, str]:
    texts = {name: first[name] for name in TEXTS if first.get(name)}
    for name, value in texts.items():
        if len(value) > MAX_VALUE:
            raise UnusableError(name, value)
    return texts


def _single(params: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the value of each parameter, without control characters; one that says two things says nothing."""
    cleaned = {name: [CONTROL.sub(" ", value).strip() for value in values] for name, values in params.items()}
    for name in (*TEXTS, "q", "order", "from", "to", "marks"):
        if len(set(cleaned.get(name, ()))) > 1:
            raise UnusableError(name, " ".join(cleaned[name]))
    return {name: values[0] for name, values in cleaned.items() if values}


def read(params: Mapping[str, list[str]]) -> Wanted:
    """Read the state out of an address; unknown parameters are left alone, control characters dropped.

    A range of days that is the wrong way round is turned. Raises UnusableError on a value that cannot be
    used: an unknown order or state, a day that is none, a text too long, the end of a page of another order.
    """
    first = _single(params)
    if len(first.get("q", "")) > MAX_QUERY:
        raise UnusableError("q", first["q"])
    states = {CONTROL.sub(" ", value).strip() for value in params.get("is", ())} - {""}
    order = first.get("order") or "newest"
    _one_of("order", order, ORDERS)
    _one_of("marks", first.get("marks", ""), ("0", "1"))
    for state in sorted(states):
        _one_of("is", state, STATES)
    after = first.get("after", "")
    if after and not (POSITION if order == "newest" else PLACE).fullmatch(after):
        raise UnusableError("after", after)
    days = [_day(name, first.get(name, "")) for name in ("from", "to")]
    since, until = sorted(days) if all(days) else days  # type: ignore[type-var]
    return Wanted(
        q=first.get("q", ""),
        states=tuple(state for state in STATES if state in states),
        since=since,
        until=until,
        order=next(known for known in ORDERS if known == order),
        as_typed=first.get("marks") == "1",
        after=after or None,
        **_texts(first),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One article that was found; `title_marked` and `snippet` bear START and END of archive.search.

    `edits` counts revisions by the paper after the first; times are ISO 8601 with offset.
    """

    id: int
    url: str
    title: str
    title_marked: str
    snippet: str
    source: str
    source_title: str
    section: str | None
    language: str | None
    published_at: str | None
    first_seen: str
    last_changed: str
    comment_count: int | None
    edits: int
    gone_at: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: how many of the counted hits have it, and whether it is chosen already."""

    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """One bar of the histogram: the hits of a month or a year, both days included."""

    since: date
    until: date
    count: int


@dataclass(frozen=True, slots=True)
class Help:
    """What to try when nothing was found.

    `spellings` are (typed word, near word of the index); `words` are (typed word, articles that hold it),
    counted up to a limit.
    """

    spellings: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The answer to one state of the search page.

    `total_is` says how `total` is meant. `exact` is how many of the hits hold the marks as typed (None when
    none were typed), `exact_is` how that is meant; `together` and `together_is` the same of hits that hold the
    words side by side (None for one word or a phrase). `facets` (source, province, section, language, year,
    month, author, tag, is) and `periods` count the newest `counted` hits. `next` is the `after` of the page
    that follows, None on the last. With `partial` the search stopped early, at the day `searched_back_to`,
    and `next` goes on there. `cut` says what else was left out: of a `word*` with very many words the later
    ones (prefix), hits beyond the first `ranked` in this order (order), older hits among which those as typed or
    side by side were not looked for yet (front), articles that are not in the index yet (unindexed).
    """

    hits: tuple[Hit, ...]
    total: int
    total_is: TotalIs = "exact"
    exact: int | None = None
    exact_is: TotalIs = "exact"
    together: int | None = None
    together_is: TotalIs = "exact"
    facets: Mapping[str, tuple[Choice, ...]]
    periods: tuple[Period, ...] = ()
    counted: int = 0
    ranked: int = 0
    next: str | None = None
    partial: bool = False
    searched_back_to: date | None = None
    cut: tuple[Cut, ...] = ()
    help: Help | None = None


def month_period(month: str, count: int) -> Period:
    """Return the period of a month written 2026-08 or of a year written 2026."""
    year, _, number = month.partition("-")
    if not number:
        return Period(date(int(year), 1, 1), date(int(year), 12, 31), count)
    days = calendar.monthrange(int(year), int(number))[1]
    return Period(date(int(year), int(number), 1), date(int(year), int(number), days), count)


def periods(months: Mapping[str, int], *, most: int) -> tuple[Period, ...]:
    """Lay months (2026-08 → count) out as bars without a gap; as years when there are more than `most`."""
    if not months:
        return ()
    first, last = (month_period(month, 0).since for month in (min(months), max(months)))
    span = (last.year - first.year) * 12 + last.month - first.month + 1
    if span > most:
        years = range(first.year, last.year + 1)
        return tuple(month_period(str(year), _of_year(months, year)) for year in years)
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    names = [f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers]
    return tuple(month_period(name, months.get(name, 0)) for name in names)


def _of_year(months: Mapping[str, int], year: int) -> int:
    return sum(count for month, count in months.items() if month.startswith(f"{year:04}-"))


def choices(counts: Iterable[tuple[str, int]], chosen: str | None, labels: Mapping[str, str]) -> tuple[Choice, ...]:
    """Make the choices of a facet, the most frequent first, the chosen one always among them."""
    made = [Choice(value, labels.get(value, value), count, value == chosen) for value, count in counts]
    if chosen is not None and not any(choice.chosen for choice in made):
        made.append(Choice(chosen, labels.get(chosen, chosen), 0, chosen=True))
    return tuple(made)
