"""One run of one source: its lock, its WARC file, its batch on the way to the archive."""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TextIO

from archive.files import unwritten
from archive.runs import run_name
from archive.schema import ArchiveError
from archive.store import Store
from archive.warc import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from archive.items import Capture, Item, Source


ROOM = 2**16
"""Bytes of the lock file: on a full disk, what they took is enough for the row that says how the run ended."""


class AlreadyRunning(ArchiveError):
    """Another process is crawling this source."""


class Session:
    """Everything that a run writes: captures to its WARC file, then rows to the archive, in batches.

    A batch is synced to the WARC file before its rows commit (one transaction). A capture whose response is
    still being read waits for its item, so that a capture row never stands without what was read from it.
    Raises AlreadyRunning when the source is locked, ArchiveError when the archive cannot be opened.
    """

    def __init__(
        self, data: Path, source: Source, *, info: Mapping[str, str], offset: float = 0.0, at: datetime | None = None
    ) -> None:
        self.data, self.source, self._info = data, source, dict(info)
        self._offset, self._at = timedelta(seconds=offset), at
        self._lock = self._take_lock()
        self.store = Store(data / "archive.db")
        self.store.register(source)
        self.started_at = self.now()
        self.run_id = self.store.open_run(source.name, self.started_at)
        self.run = run_name(self.run_id, self.started_at)
        self._writer: WarcWriter | None = None
        self._done: list[Capture] = []
        self._reading: dict[tuple[str, int], Capture] = {}
        self._items: list[Item] = []

    def now(self) -> datetime:
        """The time of captures: the clock in UTC, moved by the offset of a simulated newspaper, or standing still."""
        return self._at or (datetime.now(UTC) + self._offset).replace(microsecond=0)

    @property
    def pending(self) -> int:
        """How many captures and items wait for the next commit."""
        return len(self._done) + len(self._items)

    def capture(self, *, reading: bool, **response: Any) -> Capture:
        """Append one response to the WARC file; `reading` says that its reader will hand it back by `done`."""
        if self._writer is None:  # a run that fetches nothing leaves no file
            self._writer = WarcWriter(self.data, self.source.name, self.run, info=self._info)
        capture = self._writer.add(fetched_at=self.now(), **response)
        if reading:
            self._reading[capture.file, capture.offset] = capture
        else:
            self._done.append(capture)
        return capture

    def keep(self, item: Item) -> None:
        """Take one item into the batch, and its capture with it: they commit together."""
        self._items.append(item)
        if item.capture is not None:
            self.done(item.capture)

    def done(self, capture: Capture) -> None:
        """Nothing more will come of `capture`: its item was taken, or it gave none."""
        if self._reading.pop((capture.file, capture.offset), None) is not None:
            self._done.append(capture)

    def flush(self) -> Sequence[str]:
        """Commit the batch and return the outcome of each item; the batch stays when the archive refuses it.

        Raises ArchiveError (locked, full, read-only).
        """
        if not self.pending:
            return []
        if self._writer is not None:
            self._writer.sync()
        outcomes = self.store.save(self.run_id, self._done, self._items)
        self._done, self._items = [], []
        return outcomes

    def close(self, outcome: str, exit_code: int, counts: Mapping[str, object]) -> None:
        """Write the end of the run, and release the lock.

        A run that leaves captures whose items never came stays open: the next one takes them in from the WARC.
        Where the archive refuses the row, it is written once more in the room that the lock file kept (a full disk).
        """
        is_whole = not self.pending and not self._reading
        end = (self.run_id, self.now() if is_whole else None, outcome, exit_code, counts)
        try:
            self.store.close_run(*end)
        except ArchiveError:
            self._write_pid()
            self.store.close_run(*end)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of files and lock without a word to the archive (it could not be reached)."""
        if self._writer is not None:
            self._writer.close()
        self.store.close()
        self._lock.close()

    def _take_lock(self) -> TextIO:
        path = self.data / "locks" / f"{self.source.name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read(20).strip() or "unknown"
            lock.close()
            raise AlreadyRunning(f"{self.source.name}: already running (process {holder})") from error
        self._lock = lock
        self._write_pid(ROOM)
        return lock

    def _write_pid(self, room: int = 0) -> None:
        """Write this process into the lock file, followed by as many blanks; raises ArchiveError on a full disk."""
        text = str(os.getpid()).ljust(room).encode()
        try:
            os.ftruncate(self._lock.fileno(), 0)
            written = os.write(self._lock.fileno(), text)
        except OSError as error:
            raise unwritten(self._lock.name, error) from error
        if written < len(text):
            raise ArchiveError(f"{self._lock.name}: the disk is full: make room, then run again")
