"""XML as papers serve it, made fit for a parser piece by piece: unpacked, decoded, mended (a stream over bytes)."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from html.entities import html5
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 64 * 2**20  # sitemaps.org: a sitemap is at most 50 MB uncompressed; some are a little larger
PIECE: Final = 2**18
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2 Char
# What must not be touched (CDATA), an entity, or an `&` that begins none.
AMPERSAND = re.compile(r"<!\[CDATA\[.*?\]\]>|&(?:(#?\w{1,31});)?", re.DOTALL)
PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})  # XML 1.0 §4.6
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([\w.-]{1,40})["']""")
# What is declared in bytes that read as ASCII cannot be one of these.
WIDE = ("utf-16", "utf_16", "utf16", "utf-32", "utf_32", "utf32", "ucs")
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# A piece ends after one of these: no entity, tag or CDATA section is ever torn.
ENDS = ("</url>", "</sitemap>")


class NotXml(ValueError):
    """The bytes are neither a feed nor a sitemap."""


class WebPage(NotXml):
    """They are a web page instead."""


def encoding_of(body: bytes) -> str:
    """The encoding that XML bytes are really in: by byte order mark, zero bytes, UTF-8, declaration, windows-1258.

    UTF-8 is believed before the declaration: text in another encoding is next to never valid UTF-8, and papers
    declare `utf-16` or `windows-1252` over UTF-8. A few broken bytes amid valid ones do not speak against it.
    """
    for bom, encoding in BOMS:
        if body.startswith(bom):
            return encoding
    if b"\0" in body[:2]:
        return "utf-16-le" if body[1:2] == b"\0" else "utf-16-be"
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(body)
    broken = text.count("\ufffd")
    if broken == 0 or broken * 10 < len(text) - len(text.encode("ascii", "ignore")):
        return "utf-8"
    declared = DECLARED_ENCODING.search(body[:200])
    name = declared.group(1).decode("ascii") if declared else "cp1258"
    try:
        codecs.getincrementaldecoder(name)().decode(body)
    except (UnicodeDecodeError, LookupError, TypeError, AttributeError):
        return "cp1258"
    return "cp1258" if name.lower().startswith(WIDE) else name


def decode(body: bytes) -> str:
    """XML bytes as text, without a byte order mark; what the encoding does not know becomes U+FFFD."""
    return body.decode(encoding_of(body), "replace").removeprefix("\ufeff")


def unzipped(body: bytes, limit: int = MAX_BYTES) -> Iterator[bytes]:
    """The pieces of a `.xml.gz` body, at most `limit` bytes together; other bytes come as they are.

    Raises NotXml on a torn or larger one.
    """
    if not body.startswith(b"\x1f\x8b"):
        yield from (body[start : start + PIECE] for start in range(0, len(body), PIECE))
        return
    size = 0
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as packed:
            while piece := packed.read(PIECE):
                size += len(piece)
                if size > limit:
                    raise NotXml(f"more than {limit:,} bytes when unpacked")
                yield piece
    except (OSError, EOFError, zlib.error) as error:
        raise NotXml(f"broken gzip: {error}") from error


def mended(body: bytes) -> Iterator[bytes]:
    """XML bytes as UTF-8 that a parser takes, piece by piece: without control bytes, bare `&` escaped.

    Named entities of HTML, which XML does not know, become the characters that they name. Raises NotXml.
    """
    pieces = unzipped(body)
    first = next(pieces, b"")
    decoder = codecs.getincrementaldecoder(encoding_of(first))("replace")
    rest = XML_DECLARATION.sub("", decoder.decode(first).removeprefix("\ufeff"), count=1)
    for piece in pieces:
        end = max(rest.rfind(mark) + len(mark) if mark in rest else 0 for mark in ENDS)
        if end:
            yield _mend(rest[:end])
        rest = rest[end:] + decoder.decode(piece)
    yield _mend(rest + decoder.decode(b"", final=True))


def _mend(text: str) -> bytes:
    return AMPERSAND.sub(_entity, FORBIDDEN.sub("", text)).encode()


def _entity(match: re.Match[str]) -> str:
    whole, name = match[0], match[1]
    if whole.startswith("<") or (name and (name in PREDEFINED or name.startswith("#"))):
        return whole
    known = html5.get(f"{name};", whole) if name else whole
    return known.replace("&", "&amp;").replace("<", "&lt;")


class Stream:
    """The pieces of `mended` as a file that a parser reads from."""

    def __init__(self, body: bytes) -> None:
        self._pieces = mended(body)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; b"" at the end. Raises NotXml."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        if size < 0:
            size = len(self._rest)
        given, self._rest = self._rest[:size], self._rest[size:]
        return given
