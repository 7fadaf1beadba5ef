"""One article: as it stands, as it stood, its history, and any two of its revisions."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import BadRequest, NotFound, Response

from archive import reads
from archive.diff import compare
from archive.web.pages import page

if TYPE_CHECKING:
    import sqlite3

    from archive.diff import Difference
    from archive.grades import Grade
    from archive.reads import ArticleRow, RevisionRow
    from archive.web.visit import Visit

NUMBER = re.compile("[0-9]{1,9}")
GRADING = 0.3
"""Seconds at most for the differences that grade the list of an article; the rest is graded where it is opened."""


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
            "shown": reads.revision(conn, article.id, number),
            "newest": reads.revision(conn, article.id),
            "comments": reads.comment_counts(conn, article.id),
            "declared": reads.linked(conn, declared),
            "copies": reads.copies(conn, article.id),
        }

    values = await visit.ask(known)
    if values["text"] is None:
        raise NotFound(visit.messages.gettext("This article has no revision with this number."))
    shown: RevisionRow | None = values["shown"]
    images = visit.one_of("images", "0", "1") == "1"
    path = f"/article/{article.id}" + (f"/revision/{number}" if number else "")
    return page(
        visit,
        "article.html",
        images=images,
        article=article,
        number_shown=number,
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
    chosen = [visit.param(name) or "" for name in ("old", "new")]
    if any(chosen):
        if not all(NUMBER.fullmatch(text) for text in chosen):
            raise NotFound(visit.messages.gettext("This article has no revision with this number."))
        old, new = sorted(map(int, chosen))
        return Response.redirect(visit.address(f"/article/{article.id}/compare/{old}/{new}"))
    before = visit.param("before") or "999999999"
    if not NUMBER.fullmatch(before):
        raise BadRequest(visit.messages.gettext("This address does not lead to a page of the list."))
    rows = await visit.ask(lambda conn: reads.revisions(conn, article.id, int(before)))
    newest = await visit.ask(lambda conn: reads.revision(conn, article.id))
    grades = await visit.ask(lambda conn: _grades(conn, article.id, rows))
    path, last = f"/article/{article.id}/history", rows[-1].number if rows else 1
    return page(
        visit,
        "history.html",
        article=article,
        revisions=rows,
        newest=newest,
        grades=grades,
        first=visit.address(path) if visit.param("before") else None,
        next=visit.address(path, [("before", str(last))]) if last > 1 else None,
    )


def _grades(conn: sqlite3.Connection, id_: int, rows: list[RevisionRow]) -> dict[int, tuple[Grade, ...]]:
    grades = {}
    enough = time.monotonic() + GRADING
    for row in rows:
        if time.monotonic() > enough:
            break
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
    numbers = (old, new, None)
    earlier, later, newest = await visit.ask(lambda conn: [reads.revision(conn, article.id, n) for n in numbers])
    if earlier is None or later is None:
        raise NotFound(visit.messages.gettext("This article has no revision with this number."))
    found = await visit.ask(lambda conn: _difference(conn, article.id, old, later))
    return page(
        visit,
        "compare.html",
        article=article,
        old=earlier,
        new=later,
        newest=newest.number if newest else new,
        difference=found,
        inline=visit.one_of("view", "inline") == "inline",
    )
