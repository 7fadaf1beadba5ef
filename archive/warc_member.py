"""One record of a compressed WARC file, unpacked piece by piece with its digests; memory stays flat."""

from __future__ import annotations

import hashlib
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator, Mapping

SMALL, LARGE = 2**12, 2**20
HEAD_MOST = 2**20
"""Bytes that the head of a record, or of its HTTP message, has at most."""
HEAD_END = b"\r\n\r\n"
GZIP, BEGIN = b"\x1f\x8b\x08", b"WARC/"
"""How a gzip member begins, and a record in it."""


class DamageError(Exception):
    """A record that cannot be read to its end."""


@dataclass(frozen=True, slots=True)
class Member:
    """A record as it was read: `fields` of its head by lower-case name, `http` the head of its HTTP message.

    `length` is in bytes on the disk, `unpacked` in bytes of the record. `block` and `payload` are sha256
    (hex) of the whole block and of the HTTP body in it (None where it is no HTTP message).
    """

    fields: Mapping[str, str]
    length: int
    unpacked: int
    block: str
    payload: str | None
    http: bytes | None

    @property
    def is_response(self) -> bool:
        """Whether it is what a paper answered, or repeats such an answer."""
        return self.fields.get("warc-type") in {"response", "revisit"}


class _Pieces:
    """The unpacked bytes of the gzip member at byte `at`, of which some `likely` bytes are read at a time."""

    def __init__(self, whole: mmap.mmap, at: int, likely: int) -> None:
        self.whole, self.at, self.size = whole, at, min(max(likely, SMALL), LARGE)
        self.unpack = zlib.decompressobj(zlib.MAX_WBITS + 16)

    def __iter__(self) -> Iterator[bytes]:
        unpack = self.unpack
        while not unpack.eof:
            packed = unpack.unconsumed_tail
            if not packed:
                packed = self.whole[self.at : self.at + self.size]
                self.at += len(packed)
            if not packed:
                raise DamageError("cut short")
            try:
                piece = unpack.decompress(packed, LARGE)
            except zlib.error as error:
                raise DamageError(f"damaged ({error})") from error
            yield piece

    @property
    def end(self) -> int:
        """The byte after the member, once it has been read."""
        return self.at - len(self.unpack.unused_data)


def read(whole: mmap.mmap, at: int, likely: int = SMALL) -> Member:
    """Read the record at byte `at` of a mapped WARC file; raises DamageError when it is damaged or none."""
    source = _Pieces(whole, at, likely)
    pieces = iter(source)
    head, rest = _head(pieces, b"")
    fields = _fields(head)
    length = _length(fields)
    block, payload, http = hashlib.sha256(), None, b""
    has_http = fields.get("content-type", "").startswith("application/http")
    for piece in _block(rest, pieces, length):
        block.update(piece)
        if payload is not None:
            payload.update(piece)
        elif has_http and len(http) <= HEAD_MOST:
            http, blank, body = (http + piece).partition(HEAD_END)
            payload = hashlib.sha256(body) if blank else None
    unpacked = len(head) + len(HEAD_END) + length + len(HEAD_END)
    digest = None if payload is None else payload.hexdigest()
    return Member(fields, source.end - at, unpacked, block.hexdigest(), digest, http if has_http else None)


def next_record(whole: mmap.mmap, damaged: int, end: int) -> int | None:
    """Return where, before byte `end`, the next record begins after a damaged one; None where none does."""
    at = damaged
    while (at := whole.find(GZIP, at + 1, end)) >= 0:
        with suppress(zlib.error):  # not the begin of a member, only bytes that look so
            unpack = zlib.decompressobj(zlib.MAX_WBITS + 16)
            if unpack.decompress(whole[at : at + SMALL], len(BEGIN)) == BEGIN:
                return at
    return None


def _head(pieces: Iterator[bytes], start: bytes) -> tuple[bytes, bytes]:
    """Split at the first blank line what the pieces begin with."""
    found = start
    while HEAD_END not in found:
        piece = next(pieces, None)
        if piece is None or len(found) > HEAD_MOST:
            raise DamageError("not a WARC record: its head has no end")
        found += piece
    head, _, rest = found.partition(HEAD_END)
    return head, rest


def _block(rest: bytes, pieces: Iterator[bytes], length: int) -> Iterator[bytes]:
    """Yield exactly the block of a record, after which nothing but two line ends may follow."""
    piece: bytes | None = rest
    while piece is not None and length:
        yield piece[:length]
        length, piece = length - len(piece[:length]), piece[length:] or next(pieces, None)
    end = (piece or b"") + b"".join(pieces)
    if length or end != HEAD_END:
        raise DamageError("not a WARC record: its Content-Length is not that of its block")


def _fields(head: bytes) -> dict[str, str]:
    version, *lines = head.split(b"\r\n")
    if not version.startswith(BEGIN):
        raise DamageError("not a WARC record")
    try:
        pairs = [line.decode().partition(":") for line in lines]
    except UnicodeDecodeError as error:
        raise DamageError("not a WARC record: its head is not UTF-8") from error
    return {name.lower(): value.strip() for name, _, value in pairs}


def _length(fields: Mapping[str, Any]) -> int:
    written = fields.get("content-length", "")
    if not (written.isascii() and written.isdigit()):
        raise DamageError("not a WARC record: it has no Content-Length")
    return int(written)
