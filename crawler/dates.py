"""Printed dates in every language of our editions, as aware datetimes, or None: never a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from archive.text import ascii_digits, fold, visible
from crawler.months import AFTER_NOON, BEFORE_NOON, BEFORE_TIME, MONTH_WORDS, MONTHS, UNCLEAR, any_of

ICT = timezone(timedelta(hours=7))
"""Indochina time, which all papers print."""

MAX_TEXT = 160
"""Characters of the longest line taken, white space joined: a longer one is prose, not a date."""
MAX_RAW = 10 * MAX_TEXT
YEARS = range(1990, 2101)
"""Before 1990 no paper was on the web: an earlier year is a default (0001, 1970) or of another calendar."""
WIDEST_OFFSET = timedelta(hours=14)
LEEWAY = timedelta(days=1)
"""How far after its capture a page may be dated: clocks and zones go wrong by hours."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A printed date: `when` is aware; where only the day is printed, midnight and not `precise`."""

    when: datetime
    precise: bool


# The two forms in which nearly all dates of meta tags and papers come; what fits them needs no closer look.
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)", re.ASCII)
PRINTED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d\d)", re.ASCII)
FORMS = str.maketrans("：／．－−–，،’′", ":/.---,,''")

# The day comes first wherever two numbers could be day and month.
GAP = r"[ ,./-]{0,3}(?:(?:nam|of|de|del|من|عام|سنه|ປີ|ឆ្នាំ)[ ,]{0,2})?"
DAY = r"(?<!\d)(?P<day>\d{1,2})(?!\d)(?:st|nd|rd|th|er|º|ª)?"
YEAR = r"(?<!\d)(?P<year>\d{4})(?!\d)"
NAME = any_of(MONTHS)
MONTH = (
    rf"(?:(?:{any_of(MONTH_WORDS)} ?)?(?P<name>{NAME})(?: ?(?:/ ?(?P<twin>{NAME})|\( ?(?P<other>{NAME}) ?\)))?"
    rf"|{any_of(MONTH_WORDS)} ?(?P<month>\d{{1,2}})(?!\d))"
)
NOT_IN_WORD = r"(?<![^\W\d_])"
DATES = (
    re.compile(r"(?<!\d)(?P<day>\d{1,2})(?P<s>-| ?/ ?|\. ?)(?P<month>\d{1,2})(?P=s)(?P<year>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>\d{4})(?P<s>-| ?/ ?|\. ?)(?P<month>\d{1,2})(?P=s)(?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>\d{4}) ?[年년] ?(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日号號일]"),
    re.compile(f"{DAY}{GAP}{MONTH}{GAP}{YEAR}"),
    re.compile(f"{NOT_IN_WORD}{MONTH}{GAP}{DAY}{GAP}{YEAR}"),
)
# The one form in which American order is known: the date in the meta of ONECMS and of some feeds.
MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})(/\d{4} (?:0?[1-9]|1[0-2]):\d\d:\d\d [ap]m)")
EITHER_ORDER = re.compile(r"\d ?/ ?\d{1,2} ?/ ?\d{4}(?!\d)")
# RFC 822 5.1, the only form with a year of two digits.
SHORT_YEAR = re.compile(r"((?:[a-z]{3}, )?\d{1,2} [a-z]{3} )(\d\d)( \d\d:\d\d(?::\d\d)? (?:[+-]\d{4}|[a-z]{1,3}\b.*))")

HOURS = r"(?:gio|时|時|点|點|시|ໂມງ|heures?|h(?![^\W\d_])|g(?=\d))"
MINUTES = "(?: ?(?:phut|min|分|분|ນາທີ))?"
HALF = rf"(?:{NOT_IN_WORD}(?:(?P<am>{any_of(BEFORE_NOON)})|(?P<pm>{any_of(AFTER_NOON)}))(?![^\W\d_]))?"
TIME = re.compile(
    rf"(?P<half>{any_of(BEFORE_TIME)})? ?(?<![\d:.+-])(?P<hour>\d{{1,2}})"
    r"(?: ?: ?(?P<minute>\d\d)(?: ?: ?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    rf"| ?{HOURS} ?(?:(?P<minutes>\d{{1,2}}){MINUTES}(?: ?(?P<seconds>\d{{1,2}}) ?[秒초])?)?)"
    rf"(?!\d)'? ?{HALF}(?P<zone>z(?![^\W_])| ?[+-]\d\d:?\d\d(?!\d)|[+-]\d\d(?![\d/.:-]))?"
)
ZONE = re.compile(r"(?<![^\W_])(?:(?P<east>ict)|gmt|utc)(?P<zone> ?[+-] ?\d{1,2}(?::?\d\d)?(?!\d))?(?![^\W\d_])")
OFFSET = re.compile(r"([+-]) ?(\d{1,2}):?(\d\d)?")
OTHER_ZONE = re.compile(r"\d ?(?:[AaPp][Mm] ?)?\(?(?:(?!GMT\b|ICT\b)[A-Z]{2,4}T|MSK|WIB)\b")
# A place's time in words: whose it is stands there, but no offset that could be checked.
PLACE_TIME = re.compile(
    r"мск|по москов|по москв|по местн|местн\w* врем|北京时间|北京時間|当地时间|當地時間|日本時間|現地時間"
    r"|(?:한국|현지) ?시간|بتوقيت|heure (?:de|locale)|hora (?:de|local)|gio dia phuong"
    r"|(?:local|eastern|central|mountain|pacific|beijing|moscow|london|tokyo|singapore) time"
)
OWN_TIME = re.compile(r"بتوقيت (?:فيتنام|هانوي)|(?:heure|hora) de ha ?noi")
WEEKDAY = re.compile(rf"{NOT_IN_WORD}(?:thu ?|t)[2-7](?![\d:])")
# `sa` and `ch` are syllables of names as well (Sa Pa).
HALVES = {*UNCLEAR, *BEFORE_TIME, *BEFORE_NOON, *AFTER_NOON} - {"sa", "ch"}
OTHER_HALF = re.compile(rf"{NOT_IN_WORD}{any_of(HALVES)}(?![^\W\d_])")
ANNO_DOMINI = re.compile(r"(?<=\d{4})م(?![^\W\d_])")


def parse_date(
    text: str, *, zone: tzinfo = ICT, month_first: bool = False, captured_at: datetime | None = None
) -> datetime | None:
    """Read a printed date as an aware datetime; arguments and None as with `read_date`."""
    moment = read_date(text, zone=zone, month_first=month_first, captured_at=captured_at)
    return moment.when if moment else None


def read_date(
    text: str, *, zone: tzinfo = ICT, month_first: bool = False, captured_at: datetime | None = None
) -> Moment | None:
    """Read the one date of a line, with words around it (`Cập nhật lúc:`), its time and its zone if any.

    `zone` holds where the line names none. Day before month, but for a caller who knows of a field in
    American order: `month_first` then takes `1/8/2026 10:02:01 AM`, the only form known in that order, as
    8 January, and no other line of that kind. None where the date is missing, impossible, more than a day
    after `captured_at` (aware), or where a number, half of the day or zone is left that is not understood.
    Never raises.
    """
    try:
        moment = _plain(text, zone, month_first=month_first) or _worded(text, zone, month_first=month_first)
    except ValueError:
        return None
    if moment is None or moment.when.year not in YEARS:
        return None
    return None if captured_at is not None and moment.when - captured_at > LEEWAY else moment


def _plain(text: str, zone: tzinfo, *, month_first: bool) -> Moment | None:
    """Read a date in one of the two plainest forms; raises ValueError for an impossible one."""
    if ISO.fullmatch(text):
        return Moment(datetime.fromisoformat(text), precise=True)
    if month_first or not (printed := PRINTED.fullmatch(text)):
        return None
    day, month, year, hour, minute = map(int, printed.groups())
    return Moment(datetime(year, month, day, hour, minute, tzinfo=zone), precise=True)


def _worded(text: str, zone: tzinfo, *, month_first: bool) -> Moment | None:
    """Read a date in any form; raises ValueError for an impossible one."""
    line = _line(text, month_first=month_first)
    date, line = _cut_first(DATES, line)
    named_zone, line = _cut_first((ZONE,), line)
    time, line = _cut_first((TIME,), line)
    if date is None or re.search(r"\d", WEEKDAY.sub("", line)) or (time and OTHER_HALF.search(line)):
        return None
    when = datetime(*_day(date), *_clock(time), tzinfo=_zone(time, named_zone) or zone)
    return Moment(when, precise=time is not None)


def is_american(text: str) -> bool:
    """Tell whether a text has the one form in which the month is known to come first (`1/8/2026 10:02:01 AM`)."""
    return MONTH_FIRST.fullmatch(text.strip().lower()) is not None


def _line(text: str, *, month_first: bool) -> str:
    """Bring the text to one folded line of known shape, day first; "" where it cannot be a date alone."""
    seen = visible(text) if len(text) <= MAX_RAW else ""
    if len(seen) > MAX_TEXT or OTHER_ZONE.search(seen):
        return ""
    line = OWN_TIME.sub("", ANNO_DOMINI.sub("", ascii_digits(fold(seen)).translate(FORMS)))
    if PLACE_TIME.search(line):
        return ""
    if month_first and EITHER_ORDER.search(line):
        known = MONTH_FIRST.fullmatch(line)
        return known.expand(r"\2/\1\3") if known else ""
    return SHORT_YEAR.sub(_long_year, line) if SHORT_YEAR.fullmatch(line) else line


def _long_year(match: re.Match[str]) -> str:
    # RFC 2822 4.3: 00 to 49 are of this century.
    return f"{match[1]}{'20' if match[2] < '50' else '19'}{match[2]}{match[3]}"


def _cut_first(patterns: tuple[re.Pattern[str], ...], line: str) -> tuple[re.Match[str] | None, str]:
    """Return the first match of the first pattern that has one, and the line with a bar in its place."""
    for pattern in patterns:
        if match := pattern.search(line):
            # The bar keeps what stood on both sides from reading as one.
            return match, f"{line[: match.start()]}|{line[match.end() :]}"
    return None, line


def _day(date: re.Match[str]) -> tuple[int, int, int]:
    """Return year, month and day; raises ValueError when two names of the month contradict each other."""
    parts = date.groupdict()
    named = {MONTHS[parts[key]] for key in ("name", "twin", "other") if parts.get(key)}
    if len(named) > 1:
        raise ValueError("two months in one date")
    month = named.pop() if named else int(parts["month"])
    return int(parts["year"]), month, int(parts["day"])


def _clock(time: re.Match[str] | None) -> tuple[int, int, int, int]:
    """Return hour (0 to 23), minute, second, microsecond; raises ValueError when AM or PM contradicts it."""
    if time is None:
        return 0, 0, 0, 0
    halves = {BEFORE_TIME.get(time["half"] or ""), time["am"] and "am", time["pm"] and "pm"} - {None}
    hour = int(time["hour"])
    on_dial = hour in range(13)
    # Some papers print 20:33 PM: twenty-four hours and the half.
    if len(halves) > 1 or (halves == {"am"} and not on_dial) or (halves == {"pm"} and hour == 0):
        raise ValueError("the hour contradicts the half of the day")
    if halves and on_dial:
        hour = hour % 12 + (12 if halves == {"pm"} else 0)
    minute, second = time["minute"] or time["minutes"] or 0, time["second"] or time["seconds"] or 0
    return hour, int(minute), int(second), int((time["fraction"] or "").ljust(6, "0")[:6])


def _zone(time: re.Match[str] | None, named: re.Match[str] | None) -> tzinfo | None:
    """Return the zone that the line names, None where it names none; raises ValueError when it names two."""
    zones = set()
    if time is not None and time["zone"]:
        zones.add(_offset(time["zone"]))
    if named:
        zones.add(ICT if named["east"] else _offset(named["zone"] or "z"))
    if len(zones) > 1:
        raise ValueError("two zones in one date")
    return zones.pop() if zones else None


def _offset(printed: str) -> timezone:
    """Read `z`, `+7`, `+0700` or `- 07:00` (ISO 8601 4.3.13); raises ValueError beyond 14 hours."""
    match = OFFSET.fullmatch(printed.strip())
    if not match:
        return UTC
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if offset > WIDEST_OFFSET or int(match[3] or 0) not in range(60):
        raise ValueError(f"no zone of the earth: {printed}")
    return timezone(-offset if match[1] == "-" else offset)
