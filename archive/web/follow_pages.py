"""What changed, what vanished, and the newspapers; the first two as Atom feeds as well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datasette.utils.asgi import BadRequest
from markupsafe import Markup

from archive import follow
from archive.feeds import Entry, Feed, write
from archive.grades import GRADES
from archive.papers import papers
from archive.web.marks import shown
from archive.web.pages import page

if TYPE_CHECKING:
    import sqlite3

    from datasette.utils.asgi import Response

    from archive.follow import Change, Changes, Mark, SourceRow, Vanished
    from archive.papers import Paper
    from archive.web.visit import Visit

MARK = re.compile("([0-9T:.+-]{1,40})~([0-9]{1,18})")
ATOM = "application/atom+xml; charset=utf-8"


def _before(visit: Visit) -> Mark | None:
    """Read where the page before ended, written <time>~<id>. Raises BadRequest on anything else."""
    text = visit.param("before")
    if text is None:
        return None
    mark = MARK.fullmatch(text)
    if mark is None:
        raise BadRequest(visit.messages.gettext("This address does not lead to a page of the list."))
    return mark[1], int(mark[2])


def _filters(visit: Visit, name: str, *choices: str) -> list[tuple[str, str]]:
    """Read the filters of a list: its newspaper, and one of some choices. Raises UnusableError."""
    pairs = (("source", visit.value("source")), (name, visit.one_of(name, *choices)))
    return [(name, value) for name, value in pairs if value]


def _unknown(pairs: list[tuple[str, str]], sources: list[Paper]) -> str | None:
    """Return the newspaper that was asked for where the archive has none of this name."""
    asked = dict(pairs).get("source")
    return asked if asked and all(source.name != asked for source in sources) else None


def _next(visit: Visit, path: str, pairs: list[tuple[str, str]], mark: Mark | None) -> str | None:
    return None if mark is None else visit.address(path, [*pairs, ("before", f"{mark[0]}~{mark[1]}")])


async def changes(visit: Visit) -> Response:
    """Answer `/changes`: the newest edits, of all newspapers or one, of all grades or one."""
    pairs = _filters(visit, "grade", *GRADES)
    found, sources = await visit.ask(lambda conn: (_changes(visit, pairs, conn), papers(conn)))
    return page(
        visit,
        "changes.html",
        found=found,
        sources=sources,
        chosen={"source": None, "grade": None, "state": None, **dict(pairs)},
        unknown=_unknown(pairs, sources),
        next=_next(visit, "/changes", pairs, found.next),
        feed=visit.address("/changes.atom", pairs),
    )


def _changes(visit: Visit, pairs: list[tuple[str, str]], conn: sqlite3.Connection) -> Changes:
    chosen = dict(pairs)
    grade = follow.known_grade(chosen.get("grade", ""))
    return follow.changes(conn, source=chosen.get("source"), grade=grade, before=_before(visit))


async def changes_feed(visit: Visit) -> Response:
    """Answer `/changes.atom`: the same edits; each difference is one entry."""
    pairs = _filters(visit, "grade", *GRADES)
    found = await visit.ask(lambda conn: _changes(visit, pairs, conn))
    feed = Feed(
        title=visit.messages.gettext("What changed"),
        address=visit.absolute("/changes.atom", pairs),
        page=visit.absolute("/changes", pairs),
        entries=tuple(_change_entry(visit, change) for change in found.changes),
        language=visit.messages.language,
    )
    return visit.answer(write(feed), ATOM)


def _change_entry(visit: Visit, change: Change) -> Entry:
    title = "".join(piece.text for piece in change.title.after)
    return Entry(
        id=f"{change.url}#revision-{change.number}",
        title=title,
        link=visit.absolute(f"/article/{change.article_id}/compare/{change.number - 1}/{change.number}"),
        updated=change.seen_at,
        author=change.source_title,
        categories=change.grades,
        html=f"<h3>{shown(change.title.pieces)}</h3><p>{shown(change.excerpt)}</p>",
        language=change.language,
    )


async def vanished(visit: Visit) -> Response:
    """Answer `/vanished`: what newspapers no longer show; with `state=missing` what may yet come back."""
    pairs = _filters(visit, "state", "gone", "missing")
    (found, mark), sources = await visit.ask(lambda conn: (_vanished(visit, pairs, conn), papers(conn)))
    return page(
        visit,
        "vanished.html",
        found=found,
        sources=sources,
        chosen={"source": None, "grade": None, "state": None, **dict(pairs)},
        unknown=_unknown(pairs, sources),
        next=_next(visit, "/vanished", pairs, mark),
        feed=visit.address("/vanished.atom", pairs),
    )


def _vanished(
    visit: Visit, pairs: list[tuple[str, str]], conn: sqlite3.Connection
) -> tuple[list[Vanished], Mark | None]:
    chosen = dict(pairs)
    missing = chosen.get("state") == "missing"
    return follow.vanished(conn, source=chosen.get("source"), missing=missing, before=_before(visit))


async def vanished_feed(visit: Visit) -> Response:
    """Answer `/vanished.atom`: each time that an article vanished is one entry."""
    pairs = _filters(visit, "state", "gone", "missing")
    found, _ = await visit.ask(lambda conn: _vanished(visit, pairs, conn))
    feed = Feed(
        title=visit.messages.gettext("What vanished"),
        address=visit.absolute("/vanished.atom", pairs),
        page=visit.absolute("/vanished", pairs),
        entries=tuple(_vanished_entry(visit, one) for one in found),
        language=visit.messages.language,
    )
    return visit.answer(write(feed), ATOM)


def _vanished_entry(visit: Visit, one: Vanished) -> Entry:
    return Entry(
        id=f"{one.url}#gone-{one.since}",
        title=one.title,
        link=visit.absolute(f"/article/{one.id}"),
        updated=one.since,
        published=one.published_at,
        author=one.source_title,
        categories=(one.section,) if one.section else (),
        html=Markup("<p>{}</p>").format(one.lead or ""),
        language=one.language,
    )


async def sources(visit: Visit) -> Response:
    """Answer `/sources`: every newspaper of the archive."""
    found: list[SourceRow] = await visit.ask(follow.sources)
    return page(visit, "sources.html", sources=found, counted=follow.COUNTED)
