"""The search page: one state of the search → what its template shows, every choice an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasette.utils.asgi import Response

from archive import engine, reads
from archive.papers import papers
from archive.pasted import addresses, is_address, own_page, slug
from archive.results import MAX_QUERY, Choice, Period, Results, Wanted, month_period, read
from archive.times import PAPER_ZONE
from archive.web.pages import page
from archive.web.search_reading import Reading, nearest, scattered

if TYPE_CHECKING:
    import sqlite3

    from archive.web.visit import Visit

PAGE = 20
IN_PATHS = "/?=&%:;,+@!$'()*"
"""What may stand in the path and the query of an address beside letters and digits (RFC 3986, 3.3 and 3.4)."""
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


async def show(visit: Visit) -> Response:
    """Answer `/`: the form, and the hits of its state; a pasted address leads to its article. Raises UnusableError."""
    wanted = read(visit.params)
    own = own_page(wanted.q, visit.request.host or "", visit.datasette.urls.path("/"))
    if own is not None:
        return Response.redirect(visit.datasette.urls.path(quote(own, safe=IN_PATHS)))
    candidates = addresses(wanted.q)
    found = await visit.ask(lambda conn: _article_of(conn, candidates)) if candidates else None
    if found is not None:
        return Response.redirect(visit.address(f"/article/{found}"))
    pasted = is_address(wanted.q) or (bool(candidates) and "://" in wanted.q)
    results = Results(hits=(), total=0, facets={}) if pasted else await answered(visit, wanted)
    reading = Reading(visit, wanted, results, await visit.ask(papers))
    values = context(visit, wanted, results) | explained(reading)
    return page(visit, "search.html", **values, pasted=pasted, slug=_slug(visit, wanted) if pasted else None)


async def answered(visit: Visit, wanted: Wanted) -> Results:
    """Ask the engine for a page of hits. Raises UnusableError when the address is of a page of another search."""
    return await visit.ask(lambda conn: engine.answer(conn, wanted, limit=PAGE))


def _article_of(conn: sqlite3.Connection, candidates: list[str]) -> int | None:
    found = (reads.find_address(conn, address) for address in candidates)
    return next((id_ for id_ in found if id_ is not None), None)


def _slug(visit: Visit, wanted: Wanted) -> Option | None:
    """Offer a search for the words of an address that no article is kept of."""
    words = slug(wanted.q)
    return Option(words, visit.address("/", Wanted(q=words).params())) if " " in words else None


def explained(reading: Reading) -> dict[str, Any]:
    """Gather what the template says about how the query was read, and what else to try."""
    wanted, results = reading.wanted, reading.results
    near, apart = nearest(wanted, results), scattered(wanted) if results.help else None
    return {
        "reading": reading.line(),
        "notes": reading.notes(),
        "publishers": reading.publishers(),
        "nearest": Option(near, reading.to(q=near)) if near else None,
        "apart": Option(apart, reading.to(q=apart)) if apart else None,
        "fieldless": reading.to(q=wanted.text) if wanted.typed.names and wanted.text else None,
    }


def context(visit: Visit, wanted: Wanted, results: Results) -> dict[str, Any]:
    """Gather what the template shows of a state and its results."""

    def address(**changes: Any) -> str:
        return visit.address("/", wanted.but(**changes).params())

    kept = [(name, value) for name, value in wanted.params() if name not in ("q", "after")]
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
        "next": visit.address("/", wanted.but(after=results.next).params()) if results.next else None,
        "first": address() if wanted.after else None,
        "exports": {
            "atom": visit.address("/search.atom", wanted.but(order="newest").params()),  # a feed goes by time alone
            "csv": visit.address("/search.csv", wanted.but().params()),
            "json": visit.address("/search.json", wanted.but().params()),
        },
        "unfiltered": visit.address("/", Wanted(q=wanted.q).params()) if wanted.filtered else None,
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
