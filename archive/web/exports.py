"""The hits of a search as CSV, JSON and Atom."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from archive import engine
from archive.feeds import Entry, Feed, write
from archive.search import plain
from archive.web.pages import marked
from archive.web.search_page import wanted_of

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from archive.results import Hit, Wanted
    from archive.web.visit import Visit

LIMITS = {"csv": 1_000, "json": 100, "atom": 50}
COLUMNS = ("title", "url", "source", "section", "language", "published_at", "first_seen", "last_changed")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for a formula at the beginning of a cell (OWASP, CSV injection)."""


async def show(visit: Visit) -> Response:
    """Answer `/search.csv`, `.json` and `.atom`: the newest 1,000, 100 or 50 hits of this state."""
    form = visit.request.url_vars["form"]
    wanted = wanted_of(visit)
    results = await visit.ask(lambda conn: engine.answer(conn, wanted, limit=LIMITS[form], facets=False))
    if form == "csv":
        return csv_answer(visit, results.hits)
    if form == "json":
        told: dict[str, Any] = {"total": results.total, "total_is": results.total_is, "partial": results.partial}
        told["hits"] = [_record(visit, hit) for hit in results.hits]
        return visit.answer(json.dumps(told, ensure_ascii=False, indent=1), "application/json; charset=utf-8")
    return visit.answer(search_feed(visit, wanted, results.hits), "application/atom+xml; charset=utf-8")


def _record(visit: Visit, hit: Hit) -> dict[str, Any]:
    return {
        **{name: getattr(hit, name) for name in COLUMNS},
        "comment_count": hit.comment_count,
        "edits": hit.edits,
        "gone_at": hit.gone_at,
        "snippet": plain(hit.snippet),
        "page": visit.absolute(f"/article/{hit.id}"),
    }


def neutral(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula: a leading apostrophe where it might."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def csv_answer(visit: Visit, hits: tuple[Hit, ...]) -> Response:
    """Write the hits as CSV (RFC 4180), with the mark by which spreadsheets know UTF-8."""
    records = [_record(visit, hit) for hit in hits]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*COLUMNS, "comment_count", "edits", "gone_at", "snippet", "page"))
    writer.writerows([neutral(value) for value in record.values()] for record in records)
    headers = {"Content-Disposition": 'attachment; filename="baotinh-search.csv"'}
    body = out.getvalue().encode("utf-8-sig", "replace")
    return visit.answer(body, "text/csv; charset=utf-8; header=present", headers=headers)


def search_feed(visit: Visit, wanted: Wanted, hits: tuple[Hit, ...]) -> bytes:
    """Write the feed of a search: an article is one entry, whatever it is called later."""
    entries = tuple(
        Entry(
            id=hit.url,
            title=hit.title,
            link=visit.absolute(f"/article/{hit.id}"),
            updated=hit.first_seen,
            published=hit.published_at,
            author=hit.source_title,
            categories=(hit.section,) if hit.section else (),
            html=f"<p>{marked(hit.snippet)}</p>",
            language=hit.language,
        )
        for hit in hits
    )
    title = visit.messages.gettext("Search: %(query)s", query=wanted.q) if wanted.q else None
    feed = Feed(
        title=title or visit.messages.gettext("Newest articles"),
        address=visit.absolute("/search.atom", wanted.params()),
        page=visit.absolute("/", wanted.params()),
        entries=entries,
        language=visit.messages.language,
    )
    return write(feed)
