"""How one response is written in a WARC file: header fields, HTTP blocks, gzip members (WARC 1.1; pure)."""

from __future__ import annotations

import hashlib
import re
import uuid
import zlib
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from archive.items import Capture

Pairs = tuple[tuple[str, str], ...]
Fields = list[tuple[str, str]]

VERSION = "WARC/1.1"
PROFILES = "http://netpreserve.org/warc/1.1/revisit/"
"""Where WARC 1.1 §6.7.2 names its revisit profiles."""
NOT_MODIFIED = 304
LEVEL = 6
"""Of gzip, as the writer of captures packs them."""

FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110 §5.6.2
BROKEN_LINE = re.compile(r"[\r\n\x00]+")
UNUSABLE_URL = re.compile(r"[\x00-\x20\x7f]")


def new_id() -> str:
    """Make the identifier of a new record."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def date(moment: datetime) -> str:
    """Write an aware time as WARC-Date: UTC, with fractions of a second only where there are any."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def labelled(digest: str) -> str:
    """Write a sha256 in hex as WARC's digest fields have it: the same digits as in the table `captures`."""
    return f"sha256:{digest}"


def member(fields: Fields, block: bytes, level: int) -> bytes:
    """Form one record as a gzip member of its own (WARC 1.1 annex D).

    warcio's own writer is not used: it percent-encodes HTTP header values beyond ASCII, which would alter
    what was received, and it compresses at level 9 only, three times slower for 2 % of the size.
    """
    fields = [
        *fields,
        ("WARC-Block-Digest", labelled(hashlib.sha256(block).hexdigest())),
        ("Content-Length", str(len(block))),
    ]
    head = StatusAndHeaders("", fields, protocol=VERSION).to_bytes()
    packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return packer.compress(head) + packer.compress(block) + packer.compress(b"\r\n\r\n") + packer.flush()


def warcinfo(filename: str, written: datetime, info: Mapping[str, str]) -> tuple[Fields, bytes]:
    """Form header and block of the record that opens a file and tells who wrote it."""
    fields = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", new_id()),
        ("WARC-Date", date(written)),
        ("WARC-Filename", filename),
        ("Content-Type", "application/warc-fields"),
    ]
    lines = (f"{name}: {BROKEN_LINE.sub(' ', value)}\r\n" for name, value in info.items())
    return fields, "".join(lines).encode()


def answer(
    capture: Capture, first: Capture | None, record_id: str, reason: str, body: bytes, ip: str | None
) -> tuple[Fields, bytes]:
    """Form header and block of a `response`, or of a `revisit` of the capture `first`."""
    fields = [("WARC-Type", "revisit" if first else "response"), ("WARC-Record-ID", record_id)]
    fields += _addresses(capture)
    if ip is not None:
        fields.append(("WARC-IP-Address", ip))
    if first is not None:
        fields += _revisit(capture.status, first)
    if capture.digest is not None:
        fields.append(("WARC-Payload-Digest", labelled(capture.digest)))
    fields.append(("Content-Type", "application/http; msgtype=response"))
    block = http_block(f"HTTP/1.1 {capture.status} {reason}", capture.headers, b"" if first else body)
    return fields, block


def request(capture: Capture, record_id: str, method: str, pairs: Pairs) -> tuple[Fields, bytes]:
    """Form header and block of the request that `capture`, the record `record_id`, answered."""
    fields = [("WARC-Type", "request"), ("WARC-Record-ID", new_id()), *_addresses(capture)]
    fields.append(("WARC-Concurrent-To", record_id))
    fields.append(("Content-Type", "application/http; msgtype=request"))
    parts = urlsplit(capture.fetched_from)
    if header(pairs, "host") is None:  # the client adds it after it has handed its headers on
        pairs = (("Host", parts.netloc), *pairs)
    query = f"?{parts.query}" if parts.query else ""
    return fields, http_block(f"{method} {parts.path or '/'}{query} HTTP/1.1", pairs, b"")


def _addresses(capture: Capture) -> Fields:
    fields = [("WARC-Target-URI", capture.url), ("WARC-Date", date(capture.fetched_at))]
    if capture.fetched_from != capture.url:
        fields.append(("Fetched-From", capture.fetched_from))
    return fields


def _revisit(status: int, first: Capture) -> Fields:
    """Name the record that holds the bytes, by address and time (WARC 1.1 §6.7.2)."""
    profile = "server-not-modified" if status == NOT_MODIFIED else "identical-payload-digest"
    return [
        ("WARC-Profile", PROFILES + profile),
        ("WARC-Refers-To-Target-URI", first.url),
        ("WARC-Refers-To-Date", date(first.fetched_at)),
    ]


def target(url: str) -> str:
    """Return `url` when it can stand in a header; raises ValueError for blanks, line ends and the like."""
    if UNUSABLE_URL.search(url):
        raise ValueError(f"not an address of the wire: {url!r}")
    return url


def clean_headers(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """Bring parsed headers to the form in which they are read back: the same pairs, written and read.

    A value that holds bytes beyond ASCII as latin-1 (as HTTP clients hand them on) is read as UTF-8 where
    it is UTF-8. Transfer-Encoding goes, since bodies are kept without it; so does a name that is no token.
    """
    return tuple(
        (name, _as_text(BROKEN_LINE.sub(" ", value)).strip())
        for name, value in pairs
        if FIELD_NAME.fullmatch(name) and name.lower() != "transfer-encoding"
    )


def with_length(pairs: Pairs, length: int) -> Pairs:
    """Let Content-Length tell the bytes that are kept: what the wire said may count chunks or be missing."""
    kept = tuple(pair for pair in pairs if pair[0].lower() != "content-length")
    return (*kept, ("Content-Length", str(length)))


def header(pairs: Pairs, name: str) -> str | None:
    """Return the first value of the header `name` (lower case), None where it is missing."""
    return next((value for key, value in pairs if key.lower() == name), None)


def http_block(first_line: str, pairs: Pairs, body: bytes) -> bytes:
    """Write an HTTP message: its first line, its header lines, its body."""
    lines = [_as_bytes(BROKEN_LINE.sub(" ", first_line).strip())]
    lines += [name.encode() + b": " + value.encode() for name, value in pairs]
    return b"\r\n".join([*lines, b"", body])


def _as_bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _as_text(value: str) -> str:
    raw = _as_bytes(value)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
