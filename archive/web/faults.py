"""What a reader sees when something is wrong: one plain page in the reader's language, or JSON."""

from __future__ import annotations

import logging
import sqlite3
from http import HTTPStatus
from typing import Any

from datasette.utils.asgi import Base400, Forbidden, Response
from datasette.views.base import DatasetteError

from archive.web.pages import page
from archive.web.visit import TooSlowError, Visit

log = logging.getLogger(__name__)


def describe(visit: Visit, fault: Exception) -> tuple[int, str, str]:
    """Return status, title and message; what is our own fault tells no more than that it was logged."""
    _ = visit.messages.gettext
    if isinstance(fault, TooSlowError):
        return 503, _("Too slow"), _("This took longer than the server allows. Narrow it down, or try again.")
    if isinstance(fault, Forbidden):
        return 403, _("Not allowed"), _("You need to sign in to read this archive.")
    if isinstance(fault, (DatasetteError, Base400)):
        return _refused(visit, fault)
    log.error("%s failed", visit.request.path, exc_info=fault)
    if isinstance(fault, sqlite3.Error):
        return 503, _("The archive cannot be read"), _("The archive cannot be read just now. Try again later.")
    return 500, _("Something went wrong"), _("The fault is ours. It was noted down.")


def _refused(visit: Visit, fault: DatasetteError | Base400) -> tuple[int, str, str]:
    """Describe what was asked for wrongly, by us or by Datasette; its bare "404" gets a sentence."""
    _ = visit.messages.gettext
    said = str(fault.message if isinstance(fault, DatasetteError) else (fault.args or ("",))[0])
    if fault.status == HTTPStatus.NOT_FOUND:
        return 404, _("Not found"), said if said not in ("", "404") else _("There is no page at this address.")
    title = fault.title if isinstance(fault, DatasetteError) else None
    return fault.status, title or _("This does not work"), said


def answer(datasette: Any, request: Any, fault: Exception) -> Response:
    """Answer with the fault as a page, or as JSON where the address asks for it."""
    visit = Visit(datasette, request)
    status, title, message = describe(visit, fault)
    if request.path.endswith(".json"):
        told = {"ok": False, "error": message, "status": status, "title": title}
        return Response.json(told, status=status)
    return page(visit, "fault.html", status=status, title=title, message=message)
