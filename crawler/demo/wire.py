"""HTTP/1.1 as the demo newspaper's server speaks it: requests, conditions, gzip, bad manners."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.demo.reply import Reply

# The cheapest level that still makes pages a quarter of their size.
_GZIP_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `headers` have names in lower case, `keep` says whether the connection stays open."""

    method: str
    target: str
    headers: Mapping[str, str]
    keep: bool


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """Give the next request, or None at the end of the connection or when it is no HTTP."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError:
        return None
    first, *lines = head.split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[1].startswith("/"):  # noqa: PLR2004 - method, target, version
        return None
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    keep = parts[2] == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return Request(parts[0], parts[1], headers, keep)


def conditional(reply: Reply, headers: Mapping[str, str]) -> Reply:
    """Give a 304 where the client has what it asks for; If-None-Match decides first (RFC 9110, 13.2.2)."""
    if reply.status != HTTPStatus.OK:
        return reply
    known = headers.get("if-none-match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        same = reply.etag is not None and (known.strip() == "*" or reply.etag.removeprefix("W/") in tags)
    else:
        since = _parse_http_date(headers.get("if-modified-since", ""))
        same = since is not None and reply.last_modified is not None and reply.last_modified <= since
    return replace(reply, status=304, render=bytes) if same else reply


def _parse_http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def http_date(moment: datetime) -> str:
    """Print an aware instant as HTTP does (RFC 9110, 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def encode(reply: Reply, headers: Mapping[str, str]) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """Give the body as it goes over the wire, and the headers that say so."""
    body = reply.render()
    if reply.packed:
        return body, (("Content-Encoding", "gzip"),)
    if "gzip" in headers.get("accept-encoding", "") and len(body) > 256:  # noqa: PLR2004 - not worth it below
        packed = gzip.compress(body, _GZIP_LEVEL, mtime=0)
        return packed, (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    return body, ()


def head(reply: Reply, length: int, extra: tuple[tuple[str, str], ...], *, keep: bool) -> bytes:
    """Write status line and headers; `length` is that of the whole body, in bytes."""
    fields = [*reply.headers, *extra]
    if reply.status != HTTPStatus.NOT_MODIFIED:
        claimed = length if reply.claim is None else reply.claim
        fields += [("Content-Type", reply.content_type), ("Content-Length", str(claimed))]
    if reply.etag:
        fields.append(("ETag", reply.etag))
    if reply.last_modified:
        fields.append(("Last-Modified", http_date(reply.last_modified)))
    fields += [("Server", "demo"), ("Connection", "keep-alive" if keep else "close")]
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {reply.status} {_phrase(reply.status)}\r\n{lines}\r\n".encode("latin-1")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


async def send(writer: asyncio.StreamWriter, head: bytes, body: bytes, reply: Reply) -> None:
    """Send a head and what is to be sent of the body, at the pace and with the end that the reply wants."""
    if reply.drip is None:
        writer.write(head + body)
    else:
        writer.write(head)
        size, seconds = reply.drip
        for at in range(0, len(body), size):
            writer.write(body[at : at + size])
            await writer.drain()
            await asyncio.sleep(seconds)
    await writer.drain()
    if reply.reset:
        # A linger of 0 seconds makes the kernel end the connection with RST instead of FIN.
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
