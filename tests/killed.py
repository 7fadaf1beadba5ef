"""kill -9 at any moment: an action runs in a process that ends before its n-th write to disk or database."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRITES = ("fsync", "pwrite", "ftruncate", "replace", "rename", "unlink", "rmdir", "mkdir", "utime")
CHANGES = ("INSERT", "UPDATE", "DELETE", "COMMIT", "VACUUM", "ANALYZE", "PRAGMA WAL_CHECKPOINT")


class _Countdown:
    """Ends this process, as kill -9 does, when the last of so many writes is about to happen."""

    def __init__(self, left: int) -> None:
        self.left = left

    def tick(self) -> None:
        """Count one write."""
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Count a write before each call."""

        def counted(*arguments: Any, **named: Any) -> Any:
            self.tick()
            return call(*arguments, **named)

        return counted

    def arm(self) -> None:
        """Count what this process writes from now on."""
        for name in WRITES:
            setattr(os, name, self.before(getattr(os, name)))
        Path.write_bytes = self.before(Path.write_bytes)  # type: ignore[method-assign]
        countdown = self

        class Counted(sqlite3.Connection):
            def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
                if sql.lstrip().upper().startswith(CHANGES):
                    countdown.tick()
                return super().execute(sql, *values)

        opened = sqlite3.connect
        sqlite3.connect = lambda *values, **named: opened(*values, **{"factory": Counted, **named})


def kill_at(number: int, action: Callable[[], object]) -> bool:
    """Run the action in a process that is killed before its write `number` (from 0); False when it came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _Countdown(number).arm()
            action()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0, "the action failed by itself"
        return False
    return True


def moments(action: Callable[[int], Callable[[], object]], first: int = 0, step: int = 1) -> Iterator[int]:
    """Kill a fresh action at one moment after another, every `step`-th; yields each number once it was killed.

    `action` prepares one for the moment of that number.
    """
    number = first
    while kill_at(number, action(number)):
        yield number
        number += step
    assert number > first, "nothing was ever written"
