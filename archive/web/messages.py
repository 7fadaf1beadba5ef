"""The interface in Vietnamese and English: which language a request wants, its messages, dates and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from gettext import GNUTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from archive.times import PAPER_ZONE

CATALOGUES = Path(__file__).parent / "locale"
LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT = "vi"
LONGEST_CODE = 40
CLOCK = {"vi": "HH:mm, dd/MM/yyyy", "en": "d MMM yyyy, HH:mm"}
DAY = {"vi": "dd/MM/yyyy", "en": "d MMM yyyy"}
MONTH = {"vi": "MM/yyyy", "en": "MMM yyyy"}


@dataclass(frozen=True, slots=True)
class Messages:
    """One language of the interface."""

    language: str
    catalogue: GNUTranslations

    def gettext(self, message: str, **values: object) -> str:
        """Return the message in this language, with `%(name)s` filled in."""
        text = self.catalogue.gettext(message)
        return text % values if values else text

    def ngettext(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the form for this number; `%(n)s` is the number as this language writes it."""
        text = self.catalogue.ngettext(one, many, number)
        return text % {"n": self.number(number), **values}

    def number(self, number: int) -> str:
        """Write a number with this language's separators."""
        return format_decimal(number, locale=self.language)

    def clock(self, stamp: str | None) -> str:
        """Write a stored time as day and minute in Vietnam; as it is where it cannot be read."""
        try:
            time = datetime.fromisoformat(stamp or "").astimezone(PAPER_ZONE)
        except (ValueError, OverflowError):
            return stamp or ""
        return format_datetime(time, CLOCK[self.language], tzinfo=PAPER_ZONE, locale=self.language)

    def day(self, stamp: str | date | None) -> str:
        """Write a day, or that of a stored time in Vietnam."""
        try:
            day = stamp if isinstance(stamp, date) else datetime.fromisoformat(stamp or "").astimezone(PAPER_ZONE)
        except (ValueError, OverflowError):
            return str(stamp or "")
        return format_date(day, DAY[self.language], locale=self.language)

    def month(self, day: date) -> str:
        """Write a month and its year."""
        return format_date(day, MONTH[self.language], locale=self.language)

    def language_name(self, code: str) -> str:
        """Return the name of a language in this one; the code where it is unknown."""
        found = locale_of(code)
        name = found.get_display_name(self.language) if found else None
        return name[:1].upper() + name[1:] if name else code


@lru_cache
def messages(language: str) -> Messages:
    """Load one language's compiled catalogue."""
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        return Messages(language, GNUTranslations(file))


@lru_cache(maxsize=256)
def locale_of(code: str) -> Locale | None:
    """Return what is known of a language code (BCP 47), None for one that is none."""
    try:
        return Locale.parse(code, sep="-") if code.isascii() and len(code) < LONGEST_CODE else None
    except (ValueError, UnknownLocaleError, TypeError):
        return None


def choose(asked: str | None, accepted: str) -> str:
    """Choose the language: the one asked for in the address, else the reader's first known one (RFC 9110, 12.5.4)."""
    if asked in LANGUAGES:
        return str(asked)
    weighed = []
    for place, part in enumerate(accepted[:500].split(",")):
        code, _, parameters = part.strip().partition(";")
        weight = parameters.strip().removeprefix("q=") or "1"
        try:
            weighed.append((-float(weight), place, code.partition("-")[0].lower()))
        except ValueError:
            continue
    known = [code for weight, _, code in sorted(weighed) if code in LANGUAGES and weight < 0]
    return known[0] if known else DEFAULT
