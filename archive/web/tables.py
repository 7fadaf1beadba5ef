"""Datasette's own table pages: `_search` and `_search_<column>` of `articles`, folded, with snippets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import BadRequest
from markupsafe import Markup

from archive import search
from archive.schema import SEARCHED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SNIPPET_COLUMN = {
    "name": "snippet",
    "sortable": False,
    "is_pk": False,
    "type": "text",
    "notnull": 0,
    "description": "where the article matches",
}

WHERE = "search_key in (select rowid from articles_fts where articles_fts match :search)"
NOWHERE = "0"


def _is_stock_search(filter_: Any) -> bool:
    # Datasette registers its search beside two other filters of one module: the name tells them apart.
    return bool(getattr(filter_, "__qualname__", "").startswith("search_filters."))


def archive_filters(filters: list[Any], request: Any, db: Any, table: str) -> list[Any]:
    """Put the archive's search in the place of Datasette's where `table` is an archive's `articles`.

    Datasette escapes a query for FTS5 but does not fold it, and joins on rowid where the archive has
    search_key. Raises ValueError when this Datasette has no search filter to replace.
    """
    if table != "articles":
        return filters
    (stock,) = filter(_is_stock_search, filters)

    async def searched() -> Any:
        if await _is_archive(db):
            return _search(request, db)
        return await stock()

    return [searched if filter_ is stock else filter_ for filter_ in filters]


async def _is_archive(db: Any) -> bool:
    indexed = set(await db.table_columns("articles_fts"))
    return indexed.issuperset(SEARCHED) and "search_key" in await db.table_columns("articles")


def _typed(request: Any) -> dict[str | None, str]:
    """Read what was typed, by column; None is the search of all columns. An empty box searches nothing."""
    typed: dict[str | None, str] = {}
    for key in request.args:
        column = key.removeprefix("_search_") if key.startswith("_search_") else None
        if column is None and key != "_search":
            continue
        if column is not None and column not in SEARCHED:
            raise BadRequest(f"Cannot search by that column: choose {', '.join(SEARCHED)}")
        if request.args[key].strip():
            typed[column] = request.args[key]
    return typed


def _search(request: Any, db: Any) -> Any:
    from datasette.filters import FilterArguments  # it imports the plugins, this one among them

    typed = _typed(request)
    context: dict[str, Any] = {"supports_search": True}
    if not typed:
        return FilterArguments([], extra_context=context)
    context["search"] = typed.get(None) or next(iter(typed.values()))
    described = [f'search {f"column {column!r} " if column else ""}matches "{text}"' for column, text in typed.items()]
    expressions = [search.match(text, column) for column, text in typed.items()]
    known = [f"({expression})" for expression in expressions if expression]
    if len(known) < len(expressions):
        return FilterArguments([NOWHERE], {}, described, context)
    expression = " AND ".join(known)
    context["with_snippets"] = _with_snippets(db, expression)
    return FilterArguments([WHERE], {"search": expression}, described, context)


def _with_snippets(db: Any, expression: str) -> Callable[[list[Any], list[Any]], Awaitable[Any]]:
    """Make what the template calls: the columns and rows of a page with a column `snippet`, titles marked."""

    async def with_snippets(columns: list[Any], rows: list[Any]) -> tuple[list[Any], list[Any]]:
        ids = [int(row["id"]) for row in rows]
        found = await db.execute_fn(lambda conn: search.passages(conn, expression, ids))
        hits = {hit.id: hit for hit in found}
        for id_, row in zip(ids, rows, strict=True):
            hit = hits.get(id_)
            shown = Markup(search.marked_html(hit.snippet)) if hit else ""  # noqa: S704 — escaped by search
            for cell in row.cells:
                if hit and cell["column"] == "title":
                    cell["value"] = Markup(search.marked_html(hit.title_marked))  # noqa: S704 — the same
            row.cells.insert(1, {"column": "snippet", "value_type": "str", "raw": None, "value": shown})
        return [*columns[:1], SNIPPET_COLUMN, *columns[1:]], rows

    return with_snippets
