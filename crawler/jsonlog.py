"""Log lines as JSON, one object a line on standard error, for journald and for log collectors."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO

SOURCE: ContextVar[str | None] = ContextVar("source", default=None)
"""The source whose crawl is running in this context: several crawl at the same time in one process."""


class JsonFormatter(logging.Formatter):
    """A record as one JSON object in ASCII: time, level, logger, message, source, exception.

    `time` is ISO 8601 in UTC with milliseconds; `source` and `exception` (a traceback) are null where there
    is none. The keys are public.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        return json.dumps(
            {
                "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
                "level": record.levelname,
                "logger": record.name,
                "message": message(record),
                "source": source(record),
                "exception": self.formatException(record.exc_info) if record.exc_info else record.exc_text,
            }
        )


def message(record: logging.LogRecord) -> str:
    """The record's message; one whose arguments do not fit is shown as it is, not lost."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg!s} {record.args!r}"


def source(record: logging.LogRecord) -> str | None:
    """The source that a record speaks of: its own, its spider's, or that of the running context."""
    spider: Any = getattr(record, "spider", None)
    name = getattr(record, "source", None) or getattr(spider, "name", None) or SOURCE.get()
    return str(name) if name else None


def log_json(level: str, stream: TextIO | None = None) -> None:
    """Send log lines from `level` up to `stream` (standard error) as JSON, in place of any other handler.

    Python's warnings, and an exception that ends the program, become log lines too.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    handler.setLevel(level)  # Scrapy sets the levels of the loggers anew
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = log_exception


def log_exception(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """What ends the program, as a log line (sys.excepthook)."""
    logging.getLogger("baotinh").critical("%s: %s", kind.__name__, error, exc_info=(kind, error, trace))
