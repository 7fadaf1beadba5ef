"""One request for a page of the newsroom: its parameters, its language, the archive behind it, its answer."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlencode

from datasette.utils.asgi import BadRequest, NotFound, Response

from archive.results import MAX_VALUE, UnusableError
from archive.web.limits import time_limit
from archive.web.messages import LANGUAGES, Messages, choose, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
MOST_PARAMETERS = 60
MOST_LETTERS = 12_000


class TooSlowError(Exception):
    """A question to the archive took longer than this server gives to one."""


def archive_database(datasette: Any) -> Any:
    """Return the database that holds the archive: the one of that name, else the first file. Raises NotFound."""
    files = [db for db in datasette.databases.values() if db.path]
    named = [db for db in files if db.name == "archive"]
    if not files:
        raise NotFound("This server holds no archive")
    return (named or files)[0]


@dataclass(frozen=True)
class Visit:
    """What a view needs: `datasette` and `request` are Datasette's own."""

    datasette: Any
    request: Any

    @cached_property
    def params(self) -> dict[str, list[str]]:
        """Return the parameters of the address. Raises BadRequest when they are too many or too long."""
        query = self.request.query_string
        if len(query) > MOST_LETTERS:
            raise BadRequest(self.messages.gettext("This address is too long."))
        try:
            return parse_qs(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
        except ValueError as error:
            raise BadRequest(self.messages.gettext("This address has too many parameters.")) from error

    def param(self, name: str) -> str | None:
        """Return the first value of a parameter, None when it is missing or empty."""
        return (self.params.get(name) or [""])[0] or None

    def value(self, name: str) -> str | None:
        """Return the value of a filter, None when it is missing. Raises UnusableError on two, or a long one."""
        values = {value.replace("\x00", "") for value in self.params.get(name, ())} - {""}
        if len(values) > 1 or any(len(value) > MAX_VALUE for value in values):
            raise UnusableError(name, " ".join(sorted(values)))
        return next(iter(values), None)

    def one_of(self, name: str, *choices: str) -> str | None:
        """Return the value of a parameter that knows these only, None when it is missing. Raises UnusableError."""
        value = self.value(name)
        if value is not None and value not in choices:
            raise UnusableError(name, value, choices)
        return value

    @cached_property
    def asked_language(self) -> str | None:
        """Return the language that the address asks for, which then stays on every link of the page."""
        query = parse_qs(self.request.query_string[:MOST_LETTERS])
        asked = query.get("lang", [""])[0]
        return asked if asked in LANGUAGES else None

    @cached_property
    def messages(self) -> Messages:
        """Return the messages in this reader's language."""
        return messages(choose(self.asked_language, self.request.headers.get("accept-language", "")))

    async def ask(self, read: Callable[[sqlite3.Connection], T], *, times: int = 1) -> T:
        """Read from the archive in a thread, read-only, within `times` the server's time limit for SQL.

        Raises TooSlowError beyond it, sqlite3.Error when the archive cannot be read.
        """
        limit = times * self.datasette.sql_time_limit_ms

        def within(conn: sqlite3.Connection) -> T:
            with time_limit(conn, limit):
                return read(conn)

        try:
            answer: T = await self.database.execute_fn(within)
        except sqlite3.OperationalError as error:
            if error.args == ("interrupted",):
                raise TooSlowError from error
            raise
        return answer

    @property
    def database(self) -> Any:
        """Return Datasette's own view of the archive's database."""
        return archive_database(self.datasette)

    @property
    def data(self) -> Path:
        """Return the data folder, which holds the WARC files beside the database."""
        return Path(self.database.path).resolve().parent

    def address(self, path: str, params: Iterable[tuple[str, str]] = ()) -> str:
        """Return the address of a page on this server, in the language that was asked for."""
        pairs = [(name, value) for name, value in params if name != "lang"]
        if self.asked_language:
            pairs.append(("lang", self.asked_language))
        query = urlencode(pairs)
        return f"{self.datasette.urls.path(path)}{'?' if query else ''}{query}"

    def absolute(self, path: str, params: Iterable[tuple[str, str]] = ()) -> str:
        """Return the same with scheme and host, for feeds and citations."""
        return str(self.datasette.absolute_url(self.request, self.address(path, params)))

    def switched(self, language: str) -> str:
        """Return the address of this very page in another language."""
        path, pairs = self._this()
        return f"{self.datasette.urls.path(path)}?{urlencode([*pairs, ('lang', language)])}"

    @property
    def here(self) -> str:
        """Return the address of this very page with scheme and host, for paper."""
        return self.absolute(*self._this())

    def _this(self) -> tuple[str, list[tuple[str, str]]]:
        try:
            known = self.params
        except BadRequest:  # the page that says so has its languages all the same
            known = {}
        pairs = [(name, value) for name, values in known.items() for value in values if name != "lang"]
        return self.request.scope.get("route_path") or self.request.path, pairs

    def answer(self, body: bytes | str, content_type: str, *, headers: dict[str, str] | None = None) -> Response:
        """Answer with an ETag; a reader who holds the same bytes gets 304 (RFC 9110, 13.1.2)."""
        content = body.encode("utf-8", "replace") if isinstance(body, str) else body
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        sent = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Language", **(headers or {})}
        if etag in self.request.headers.get("if-none-match", ""):
            return Response(b"", status=304, headers=sent, content_type=content_type)
        return Response(content, headers=sent, content_type=content_type)
