"""The characters of a page out of its bytes: what they are counts, not what they are declared to be."""

from __future__ import annotations

import codecs
import re
import unicodedata

from bs4.dammit import EncodingDetector
from w3lib.encoding import http_content_type_encoding, resolve_encoding

WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
HEAD = 1000
SNIFFED = 65_536
PIECE = 32_768
ESCAPE = b"\x1b"
"""What turns to Japanese in ISO-2022-JP, whose bytes are all ASCII."""
IN_VIETNAMESE = re.compile(rb"""<html[^>]*\blang=["']?vi\b""", re.IGNORECASE)
# windows-1258 writes most tones as marks of their own, behind the vowel: `ạ` is `a` and 0xF2.
TONE = re.compile(rb"[\xcc\xd2\xde\xec\xf2]")
VOWEL_AND_TONE = re.compile(rb"[aeiouyAEIOUY\xc2\xc3\xca\xd4\xd5\xdd\xe2\xe3\xea\xf4\xf5\xfd][\xcc\xd2\xde\xec\xf2]")
# Letters that only Vietnamese has (U+1E80 to U+1EFF). In windows-1258 these bytes would be `á`, a sign, a control.
OWN_LETTER = re.compile(rb"\xe1[\xba\xbb][\x80-\xbf]")
FEWEST_TONES = 5
MOST_TONES = 0.8
# Western and Unicode names are what a server or template says when nobody thought of it.
DEFAULTS = frozenset({"cp1252", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"})


def decode(body: bytes, content_type: str | None = None) -> str:
    """Return the text of a page: UTF-16 and UTF-8 by the bytes themselves, then as declared, then as guessed.

    Bytes that are UTF-8 throughout are UTF-8 whatever the page declares: wrong declarations are common, text
    of another encoding that happens to be UTF-8 is not. `content_type` is the header's value. Text of
    windows-1258 comes composed (NFC). Never raises: what cannot be decoded becomes U+FFFD.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    for mark, wide in WIDE_MARKS:
        if body.startswith(mark) and b"\x00" in body[len(mark) : HEAD]:
            return body[len(mark) :].decode(wide, "replace")
    body = body.removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE)
    if unmarked := _wide_encoding(body):
        return body.decode(unmarked, "replace")
    declared = _declared(body, content_type)
    if ESCAPE in body and "iso2022_jp" in declared:
        return body.decode("iso2022_jp", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        encoding = _other_encoding(body, declared)
    text = body.decode(encoding, "replace")
    return unicodedata.normalize("NFC", text) if encoding == "cp1258" else text


def as_utf8(body: bytes, content_type: str | None = None) -> bytes:
    """Return a page as `decode` understands it in UTF-8, without a mark; what is UTF-8 already is not copied."""
    if body.isascii() and ESCAPE not in body and b"\x00" not in body:
        return body
    if not body.isascii() and not _wide_encoding(body) and is_utf8(body):
        return body.removeprefix(codecs.BOM_UTF8)
    return decode(body, content_type).encode("utf-8", "replace")


def supposed_utf8(body: bytes, content_type: str | None = None) -> bytes:
    """Return what `as_utf8` does, but do not look whether bytes are UTF-8 throughout: the parser will, as it must."""
    return as_utf8(body, content_type) if ESCAPE in body or b"\x00" in body else body.removeprefix(codecs.BOM_UTF8)


def is_utf8(body: bytes) -> bool:
    """Tell whether bytes are UTF-8 throughout."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), PIECE):  # the text of a whole page would be thrown away at once
            decoder.decode(body[start : start + PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _wide_encoding(body: bytes) -> str | None:
    """Recognise UTF-16 without a mark: HTML's ASCII leaves a zero in every second byte."""
    head = body[:HEAD]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head) or min(even, odd) * 20 > len(head):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """Find the codecs that the header and the page name, in this order (WHATWG: iso-8859-1 means windows-1252)."""
    labels = (
        http_content_type_encoding(content_type),
        EncodingDetector.find_declared_encoding(body[:SNIFFED], is_html=True),
    )
    return [codec for label in labels if label and (codec := resolve_encoding(label))]


def _other_encoding(body: bytes, declared: list[str]) -> str:
    """Choose the codec of bytes that are not UTF-8 throughout: by what they hold, then by what is declared."""
    chosen = next((codec for codec in declared if codec not in DEFAULTS), None)
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = len(text) - len(text.encode("ascii", "ignore")) - broken
    # Bytes of another encoding seldom make a character of UTF-8; many do so by chance in Thai and Chinese only.
    tones = _has_tones(body)
    vietnamese = len(OWN_LETTER.findall(body)) >= FEWEST_TONES and chosen in (None, "cp1258")
    if (vietnamese and not tones) or whole > broken * (1 if tones else 4 if chosen else 1 / 4):
        return "utf-8"
    if tones or (chosen is None and IN_VIETNAMESE.search(body, 0, SNIFFED)):
        return "cp1258"
    return chosen or ("cp1252" if "cp1252" in declared else _guessed(body))


def _guessed(body: bytes) -> str:
    """Guess the codec of bytes that are not UTF-8, windows-1252 at last."""
    codecs_in_order = map(resolve_encoding, EncodingDetector(body[:SNIFFED], is_html=True).encodings)
    return next((codec for codec in codecs_in_order if codec and codec not in DEFAULTS), "cp1252")


def _has_tones(body: bytes) -> bool:
    """Tell whether bytes are windows-1258: nearly all that would be tones there, some, stand behind a vowel."""
    tones = len(TONE.findall(body))
    return tones >= FEWEST_TONES and len(VOWEL_AND_TONE.findall(body)) >= tones * MOST_TONES
