"""What a reader sees when something is wrong: one plain page in the reader's language, or JSON."""

from __future__ import annotations

import logging
import re
import sqlite3
from http import HTTPStatus
from typing import Any

from datasette.utils.asgi import Base400, Forbidden, Response
from datasette.views.base import DatasetteError

from archive.results import MAX_QUERY, MAX_VALUE, UnusableError
from archive.web.login import asks_for_passwords
from archive.web.pages import page
from archive.web.visit import TooSlowError, Visit

UNTOLD = re.compile(r"(?:404|(?:Database|Table|Row|Query) not found.*)?", re.DOTALL)
"""What Datasette says of an address that nothing answers: no words for readers."""

UNSCANNED = "table does not support scanning"
"""What FTS5 says of an index without rows of its own, the key tables of the search, when somebody lists it."""

log = logging.getLogger(__name__)


def describe(visit: Visit, fault: Exception) -> tuple[int, str, str]:
    """Return status, title and message; what is our own fault tells no more than that it was logged."""
    _ = visit.messages.gettext
    if isinstance(fault, TooSlowError):
        return 503, _("Too slow"), _("This took longer than the server allows. Narrow it down, or try again.")
    if isinstance(fault, Forbidden):
        return 403, _("Not allowed"), _("You need to sign in to read this archive.")
    if isinstance(fault, UnusableError):
        return 400, _("This does not work"), _unusable(visit, fault)
    if isinstance(fault, (DatasetteError, Base400)):
        return _refused(visit, fault)
    log.error("%s failed", visit.request.path, exc_info=fault)
    if isinstance(fault, sqlite3.Error):
        return 503, _("The archive cannot be read"), _("The archive cannot be read just now. Try again later.")
    return 500, _("Something went wrong"), _("The fault is ours. It was noted down.")


def _unusable(visit: Visit, fault: UnusableError) -> str:
    """Say which value of the address cannot be used, and what it may be."""
    told = visit.messages
    if fault.param == "after":
        return told.gettext("This is no page of this search. Begin again with its first page.")
    if fault.choices:
        return told.gettext(
            "%(name)s=%(value)s cannot be used here. It may be: %(choices)s.",
            name=fault.param, value=fault.value, choices=", ".join(fault.choices),
        )  # fmt: skip
    most = told.number(MAX_QUERY if fault.param == "q" else MAX_VALUE)
    return told.gettext("%(name)s takes one value, of at most %(most)s characters.", name=fault.param, most=most)


def _refused(visit: Visit, fault: DatasetteError | Base400) -> tuple[int, str, str]:
    """Describe what was asked for wrongly, by us or by Datasette; its bare "404" gets a sentence.

    Datasette answers 500 to what it cannot sort by, and to a failing archive: only the second is the server's fault.
    """
    _ = visit.messages.gettext
    said = str(fault.message if isinstance(fault, DatasetteError) else (fault.args or ("",))[0])
    if fault.status == HTTPStatus.NOT_FOUND:
        return 404, _("Not found"), _("There is no page at this address.") if UNTOLD.fullmatch(said) else said
    if said.endswith(UNSCANNED):
        return 400, _("This does not work"), _("This is a part of the search index: it can be searched, not read.")
    title = fault.title if isinstance(fault, DatasetteError) else None
    known = fault.status != HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(fault.__context__, sqlite3.Error)
    return fault.status if known else 400, title or _("This does not work"), said


def answer(datasette: Any, request: Any, fault: Exception) -> Response:
    """Answer with the fault as a page, or as JSON where the address asks for it."""
    visit = Visit(datasette, request)
    status, title, message = describe(visit, fault)
    signs_in = status == HTTPStatus.FORBIDDEN and asks_for_passwords(datasette)
    login = datasette.urls.path("/-/login") if signs_in else None
    if request.path.endswith(".json"):
        told = {"ok": False, "error": message, "status": status, "title": title}
        return Response.json(told, status=status)
    return page(visit, "fault.html", status=status, title=title, message=message, login=login)
