"""Spider arguments as they come from a command line: text, to be read with a clear complaint."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from crawler.dates import ICT

if TYPE_CHECKING:
    from scrapy.settings import Settings


def whole_number(name: str, value: str | int) -> int:
    """A spider argument as a number; raises ValueError that says what to give."""
    text = str(value)
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name}={value}: give a whole number")
    return int(text)


def day(name: str, value: str) -> date:
    """A spider argument as a day; raises ValueError that says what to give."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{name}={value}: give a day as YYYY-MM-DD") from error


def today(settings: Settings) -> date:
    """The day that it is for the papers; of a simulated newspaper's clock where the settings name one."""
    standing = settings["CLOCK_AT"]
    running = datetime.now(UTC) + timedelta(seconds=settings.getfloat("CLOCK_OFFSET"))
    return (datetime.fromisoformat(standing) if standing else running).astimezone(ICT).date()
