"""The search page: one state of the search → what its template shows, every choice an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import BadRequest, Response

from archive import engine, reads
from archive.results import MAX_QUERY, Choice, Period, Results, Wanted, month_period, read
from archive.times import PAPER_ZONE
from archive.web.pages import page

if TYPE_CHECKING:
    from archive.web.visit import Visit

PAGE = 20
BAR_WIDTH, BAR_GAP, BAR_HEIGHT = 8, 2, 56
FACETS = ("is", "source", "province", "section", "year", "month", "language", "author", "tag")


@dataclass(frozen=True, slots=True)
class Option:
    """A choice as shown: what it is called, where it leads, how many hits it has (None: not counted)."""

    label: str
    address: str
    count: int | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the histogram in the units of its SVG."""

    x: int
    y: int
    height: int
    title: str
    address: str
    chosen: bool


def wanted_of(visit: Visit) -> Wanted:
    """Read the state of the search out of the address. Raises BadRequest with a line for the reader."""
    try:
        return read(visit.params)
    except ValueError as error:
        message = visit.messages.gettext(
            "This search cannot be read: a day is written 2026-08-31, and a query has at most %(most)s characters.",
            most=visit.messages.number(MAX_QUERY),
        )
        raise BadRequest(message) from error


async def show(visit: Visit) -> Response:
    """Answer `/`: the form, and the hits of its state; a pasted address leads to its article."""
    wanted = wanted_of(visit)
    pasted = reads.is_address(wanted.q)
    if pasted:
        found = await visit.ask(lambda conn: reads.find_address(conn, wanted.q))
        if found is not None:
            return Response.redirect(visit.address(f"/article/{found}"))
    results = await visit.ask(lambda conn: engine.answer(conn, wanted, limit=PAGE))
    return page(visit, "search.html", **context(visit, wanted, results), pasted=pasted)


def context(visit: Visit, wanted: Wanted, results: Results) -> dict[str, Any]:
    """Gather what the template shows of a state and its results."""

    def address(**changes: Any) -> str:
        return visit.address("/", wanted.but(**changes).params())

    kept = [(name, value) for name, value in wanted.params() if name not in ("q", "after")]
    follow = wanted.but(order="newest").params()
    return {
        "wanted": wanted,
        "results": results,
        "max_query": MAX_QUERY,
        "kept": kept,
        "kept_but_days": list(wanted.but(since=None, until=None).params()),
        "orders": _orders(visit, wanted, address),
        "chips": _chips(visit, wanted, results, address),
        "facets": _facets(visit, wanted, results, address),
        "bars": _bars(visit, wanted, results, address),
        "quick": _quick(visit, wanted, address),
        "as_typed": address(as_typed=True),
        "next": visit.address("/", wanted.but(after=results.next).params()) if results.next else None,
        "first": address() if wanted.after else None,
        "exports": {form: visit.address(f"/search.{form}", follow) for form in ("atom", "csv", "json")},
        "unfiltered": visit.address("/", Wanted(q=wanted.q).params()) if wanted.filtered else None,
        "nearest": _nearest(wanted, results, address),
    }


def _orders(visit: Visit, wanted: Wanted, address: Any) -> list[Option]:
    _ = visit.messages.gettext
    labels = {
        "newest": _("newest"),
        "best": _("best match"),
        "comments": _("most commented"),
        "changed": _("recently changed"),
    }
    return [Option(label, address(order=order), chosen=order == wanted.order) for order, label in labels.items()]


def state_labels(visit: Visit) -> dict[str, str]:
    """Return what the states of an article are called."""
    _ = visit.messages.gettext
    return {"edited": _("edited"), "gone": _("gone"), "comments": _("has comments")}


def facet_titles(visit: Visit) -> dict[str, str]:
    """Return what the facets are called."""
    _ = visit.messages.gettext
    return {
        "source": _("Newspaper"),
        "province": _("Province"),
        "section": _("Section"),
        "language": _("Language"),
        "year": _("Year"),
        "month": _("Month"),
        "author": _("Author"),
        "tag": _("Tag"),
        "is": _("State"),
    }


def _facets(visit: Visit, wanted: Wanted, results: Results, address: Any) -> list[tuple[str, str, list[Option]]]:
    titles = facet_titles(visit)
    made = []
    for name in FACETS:
        options = [_option(visit, wanted, name, choice, address) for choice in results.facets.get(name, ())]
        if options:
            made.append((name, titles[name], options))
    return made


def _option(visit: Visit, wanted: Wanted, name: str, choice: Choice, address: Any) -> Option:
    label, chosen = choice.label, choice.chosen
    changes: dict[str, Any]
    if name in ("year", "month"):
        period = month_period(choice.value, choice.count)
        chosen = (wanted.since, wanted.until) == (period.since, period.until)
        changes = {"since": None, "until": None} if chosen else _days(period)
        label = visit.messages.month(period.since) if name == "month" else choice.value
    elif name == "is":
        others = tuple(state for state in wanted.states if state != choice.value)
        changes = {"states": others if chosen else (*wanted.states, choice.value)}
        label = state_labels(visit)[choice.value]
    else:
        changes = {name: None if chosen else choice.value}
        label = visit.messages.language_name(choice.value) if name == "language" else label
    return Option(label, address(**changes), choice.count, chosen)


def _days(period: Period) -> dict[str, date | None]:
    return {"since": period.since, "until": period.until}


def _chips(visit: Visit, wanted: Wanted, results: Results, address: Any) -> list[Option]:
    """List what narrows the search; each leads to the search without it."""
    told = visit.messages
    titles = facet_titles(visit)
    chips = []
    for name in ("source", "province", "section", "author", "tag"):
        if value := getattr(wanted, name):
            named = (choice.label for choice in results.facets.get(name, ()) if choice.chosen)
            chips.append(Option(f"{titles[name]}: {next(named, value)}", address(**{name: None})))
    if wanted.language:
        chips.append(Option(told.language_name(wanted.language), address(language=None)))
    for state in wanted.states:
        others = tuple(other for other in wanted.states if other != state)
        chips.append(Option(state_labels(visit)[state], address(states=others)))
    if wanted.since or wanted.until:
        first = told.day(wanted.since) if wanted.since else "…"
        last = told.day(wanted.until) if wanted.until else "…"
        chips.append(Option(f"{first} – {last}", address(since=None, until=None)))
    if wanted.as_typed:
        chips.append(Option(told.gettext("only as typed"), address(as_typed=False)))
    return chips


def _bars(visit: Visit, wanted: Wanted, results: Results, address: Any) -> list[Bar]:
    top = max((period.count for period in results.periods), default=0)
    bars = []
    for place, period in enumerate(results.periods):
        height = max(1, round(period.count * BAR_HEIGHT / top)) if period.count else 0
        months = period.since.month == period.until.month
        name = visit.messages.month(period.since) if months else str(period.since.year)
        hits = visit.messages.ngettext("%(n)s article", "%(n)s articles", period.count)
        chosen = (wanted.since, wanted.until) == (period.since, period.until)
        x = place * (BAR_WIDTH + BAR_GAP)
        bars.append(Bar(x, BAR_HEIGHT - height, height, f"{name}: {hits}", address(**_days(period)), chosen))
    return bars


def _quick(visit: Visit, wanted: Wanted, address: Any) -> list[Option]:
    """List ranges of days that are often wanted, counted from today in Vietnam."""
    _ = visit.messages.gettext
    today = datetime.now(UTC).astimezone(PAPER_ZONE).date()
    starts = {
        _("today"): today,
        _("7 days"): today - timedelta(days=6),
        _("30 days"): today - timedelta(days=29),
        _("this year"): today.replace(month=1, day=1),
    }
    made = [
        Option(label, address(since=since, until=None), chosen=(wanted.since, wanted.until) == (since, None))
        for label, since in starts.items()
    ]
    return [*made, Option(_("any time"), address(since=None, until=None), chosen=not (wanted.since or wanted.until))]


def _nearest(wanted: Wanted, results: Results, address: Any) -> list[Option]:
    """Offer the query again with each misspelt word in its near spelling."""
    if results.help is None:
        return []
    made = []
    for typed, near in results.help.spellings:
        words = [near if word.lower() == typed else word for word in wanted.q.split()]
        made.append(Option(" ".join(words), address(q=" ".join(words))))
    return made
