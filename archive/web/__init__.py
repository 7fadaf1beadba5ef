"""The Datasette plugin: everything about the archive that readers see in a browser."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker

from archive.web import tables
from archive.web.labels import labelled
from archive.web.login import actor_from_request, permission_allowed
from archive.web.routes import (
    asgi_wrapper,
    extra_template_vars,
    forbidden,
    handle_exception,
    register_routes,
    startup,
)

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "actor_from_request",
    "asgi_wrapper",
    "extra_template_vars",
    "forbidden",
    "handle_exception",
    "permission_allowed",
    "register_routes",
    "startup",
]

hookimpl = HookimplMarker("datasette")

LONGEST_VALUE = 4 * 2**20
"""Bytes of a value in an answer at most; the longest articles have a quarter of that."""


@hookimpl(wrapper=True)
def filters_from_request(
    request: Any, database: str, table: str, datasette: Any
) -> Generator[None, list[Any], list[Any]]:
    """Let the table search of `articles` go through the archive's own query compiler."""
    filters = yield
    return tables.archive_filters(filters, request, datasette.get_database(database), table)


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Cap what one value of a reader's SQL may grow to (the time limit stops loops only), and hide the folder."""
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    conn.set_authorizer(_authorize)


def _authorize(action: int, table: str | None, column: str | None, *_: object) -> int:
    # Datasette lets readers ask for this table, and itself asks by PRAGMA, which is another action.
    # SQLite names the table in the letters of whoever asked first.
    where = action == sqlite3.SQLITE_READ and column == "file" and (table or "").lower() == "pragma_database_list"
    return sqlite3.SQLITE_DENY if where else sqlite3.SQLITE_OK


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """Give the frame of Datasette's own pages what it calls."""
    env.filters["labelled"] = labelled
