"""Captured bodies decoded of their Content-Encoding, never beyond a cap (RFC 9110 §8.4)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import brotli
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_DECODED = 10 * 2**20
"""Bytes of a decoded body at most: what the crawler lets in."""
CHUNK = 2**16
PIECE = 2**8
"""Bytes of zstd data at a time: 64 blocks at most, of 128 KiB each (RFC 8878 §3.1.1.2)."""


class UndecodableError(ValueError):
    """A body whose Content-Encoding is unknown, whose bytes are damaged, or that grows beyond the cap."""


class TooLargeError(UndecodableError):
    """A body that grows beyond the cap."""


class CutOffError(UndecodableError):
    """A body that ends before its coding does: a part of a page would be read as a page that was cut."""


def decoded(headers: Iterable[tuple[str, str]], body: bytes, limit: int = MAX_DECODED) -> bytes:
    """The body without the codings that its Content-Encoding headers name, the last one first.

    Raises UndecodableError. Every coding tells its own end: a body that lacks it is cut off.
    """
    codings = [
        coding.strip().lower()
        for name, value in headers
        if name.lower() == "content-encoding"
        for coding in value.split(",")
    ]
    for coding in reversed([coding for coding in codings if coding not in {"", "identity"}]):
        decoder = DECODERS.get(coding)
        if decoder is None:
            raise UndecodableError(f"unknown Content-Encoding {coding!r}")
        try:
            body = decoder(body, limit)
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
            raise UndecodableError(f"damaged {coding}: {error}") from error
    return body


def _collect(chunks: Iterable[bytes], limit: int) -> bytes:
    out = bytearray()
    for chunk in chunks:
        out += chunk
        if len(out) > limit:
            raise TooLargeError(f"more than {limit:,} bytes")
    return bytes(out)


def _gzip(body: bytes, limit: int) -> bytes:
    """All members of a gzip file (RFC 1952 §2.2)."""

    def members() -> Iterable[bytes]:
        rest = body
        while rest:
            unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
            yield from _inflated(unpack, rest)
            rest = unpack.unused_data.lstrip(b"\0") if unpack.eof else b""

    return _collect(members(), limit)


def _deflate(body: bytes, limit: int) -> bytes:
    """Zlib data (RFC 1950), or raw deflate (RFC 1951), which some servers send under the same name."""
    if not body:
        return body
    try:
        return _collect(_inflated(zlib.decompressobj(), body), limit)
    except zlib.error:
        return _collect(_inflated(zlib.decompressobj(-zlib.MAX_WBITS), body), limit)


def _inflated(unpack: zlib._Decompress, data: bytes) -> Iterable[bytes]:
    while data and not unpack.eof:
        yield unpack.decompress(data, CHUNK)
        data = unpack.unconsumed_tail
    if not unpack.eof:
        yield unpack.flush(CHUNK)
        if not unpack.eof:
            raise CutOffError("the body is cut off")


def _brotli(body: bytes, limit: int) -> bytes:
    unpack = brotli.Decompressor()

    def chunks() -> Iterable[bytes]:
        chunk = unpack.process(body, output_buffer_limit=CHUNK)
        while chunk:
            yield chunk
            chunk = b"" if unpack.is_finished() else unpack.process(b"", output_buffer_limit=CHUNK)
        if body and not unpack.is_finished():
            raise CutOffError("the body is cut off")

    return _collect(chunks(), limit)


def _zstd(body: bytes, limit: int) -> bytes:
    """All frames of zstd data (RFC 8878 §3.1), fed by small pieces: one of them may unpack to megabytes."""

    def chunks() -> Iterable[bytes]:
        unpack = zstandard.ZstdDecompressor().decompressobj()
        for start in range(0, len(body), PIECE):
            piece = body[start : start + PIECE]
            while piece:
                if unpack.eof:
                    unpack = zstandard.ZstdDecompressor().decompressobj()
                yield unpack.decompress(piece)
                piece = unpack.unused_data if unpack.eof else b""
        if body and not unpack.eof:
            raise CutOffError("the body is cut off")

    return _collect(chunks(), limit)


DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
