"""The board that shows running crawls: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table

COLUMNS = ("found", "fetched", "new", "changed", "errors")
PLAIN_SECONDS = 60.0  # between plain lines of one source
LIVE_SECONDS = 0.1


@dataclass(slots=True)
class Line:
    """What one source has done so far; `rate` is fetches a second since its start."""

    source: str
    found: int = 0
    fetched: int = 0
    new: int = 0
    changed: int = 0
    errors: int = 0
    outcome: str = ""
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    printed: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it has run, in seconds."""
        return max((self.ended or time.monotonic()) - self.started, 1e-6)

    @property
    def rate(self) -> float:
        """Fetches a second."""
        return self.fetched / self.seconds

    @property
    def left(self) -> str:
        """The time that what is found but not fetched will take, "" when nobody can tell."""
        waiting = self.found - self.fetched
        if self.outcome or waiting <= 0 or not self.fetched:
            return ""
        minutes, seconds = divmod(round(waiting / self.rate), 60)
        return f"{minutes}:{seconds:02d}"

    def text(self) -> str:
        """The line as plain words."""
        counts = ", ".join(f"{getattr(self, name)} {name}" for name in COLUMNS)
        return f"{self.source}: {self.outcome or 'running'}: {counts}, {self.rate:.1f}/s"


class Board:
    """All lines of this process; shows nothing until `show` has been entered."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.title = ""
        self._live: Live | None = None
        self._plain = False
        self._refreshed = 0.0

    def show(self, title: str, console: Console | None = None) -> None:
        """Begin to show: a live table when standard error is a terminal, else a line now and then."""
        console = console or Console(stderr=True)
        self.title = title
        if console.is_terminal:
            self._live = Live(self.table(), console=console, auto_refresh=False, transient=True)
            self._live.start()
        else:
            self._plain = True

    def hide(self) -> None:
        """Stop showing and forget all lines."""
        if self._live is not None:
            self._live.stop()
        self._live, self._plain = None, False
        self.lines.clear()

    def line(self, source: str) -> Line:
        """A new line for a source."""
        self.lines.append(Line(source))
        return self.lines[-1]

    def refresh(self, *, force: bool = False) -> None:
        """Bring what is shown up to date, at most ten times a second."""
        now = time.monotonic()
        for line in self.lines:
            if line.outcome and line.ended is None:
                line.ended = now
                line.printed = 0.0 if self._plain else now
            if self._plain and (line.printed == 0.0 if line.outcome else now - line.printed > PLAIN_SECONDS):
                if line.printed or line.outcome:
                    print(line.text(), file=sys.stderr, flush=True)
                line.printed = now
        if self._live is not None and (force or now - self._refreshed > LIVE_SECONDS):
            self._refreshed = now
            self._live.update(self.table(), refresh=True)

    def table(self) -> Table:
        """The live table, one row a source."""
        table = Table(title=self.title or None, title_justify="left", box=None, pad_edge=False)
        table.add_column("source", style="bold")
        for name in (*COLUMNS, "rate", "left"):
            table.add_column(name, justify="right")
        table.add_column("")
        for line in self.lines:
            counts = (str(getattr(line, name)) for name in COLUMNS)
            table.add_row(line.source, *counts, f"{line.rate:.1f}/s", line.left, line.outcome)
        return table


BOARD = Board()
