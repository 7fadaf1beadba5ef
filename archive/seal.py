"""Withdrawn bytes: the record that stands in their place in a WARC file, and the pack that holds them locked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import mmap
import os
import re
import uuid
import zlib
from typing import TYPE_CHECKING

import zstandard

from archive.files import PARTIAL, sync
from archive.schema import ArchiveError
from archive.warc_form import VERSION, labelled

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
GZIP_TAIL = 8
STORED_HEAD = 5
STORED_MOST = 0xFFFF  # bytes of a stored block (RFC 1951 §3.2.4)
RECORD_END = b"\r\n\r\n"
SHORTEST = 284
"""Bytes of the shortest record that a tombstone can replace."""

MAGIC = b"baotinh-seal-1\n"
NONCE = 12
KEY = 32


def tombstone(capture: sqlite3.Row, withdrawal: sqlite3.Row) -> bytes:
    """Form the record that takes a capture's place: as many bytes as before, so that no other record moves.

    A gzip member of its own with a `metadata` record (WARC 1.1 §6.6) that says when the capture was withdrawn
    and for which category of reason, filled up with blanks. It is stored, not compressed: the same bytes on
    every machine, so that they can be checked. Raises ArchiveError when the capture is shorter than any record.
    """
    for optional in (("WARC-Target-URI", "WARC-Block-Digest"), ("WARC-Target-URI",), ()):
        member = _member(capture, withdrawal, optional)
        if member is not None:
            return member
    raise ArchiveError(f"{capture['file']}: the record at byte {capture['offset']} is too short to be replaced")


def _member(capture: sqlite3.Row, withdrawal: sqlite3.Row, optional: tuple[str, ...]) -> bytes | None:
    room = int(capture["length"]) - len(GZIP_HEAD) - GZIP_TAIL
    blocks = -(-room // (STORED_MOST + STORED_HEAD))
    content = _record(capture, withdrawal, optional, room - blocks * STORED_HEAD)
    if content is None:
        return None
    stored = [content[at * STORED_MOST : (at + 1) * STORED_MOST] for at in range(blocks)]
    packed = b"".join(
        bytes([at == blocks - 1])
        + len(part).to_bytes(2, "little")
        + (len(part) ^ STORED_MOST).to_bytes(2, "little")
        + part
        for at, part in enumerate(stored)
    )
    tail = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return GZIP_HEAD + packed + tail


def _record(capture: sqlite3.Row, withdrawal: sqlite3.Row, optional: tuple[str, ...], size: int) -> bytes | None:
    """Form a record of exactly `size` bytes; None when it does not fit."""
    note = f"withdrawn: {withdrawal['withdrawn_at']}\r\nreason: {withdrawal['category']}\r\npadding:".encode()
    for blank in ("", " "):  # where one more digit in Content-Length would need one more byte
        for digits in range(1, len(str(size)) + 1):
            bare = _head(capture, withdrawal, optional, b"", "0" * digits, blank)
            length = size - len(bare) - len(RECORD_END)
            if length >= len(note) and len(str(length)) == digits:
                block = note.ljust(length)
                return _head(capture, withdrawal, optional, block, str(length), blank) + block + RECORD_END
    return None


def _head(
    capture: sqlite3.Row,
    withdrawal: sqlite3.Row,
    optional: tuple[str, ...],
    block: bytes,
    length: str,
    blank: str,
) -> bytes:
    place = uuid.uuid5(uuid.NAMESPACE_URL, f"{capture['file']}#{capture['offset']}#{withdrawal['withdrawn_at']}")
    moment = str(withdrawal["withdrawn_at"]).replace("+00:00", "Z")
    fields = {
        "WARC-Type": "metadata",
        "WARC-Record-ID": f"<urn:uuid:{place}>",
        "WARC-Date": moment,
        "WARC-Target-URI": capture["url"],
        "Content-Type": f"application/warc-fields{blank}",
        "WARC-Block-Digest": labelled(hashlib.sha256(block).hexdigest()),
        "Content-Length": length,
    }
    unwanted = {"WARC-Target-URI", "WARC-Block-Digest"} - set(optional)
    lines = [f"{name}: {value}" for name, value in fields.items() if name not in unwanted]
    return "\r\n".join([VERSION, *lines, "", ""]).encode()


def count_tombstones(path: Path) -> int:
    """Count the tombstones in a WARC file; they are stored, not compressed, so that a look at its bytes is enough."""
    with path.open("rb") as stream:
        if not stream.seek(0, os.SEEK_END):
            return 0
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            return len(re.findall(rb"\r\n\r\nwithdrawn: \d{4}-", whole))


def read_key(path: Path, data: Path, *, make: bool) -> bytes:
    """Read the operator's key (32 bytes, base64); with `make`, a missing one is made, readable by its owner only.

    Raises ArchiveError when there is none, when it is no key, or when it lies in the data folder: a lock
    whose key is copied with it protects nothing.
    """
    if path.resolve().is_relative_to(data.resolve()):
        raise ArchiveError(f"{path}: a key must not lie in the data folder, which is copied and published: move it")
    if make and not path.exists():
        _make_key(path)
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except FileNotFoundError as error:
        raise ArchiveError(f"{path}: there is no key: give its file with --key") from error
    except binascii.Error as error:
        raise ArchiveError(f"{path}: not a key of baotinh") from error
    if len(key) != KEY:
        raise ArchiveError(f"{path}: not a key of baotinh")
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f"{path.name}{PARTIAL}")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as out:  # noqa: PTH123 — a handle, for its mode
        out.write(base64.b64encode(os.urandom(KEY)) + b"\n")
    sync(partial)
    partial.replace(path)
    sync(path.parent)


def lock(key: bytes, content: bytes, label: str) -> bytes:
    """Pack and encrypt (Zstandard, AES-256-GCM); the result opens only under the same `label`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE)
    return MAGIC + nonce + AESGCM(key).encrypt(nonce, zstandard.compress(content), label.encode())


def unlock(key: bytes, pack: bytes, label: str) -> bytes:
    """Open what `lock` made; raises ArchiveError when the key is another one or the pack is damaged."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    body = pack.removeprefix(MAGIC)
    try:
        return zstandard.decompress(AESGCM(key).decrypt(body[:NONCE], body[NONCE:], label.encode()))
    except (InvalidTag, ValueError, zstandard.ZstdError) as error:
        raise ArchiveError(
            "the sealed captures do not open: another key sealed them, or the pack is damaged"
        ) from error
