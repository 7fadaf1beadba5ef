"""Records of a WARC file that are not packed as their writer packs them: what no checksum of theirs covers."""

from __future__ import annotations

import mmap
import zlib
from typing import TYPE_CHECKING

from archive import warc_form as form
from archive.warc_member import HEAD_END, LARGE, next_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

END = b"\r\n\r\n"
MOST = 10
"""Records that are named: where more are packed otherwise, another zlib wrote the file, and none is."""


def altered(path: Path, size: int) -> list[tuple[int, str]]:
    """Name, by offset and address, the records in the first `size` bytes that do not pack to their own bytes again.

    A bit between the end of packed data and its checksum means nothing to a reader (RFC 1951 §3.2.3): only by
    packing the record anew can it be told in which one it was flipped. [] where that tells nothing.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        found = []
        for at, raw, length in _members(whole, size):
            head, _, rest = raw.partition(HEAD_END)
            if b"WARC-Type: metadata" not in head and _packed(head, rest) != whole[at : at + length]:
                found.append((at, _address(head)))
            if len(found) > MOST:
                return []
        return found


def _members(whole: mmap.mmap, size: int) -> Iterator[tuple[int, bytes, int]]:
    """Yield offset, unpacked bytes and length on the disk of every record that can be unpacked."""
    at: int | None = 0
    while at is not None and at < size:
        unpack, here, pieces = zlib.decompressobj(zlib.MAX_WBITS + 16), at, []
        try:
            while not unpack.eof and here < len(whole):
                pieces.append(unpack.decompress(whole[here : here + LARGE]))
                here += LARGE
        except zlib.error:
            at = next_record(whole, at, size)
            continue
        end = min(here, len(whole)) - len(unpack.unused_data)
        yield at, b"".join(pieces), end - at
        at = end


def _packed(head: bytes, rest: bytes) -> bytes:
    packer = zlib.compressobj(form.LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    block = rest.removesuffix(END)
    return packer.compress(head + HEAD_END) + packer.compress(block) + packer.compress(END) + packer.flush()


def _address(head: bytes) -> str:
    lines = head.decode("utf-8", "replace").split("\r\n")
    return next((line.partition(": ")[2] for line in lines if line.startswith("WARC-Target-URI")), "no address")
