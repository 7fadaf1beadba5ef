"""Texts as the archive compares them: composed, folded for search, digested."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# What neither UTF-8 nor SQLite holds: surrogates out of JSON escapes, and NUL, which ends a C string.
UNSTORABLE = re.compile("[\ud800-\udfff\x00]")

# Characters that are not seen: zero width space, word joiner, byte order mark, soft hyphen, direction marks.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")

# U+0345 is left out: FTS5 takes it for the letter iota.
MARKED_LATIN = re.compile("(?<=[a-zß-ɏ])[\u0300-\u0344\u0346-\u036f]+")

# Marks and marked letters of Latin that FTS5 leaves as they are under `remove_diacritics 2`.
UNFOLDED_LATIN = (
    "ǠǡǢǣǮǯǼǽǾǿ\u0305\u030d\u030e\u0310\u0312-\u031a\u031c-\u0322\u0329-\u032c\u032f\u0332-\u0344\u0346-\u036f"
)

# Harakat, Koranic signs and tatweel carry no letter of their own.
ARABIC_MARKS = "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
ARABIC_MARK = re.compile(f"[{ARABIC_MARKS}]+")
ARABIC_RUN = re.compile(f"[{ARABIC_MARKS}\u0620-\u0669\u066e-\u06d3\u06d5\u06e5\u06e6\u06ee-\u06fc\u06ff]+")

# Letters that are typed for one another: alef variants, teh marbuta, alef maqsura, Persian yeh and keheh.
ARABIC_TWINS = {"ٱ": "ا", "ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك"}
D_TWINS = {"đ": "d", "Đ": "d", "ð": "d", "Ð": "d"}

# Greek and Cyrillic end where the case tables of FTS5 do.
LATIN = (*range(0x41, 0x250), *range(0x1E00, 0x1F00))
GREEK_AND_CYRILLIC = range(0x386, 0x528)
ARABIC = range(0x620, 0x6D4)


def _without_marks(letters: Iterable[int]) -> dict[int, str]:
    return {code: unicodedata.normalize("NFD", chr(code))[0] for code in letters}


def _arabic_letters() -> dict[int, str]:
    """Map Arabic letters to theirs without hamza or madda, twins to one, digits (Persian too) to ASCII."""
    letters = {code: ARABIC_TWINS.get(base, base) for code, base in _without_marks(ARABIC).items()}
    digits = {zero + digit: str(digit) for zero in (0x660, 0x6F0) for digit in range(10)}
    return {code: letter for code, letter in (letters | digits).items() if letter != chr(code)}


ARABIC_LETTERS = _arabic_letters()
FOLDED = (
    {code: base.lower() for code, base in _without_marks(LATIN).items()}
    | {code: chr(code).lower() for code in GREEK_AND_CYRILLIC}
    | {ord(letter): plain for letter, plain in D_TWINS.items()}
    | ARABIC_LETTERS
)
NEEDS_FOLD = re.compile(f"[{UNFOLDED_LATIN}{ARABIC_MARKS}{''.join(map(chr, ARABIC_LETTERS))}]")


def nfc(text: str) -> str:
    """Put the text into Unicode form NFC; what SQLite cannot hold (lone surrogates, NUL) becomes U+FFFD."""
    if UNSTORABLE.search(text):
        pairs = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text = pairs.replace("\x00", "\ufffd")
    return unicodedata.normalize("NFC", text)


def _plain_arabic(run: re.Match[str]) -> str:
    # A mark on its own is a token of the original: taken away, every later highlight would shift.
    return ARABIC_MARK.sub("", run[0]) or run[0]


def fold(text: str) -> str:
    """Bring the text to the form search compares: lower case, đ and ð as d, no Latin or Arabic marks.

    Arabic letters with hamza or madda become their bare letter, teh marbuta heh, alef maqsura yeh; tatweel
    goes; Arabic-Indic and Persian digits become ASCII. Marks of other scripts (Thai, Lao, Khmer) stay, for
    they carry meaning. Token for token the same as `nfc(text)` under the tokenizer of `articles_fts`, since
    FTS5 highlights by token position.
    """
    return MARKED_LATIN.sub("", ARABIC_RUN.sub(_plain_arabic, nfc(text)).translate(FOLDED))


def needs_fold(text: str) -> bool:
    """Tell whether the search triggers fold the text less than `fold` does: `*_fold` is then written."""
    return NEEDS_FOLD.search(text) is not None


def visible(text: str) -> str:
    """Put the text into NFC, without invisible characters, each run of white space as one blank."""
    return " ".join(nfc(INVISIBLE.sub("", text)).split())


def ascii_digits(text: str) -> str:
    """Write every decimal digit of any script (Arabic, Persian, Lao, Khmer, full width) in ASCII."""
    return text if text.isascii() else FOREIGN_DIGIT.sub(lambda digit: str(int(digit[0])), text)


def digest(title: str, lead: str | None, body: str) -> str:
    """Return the sha256 (64 hex digits) of what a reader sees of the three texts.

    Composition, white space and invisible characters do not change it, nor does a lead that is None or
    empty: none of these is an edit.
    """
    seen = "\n".join(map(visible, (title, lead or "", body)))
    return hashlib.sha256(seen.encode()).hexdigest()
