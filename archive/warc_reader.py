"""Captured responses read back from WARC files, ours and other crawlers'."""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader, DecompressingBufferedReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.timeutils import iso_date_to_datetime

from archive import warc_form as form
from archive.items import Capture
from archive.schema import ArchiveError
from archive.warc_member import next_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

    from archive.warc_form import Pairs

MAX_BODY = 64 * 2**20
"""Bytes of a body that `records` holds at most: a foreign file may carry films."""
RESPONSES = frozenset({"response", "revisit"})
MEND = "crawl its source again, which cuts what a killed run left, or put it back from a backup"
GZIP, ARC = b"\x1f\x8b", b"filedesc:"
"""How a compressed file begins, and a WARC file's predecessor (ARC 1.0)."""
SHA256 = re.compile(r"sha256:([0-9a-f]{64})")

# It names addresses with blanks on stderr as they stand in the file: bytes that command a terminal too.
logging.getLogger("warcio.recordloader").setLevel(logging.ERROR)


class DamagedError(ArchiveError):
    """A WARC file that cannot be read on from the record at byte `at`."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Record:
    """One captured response as it was read back from a WARC file.

    `body` is still content-encoded, b"" for a `revisit`; where it is longer than MAX_BODY it is left out and
    `truncated` says so. `digest` is the sha256 (hex) of the body, None where a revisit names none.
    `refers_to` is the (address, time) of the record that holds a revisit's bytes. `offset` and `length`
    (bytes) are those of the record in its file. `status` is 0 where the record has no HTTP head.
    """

    type: str
    url: str
    fetched_from: str
    fetched_at: datetime
    status: int
    headers: Pairs
    body: bytes
    digest: str | None
    offset: int
    length: int
    refers_to: tuple[str, datetime] | None = None
    truncated: bool = False

    def capture(self, file: str, revisit_of: tuple[str, int] | None = None) -> Capture:
        """Describe the record as the Capture that its writer handed out."""
        return Capture(
            url=self.url,
            fetched_from=self.fetched_from,
            fetched_at=self.fetched_at,
            status=self.status,
            headers=self.headers,
            file=file,
            offset=self.offset,
            length=self.length,
            digest=None if self.status == form.NOT_MODIFIED else self.digest,
            etag=form.header(self.headers, "etag"),
            last_modified=form.header(self.headers, "last-modified"),
            revisit_of=revisit_of,
        )


def read(data: Path, file: str, offset: int) -> Record:
    """Read the response or revisit at `offset` of `file` (relative to the data folder), digests checked.

    Raises ArchiveError when the file is not there, no response begins at the offset, or bytes are damaged.
    """
    path = data / file
    if not path.resolve().is_relative_to(data.resolve()):
        raise ArchiveError(f"{path}: lies outside of the data folder")
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            record = next(_records(path, stream, check_digests="raise"), None)
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror}") from error
    if record is None or record.offset != offset:
        raise ArchiveError(f"{path}: no response begins at byte {offset}")
    return record


def records(path: Path, start: int = 0) -> Iterator[Record]:
    """Read the responses and revisits of a WARC file in order, from the record at byte `start`.

    Memory stays flat: one record at a time, bodies up to MAX_BODY. The file may be another crawler's
    (WARC 1.0, not compressed, bodies still chunked). Raises DamagedError for a file that is no WARC, and
    after the last record before damage or a torn end; ArchiveError when the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            yield from _records(path, stream)
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror}") from error


def sound_records(path: Path, lost: Callable[[DamagedError, int | None], None]) -> Iterator[Record]:
    """Read as `records` does, and go on after damage with the next gzip member that holds a record.

    `lost` is told of each damage and of the byte at which the next record begins, None where none does.
    """
    at: int | None = 0
    while at is not None:
        try:
            yield from records(path, at)
        except DamagedError as error:
            at = _following(path, error.at)
            lost(error, at)
        else:
            return


def _following(path: Path, damaged: int) -> int | None:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return next_record(whole, damaged, len(whole))


def _records(path: Path, stream: BinaryIO, **options: str) -> Iterator[Record]:
    start = stream.tell()
    begin = stream.read(len(ARC))
    packed = begin.startswith(GZIP)
    if begin and start == 0 and not packed and not begin.startswith((b"WARC/", ARC)):
        raise DamagedError(f"{path}: no WARC file", 0)  # warcio would take any line of text for the head of an ARC
    stream.seek(start)
    walk = ArchiveIterator(stream, arc2warc=True, **options)
    walk.INC_RECORD = ""  # it would be written to stderr; `err_count` tells the same
    stream.seek(walk.offset)
    walk.reader = _Unpacked(stream)
    last = end = walk.offset
    size = os.fstat(stream.fileno()).st_size
    try:
        for raw in walk:
            found = _record(raw, walk)
            last, end = walk.get_record_offset(), walk.get_record_offset() + walk.get_record_length()
            _check_end(path, raw, walk)
            if packed and end == size and not _is_whole(stream, last):
                raise DamagedError(f"{path}: the file is torn after byte {last}: {MEND}", last)
            if found is not None:
                yield found
    except AttributeError as error:  # warcio takes a head that is cut short for a whole one
        raise DamagedError(f"{path}: the file is torn after byte {end}: {MEND}", end) from error
    except (ArchiveLoadFailed, ValueError) as error:
        raise DamagedError(f"{path}: damaged after byte {end}, or no WARC file: {error}", end) from error
    if packed and end != size:
        raise DamagedError(f"{path}: the file is torn after byte {end}: {MEND}", end)


def _check_end(path: Path, raw: Any, walk: Any) -> None:
    """Raise DamagedError when a record that was read does not end as it should."""
    at = walk.get_record_offset()
    if raw.length is not None and getattr(raw.raw_stream, "limit", 0) > 0:
        raise DamagedError(f"{path}: the record at byte {at} is cut short: {MEND}", at)
    if walk.err_count:
        raise DamagedError(f"{path}: the record at byte {at} does not end where its Content-Length says", at)


class _Unpacked(DecompressingBufferedReader):  # type: ignore[misc] # warcio has no types
    """Unpacks gzip, and stops at damaged bytes; warcio itself names them on stderr, again and again, and reads on."""

    def _decompress(self, data: bytes) -> bytes:
        if not (self.decompressor and data and self.num_block_read):
            unpacked: bytes = super()._decompress(data)
            return unpacked
        try:
            unpacked = self.decompressor.decompress(data)
        except zlib.error as error:
            raise ArchiveLoadFailed(f"{error}; put it back from a backup") from error
        return unpacked


def _is_whole(stream: BinaryIO, at: int) -> bool:
    """Tell whether the gzip member at byte `at` has its end; the stream stays where it is."""
    stood = stream.tell()
    stream.seek(at)
    unpack = zlib.decompressobj(zlib.MAX_WBITS + 16)
    while not unpack.eof and (piece := stream.read(2**16)):
        while piece and not unpack.eof:
            unpack.decompress(piece, 2**20)
            piece = unpack.unconsumed_tail
    stream.seek(stood)
    return unpack.eof


def _record(raw: Any, walk: Any) -> Record | None:
    """Read one record of warcio's; None where it is no captured response of the web."""
    headers = raw.rec_headers
    url = headers.get_header("WARC-Target-URI") or ""
    if raw.rec_type not in RESPONSES or not url.startswith(("http:", "https:")):
        return None
    http = raw.http_headers
    pairs = form.clean_headers(http.headers) if http else ()
    body = b"" if raw.rec_type == "revisit" else _body(raw)
    named = SHA256.fullmatch(headers.get_header("WARC-Payload-Digest") or "")
    digest = named[1] if named else None
    status = http.get_statuscode() if http else ""
    refers_to = headers.get_header("WARC-Refers-To-Target-URI")
    return Record(
        type=raw.rec_type,
        url=url,
        fetched_from=headers.get_header("Fetched-From") or url,
        fetched_at=_time(headers.get_header("WARC-Date")),
        status=int(status) if status.isascii() and status.isdigit() else 0,
        headers=pairs,
        body=body if len(body) <= MAX_BODY else b"",
        digest=digest if raw.rec_type == "revisit" else hashlib.sha256(body).hexdigest(),
        offset=walk.get_record_offset(),
        length=walk.get_record_length(),
        refers_to=(refers_to, _time(headers.get_header("WARC-Refers-To-Date"))) if refers_to else None,
        truncated=len(body) > MAX_BODY,
    )


def _body(raw: Any) -> bytes:
    coding = raw.http_headers.get_header("transfer-encoding") if raw.http_headers else None
    stream = raw.raw_stream
    if coding and coding.lower() == "chunked":
        stream = ChunkedDataReader(stream)
    body: bytes = stream.read(MAX_BODY + 1)
    return body


def _time(value: str | None) -> datetime:
    read: datetime = iso_date_to_datetime(value or "", tz_aware=True)
    return read
