"""Every response goes to the run's WARC file, as received, before anything else sees it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import IgnoreRequest

from archive.schema import ArchiveError
from crawler.extensions import ledger_of
from crawler.judge import READ

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


def capture(crawler: Crawler, request: Request, response: Response) -> None:
    """Write `response` to the WARC file, and leave in meta `capture` and, for bytes as before, `same_bytes`.

    It happens in the download handler, before the slot of the host is free for another request: what a killed
    process has fetched but not captured is never more than the requests in flight. Raises IgnoreRequest, and
    stops the run, when the disk refuses the record.
    """
    ledger = ledger_of(crawler)
    if ledger.session is None:
        raise IgnoreRequest("the run is over")
    last = request.meta.get("last_capture")
    try:
        made = ledger.session.capture(
            reading=bool(request.meta.get("article")) and response.status in READ,
            url=request.url,
            fetched_from=request.meta.get("fetched_from", request.url),
            method=request.method,
            request_headers=pairs(request),
            status=response.status,
            reason=reason_phrase(response.status),
            headers=pairs(response),
            body=response.body,
            revisit_of=last,
        )
    except ArchiveError as error:
        ledger.fail(error)
        raise IgnoreRequest(str(error)) from error
    request.meta["capture"] = made
    request.meta["same_bytes"] = last is not None and made.digest == last.digest
    crawler.stats.inc_value("capture/records")


def pairs(message: Request | Response) -> list[tuple[str, str]]:
    """Headers as (name, value) pairs, as the client parsed them; bytes beyond ASCII as latin-1."""
    headers: Any = message.headers
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values]


def reason_phrase(status: int) -> str:
    """The standard reason of an HTTP status, "" for an unknown one (the wire's own is not kept by Scrapy)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
