"""One article: as it stands, as it stood, its history, any two of its revisions, and the captured bytes."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound, Response

from archive import reads, warc_reader
from archive.diff import compare
from archive.schema import ArchiveError
from archive.web.pages import page
from archive.web.security import INERT

if TYPE_CHECKING:
    import sqlite3

    from archive.diff import Difference
    from archive.grades import Grade
    from archive.reads import ArticleRow, RevisionRow
    from archive.web.visit import Visit

NUMBER = re.compile("[0-9]{1,9}")
MOST_GRADED = 60
"""Revisions whose difference to the one before is worked out for the list of one article."""


def _number(visit: Visit, name: str) -> int:
    return int(visit.request.url_vars[name])


async def _article(visit: Visit) -> ArticleRow:
    """Return the article of the address. Raises NotFound."""
    id_ = _number(visit, "id")
    found = await visit.ask(lambda conn: reads.article(conn, id_))
    if found is None:
        raise NotFound(visit.messages.gettext("There is no article with this number."))
    return found


def _tombstone(visit: Visit, article: ArticleRow) -> Response:
    return page(visit, "withdrawn.html", status=410, article=article)


async def show(visit: Visit) -> Response:
    """Answer `/article/<id>`: the latest reading, with all that is known about it."""
    article = await _article(visit)
    if article.withdrawn_at:
        return _tombstone(visit, article)
    return await _reading(visit, article, None)


async def revision(visit: Visit) -> Response:
    """Answer `/article/<id>/revision/<number>`: what the article said then."""
    article = await _article(visit)
    if article.withdrawn_at:
        return _tombstone(visit, article)
    return await _reading(visit, article, _number(visit, "number"))


async def _reading(visit: Visit, article: ArticleRow, number: int | None) -> Response:
    def known(conn: sqlite3.Connection) -> dict[str, Any]:
        text = reads.text_of(conn, article.id, number) if number is not None else article
        declared = reads.find_address(conn, article.source_url) if article.source_url else None
        return {
            "text": text,
            "revisions": reads.revisions(conn, article.id),
            "comments": reads.comment_counts(conn, article.id),
            "declared": reads.linked(conn, declared),
            "copies": reads.copies(conn, article.id),
        }

    values = await visit.ask(known)
    if values["text"] is None:
        raise NotFound(visit.messages.gettext("This article has no revision with this number."))
    rows: list[RevisionRow] = values["revisions"]
    shown = next((row for row in rows if number in (None, row.number)), None)
    images = visit.param("images") == "1"
    path = f"/article/{article.id}" + (f"/revision/{number}" if number else "")
    return page(
        visit,
        "article.html",
        images=images,
        article=article,
        shown=shown,
        number_shown=number,
        newest=rows[0].number if rows else None,
        with_images=images,
        page_address=visit.absolute(path),
        original=(shown and shown.url) or article.url,
        **values,
    )


async def history(visit: Visit) -> Response:
    """Answer `/article/<id>/history`: every revision, graded against the one before."""
    article = await _article(visit)
    if article.withdrawn_at:
        return _tombstone(visit, article)
    rows = await visit.ask(lambda conn: reads.revisions(conn, article.id))
    grades = await visit.ask(lambda conn: _grades(conn, article.id, rows))
    chosen = [visit.param(name) or "" for name in ("old", "new")]
    if all(NUMBER.fullmatch(text) for text in chosen):
        old, new = sorted(map(int, chosen))
        return Response.redirect(visit.address(f"/article/{article.id}/compare/{old}/{new}"))
    return page(visit, "history.html", article=article, revisions=rows, grades=grades)


def _grades(conn: sqlite3.Connection, id_: int, rows: list[RevisionRow]) -> dict[int, tuple[Grade, ...]]:
    grades = {}
    for row in rows[:MOST_GRADED]:
        difference = _difference(conn, id_, row.number - 1, row)
        if difference is not None:
            grades[row.number] = difference.grades
    return grades


def _difference(conn: sqlite3.Connection, id_: int, old: int, new: RevisionRow) -> Difference | None:
    before, after = reads.text_of(conn, id_, old), reads.text_of(conn, id_, new.number)
    if before is None or after is None:
        return None
    return compare(before, after, ours=new.kind == "reader" and old == new.number - 1)


async def difference(visit: Visit) -> Response:
    """Answer `/article/<id>/compare/<old>/<new>`: what differs, side by side or (`view=inline`) in one text."""
    article = await _article(visit)
    if article.withdrawn_at:
        return _tombstone(visit, article)
    old, new = sorted((_number(visit, "old"), _number(visit, "new")))
    rows = {row.number: row for row in await visit.ask(lambda conn: reads.revisions(conn, article.id))}
    if old not in rows or new not in rows:
        raise NotFound(visit.messages.gettext("This article has no revision with this number."))
    found = await visit.ask(lambda conn: _difference(conn, article.id, old, rows[new]))
    return page(
        visit,
        "compare.html",
        article=article,
        old=rows[old],
        new=rows[new],
        newest=max(rows),
        difference=found,
        inline=visit.param("view") == "inline",
    )


async def capture(visit: Visit) -> Response:
    """Answer `/capture/<id>`: the bytes as they were received, as a file that no browser shows or runs."""
    id_ = _number(visit, "id")
    found = await visit.ask(lambda conn: reads.capture(conn, id_))
    if found is None:
        raise NotFound(visit.messages.gettext("There is no capture with this number."))
    if found.withdrawn:
        title, message = withdrawn_capture(visit)
        return page(visit, "fault.html", status=410, title=title, message=message)
    try:
        record = await asyncio.to_thread(warc_reader.read, visit.data, found.file, found.offset)
    except (OSError, ArchiveError) as error:
        message = visit.messages.gettext("The bytes of this capture are not on this server.")
        raise NotFound(message) from error
    headers = {
        "Content-Disposition": f'attachment; filename="capture-{id_}.bin"',
        "Content-Security-Policy": INERT,
        "X-Capture-Time": found.fetched_at,
    }
    return visit.answer(record.body, "application/octet-stream", headers=headers)


def withdrawn_capture(visit: Visit) -> tuple[str, str]:
    """Return title and message of what stands in place of bytes that were withdrawn."""
    _ = visit.messages.gettext
    return _("Withdrawn"), _("This article was withdrawn from the archive, and its bytes with it.")
