"""Reply: a response of the demo newspaper before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

HTML = "text/html; charset=utf-8"
XML = "text/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What answers a request: `render` makes the body when it is needed, so that a 304 costs nothing.

    The other fields from `packed` on tell the server how to send it: `packed` when the body is gzip
    already, `delay` (seconds) before the first byte, `cut` (share of the body, 0 to 1) after which the
    connection closes, `reset` to end it there with a TCP reset, `drip` (bytes, seconds) to send it in
    small pieces, `claim` the Content-Length that stands in the head in place of the true one.
    """

    status: int
    render: Callable[[], bytes]
    content_type: str = HTML
    etag: str | None = None
    last_modified: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    packed: bool = False
    delay: float = 0
    cut: float | None = None
    reset: bool = False
    drip: tuple[int, float] | None = None
    claim: int | None = None


def text_reply(
    text: str, content_type: str = HTML, *, status: int = 200, last_modified: datetime | None = None
) -> Reply:
    """Give a reply with a ready text in UTF-8; a 200 gets an ETag made from its bytes (RFC 9110, 8.8.3)."""
    body = text.encode()
    etag = f'W/"{sha256(body).hexdigest()[:16]}"' if status == 200 else None  # noqa: PLR2004 - OK
    return Reply(status, lambda: body, content_type, etag, last_modified)


def redirect(location: str, status: int = 301) -> Reply:
    """Give a redirect to an absolute or relative address."""
    return Reply(status, lambda: b"", headers=(("Location", location),))
