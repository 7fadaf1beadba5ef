"""What the search page asks for and what a search answers: plain data between the page and any engine."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Order: TypeAlias = Literal["newest", "best", "comments", "changed"]
State: TypeAlias = Literal["edited", "gone", "comments"]
TotalIs: TypeAlias = Literal["exact", "about", "at-least"]
Cut: TypeAlias = Literal["prefix", "order", "unindexed"]

ORDERS: tuple[Order, ...] = get_args(Order)
STATES: tuple[State, ...] = get_args(State)
MAX_QUERY = 1_000
"""Characters of the longest query that is answered: a longer one is no query but a pasted page."""
MAX_VALUE = 200

FIELD = re.compile(r'(?<!\S)(source|nguon|nguồn|author|tac-gia|tác-giả):("[^"]*"|[^\s"]+)', re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


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
    def text(self) -> str:
        """Return the query without `source:` and `author:`: the words to search for."""
        return " ".join(FIELD.sub(" ", self.q).split())

    def named(self, field: Literal["source", "author"]) -> tuple[str, ...]:
        """Return what was typed behind `source:` (or nguon:) or `author:` (or tac-gia:)."""
        first = "sn" if field == "source" else "at"
        found = (match for match in FIELD.finditer(self.q) if match[1][0].lower() in first)
        return tuple(match[2].strip('"') for match in found)

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


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"{name}={text[:40]}: write a day as 2026-08-31") from error


def read(params: Mapping[str, list[str]]) -> Wanted:
    """Read the state out of an address; unknown parameters are left alone, control characters dropped.

    Raises ValueError with one line for the reader on an unusable value (a day that is none, a text too long).
    """
    first = {name: CONTROL.sub(" ", values[0]).strip() for name, values in params.items() if values}
    q = first.get("q", "")
    if len(q) > MAX_QUERY:
        raise ValueError(f"a query of {len(q)} characters: at most {MAX_QUERY} are searched for")
    texts = {}
    for name in ("source", "province", "section", "language", "author", "tag", "after"):
        if value := first.get(name):
            if len(value) > MAX_VALUE:
                raise ValueError(f"{name}: at most {MAX_VALUE} characters")
            texts[name] = value
    order = first.get("order", "newest")
    return Wanted(
        q=q,
        states=tuple(state for state in STATES if state in params.get("is", ())),
        since=_day("from", first.get("from", "")),
        until=_day("to", first.get("to", "")),
        order=next((known for known in ORDERS if known == order), "newest"),
        as_typed=first.get("marks") == "1",
        **texts,
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
    none were typed), `exact_is` how that is meant. `facets` (source, province, section, language, year,
    month, author, tag, is) and `periods` count the newest `counted` hits. `next` is the `after` of the page
    that follows, None on the last. With `partial` the search stopped early, at the day `searched_back_to`,
    and `next` goes on there. `cut` says what else was left out: of a `word*` with very many words the later
    ones (prefix), hits older than the newest `counted` in this order (order), articles that are not in the
    index yet (unindexed).
    """

    hits: tuple[Hit, ...]
    total: int
    total_is: TotalIs = "exact"
    exact: int | None = None
    exact_is: TotalIs = "exact"
    facets: Mapping[str, tuple[Choice, ...]]
    periods: tuple[Period, ...] = ()
    counted: int = 0
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
