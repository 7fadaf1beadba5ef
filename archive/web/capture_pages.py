"""One capture: what was received and when, its text to read, and its bytes as a file; nothing of it ever runs."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datasette.utils.asgi import NotFound
from datasette.views.base import DatasetteError
from w3lib.encoding import html_to_unicode

from archive import reads, warc_reader
from archive.encodings import UndecodableError, decoded
from archive.schema import ArchiveError
from archive.times import moment
from archive.warc_form import header
from archive.web.pages import page
from archive.web.security import INERT

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from archive.reads import CaptureRow
    from archive.warc_reader import Record
    from archive.web.visit import Visit

READABLE = re.compile(r"(?:text/|application/(?:[\w.-]+\+)?(?:json|xml|javascript|ecmascript)\b)", re.IGNORECASE)
ENDINGS = {"text/html": ".html", "application/xhtml+xml": ".html", "text/xml": ".xml", "application/xml": ".xml"}
CODINGS = {"gzip": ".gz", "x-gzip": ".gz", "br": ".br", "zstd": ".zst", "deflate": ".zz"}
NO_NAME = re.compile("[^A-Za-z0-9.-]+")


async def show(visit: Visit) -> Response:
    """Answer `/capture/<id>`: address, time, headers and digest of what was received."""
    found = await _row(visit)
    record = await _record(visit, found)
    article = await visit.ask(lambda conn: reads.linked(conn, reads.find_address(conn, found.url)))
    kind = header((*found.headers, *(record.headers if record else ())), "content-type")
    return page(visit, "capture.html", capture=found, record=record, article=article, readable=_readable(kind))


async def text(visit: Visit) -> Response:
    """Answer `/capture/<id>/text`: the body decoded, as plain text that no browser takes for a page."""
    found = await _row(visit)
    record = await _kept(visit, found)
    kind = header(record.headers, "content-type")
    if not _readable(kind):
        raise NotFound(visit.messages.gettext("This capture is no text. Its bytes can be downloaded."))
    try:
        body = await asyncio.to_thread(decoded, record.headers, record.body)
    except UndecodableError as error:
        message = visit.messages.gettext("This capture cannot be decoded. Its bytes can be downloaded.")
        raise NotFound(message) from error
    read = (await asyncio.to_thread(html_to_unicode, kind, body))[1]
    return visit.answer(read, "text/plain; charset=utf-8", headers={"Content-Security-Policy": INERT})


async def as_received(visit: Visit) -> Response:
    """Answer `/capture/<id>/bytes`: the body as it came, still encoded, as a file with a name that tells."""
    found = await _row(visit)
    record = await _kept(visit, found)
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(found, record)}"',
        "Content-Security-Policy": INERT,
        "X-Capture-Time": found.fetched_at,
    }
    return visit.answer(record.body, "application/octet-stream", headers=headers)


def file_name(capture: CaptureRow, record: Record) -> str:
    """Name a file after host, time (UTC), capture and kind: baolamdong.vn-20260812T014000Z-7.html.gz."""
    try:
        host = urlsplit(capture.url).hostname or ""
        time = f"{moment(capture.fetched_at).astimezone(UTC):%Y%m%dT%H%M%SZ}"
    except (ValueError, OverflowError):
        host = time = ""
    kind = (header(record.headers, "content-type") or "").partition(";")[0].strip().lower()
    codings = (header(record.headers, "content-encoding") or "").lower().split(",")
    ending = ENDINGS.get(kind) or mimetypes.guess_extension(kind) or ".bin"
    packed = "".join(CODINGS.get(coding.strip(), "") for coding in codings)
    named = (NO_NAME.sub("-", part).strip(".-")[:80] for part in (host, time, str(capture.id)))
    return "-".join(part for part in named if part) + ending + packed


def _readable(kind: str | None) -> bool:
    return kind is None or READABLE.match(kind.strip()) is not None


async def _row(visit: Visit) -> CaptureRow:
    """Return the capture of the address. Raises NotFound; DatasetteError (410) where it was withdrawn."""
    id_ = int(visit.request.url_vars["id"])
    found = await visit.ask(lambda conn: reads.capture(conn, id_))
    _ = visit.messages.gettext
    if found is None:
        raise NotFound(_("There is no capture with this number."))
    if found.withdrawn:
        message = _("This article was withdrawn from the archive, and its bytes with it.")
        raise DatasetteError(message, title=_("Withdrawn"), status=410)
    return found


async def _record(visit: Visit, found: CaptureRow) -> Record | None:
    """Read the record that holds the bytes, None where it is not on this server, damaged or too large."""
    try:
        record = await asyncio.to_thread(warc_reader.read, visit.data, found.file, found.offset)
    except (OSError, ArchiveError):
        return None
    return None if record.truncated else record


async def _kept(visit: Visit, found: CaptureRow) -> Record:
    record = await _record(visit, found)
    if record is None:
        raise NotFound(visit.messages.gettext("The bytes of this capture are not on this server."))
    return record
