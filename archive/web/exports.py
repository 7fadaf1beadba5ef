"""The hits of a search as CSV, JSON and Atom."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from archive import engine
from archive.feeds import Entry, Feed, write
from archive.results import read
from archive.search import plain
from archive.web.pages import marked
from archive.web.sheets import Writer

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from archive.results import Hit, Wanted
    from archive.web.visit import Visit

LIMITS = {"csv": 1_000, "json": 100, "atom": 50}
PATIENCE = 5
"""Times the server's time limit: a thousand texts are compared, which on a busy machine takes more than one."""
COLUMNS = ("title", "url", "source", "section", "language", "published_at", "first_seen", "last_changed")


async def show(visit: Visit) -> Response:
    """Answer `/search.csv`, `.json` and `.atom`: the first 1,000, 100 or 50 hits of this state; a feed goes by time.

    Raises UnusableError on a value that a search cannot have.
    """
    form = visit.request.url_vars["form"]
    wanted = read(visit.params)
    feed = form == "atom"
    wanted = wanted.but(order="newest") if feed else wanted
    limit = LIMITS[form]
    results = await visit.ask(
        lambda conn: engine.answer(conn, wanted, limit=limit, facets=False, by_time=feed), times=PATIENCE
    )
    if feed:
        return visit.answer(search_feed(visit, wanted, results.hits), "application/atom+xml; charset=utf-8")
    if form == "csv":
        return csv_answer(visit, results.hits)
    told: dict[str, Any] = {"total": results.total, "total_is": results.total_is, "partial": results.partial}
    following = wanted.but(after=results.next).params()
    told["next"] = visit.absolute("/search.json", following) if results.next else None
    told["hits"] = [_record(visit, hit) for hit in results.hits]
    return visit.answer(json.dumps(told, ensure_ascii=False, indent=1), "application/json; charset=utf-8")


def _record(visit: Visit, hit: Hit) -> dict[str, Any]:
    return {
        **{name: getattr(hit, name) for name in COLUMNS},
        "comment_count": hit.comment_count,
        "edits": hit.edits,
        "gone_at": hit.gone_at,
        "snippet": plain(hit.snippet),
        "page": visit.absolute(f"/article/{hit.id}"),
    }


def csv_answer(visit: Visit, hits: tuple[Hit, ...]) -> Response:
    """Write the hits as CSV (RFC 4180), with the mark by which spreadsheets know UTF-8."""
    records = [_record(visit, hit) for hit in hits]
    out = io.StringIO()
    writer = Writer(out)
    writer.writerow((*COLUMNS, "comment_count", "edits", "gone_at", "snippet", "page"))
    for record in records:
        writer.writerow(record.values())
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
