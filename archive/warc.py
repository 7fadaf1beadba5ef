"""The captured bytes: append responses to a WARC file; its readers and its mender are named here too."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from archive import warc_form as form
from archive.files import unwritten
from archive.items import Capture
from archive.warc_reader import MAX_BODY, DamagedError, Record, read, records, sound_records
from archive.warc_tail import mend

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["MAX_BODY", "DamagedError", "Record", "WarcWriter", "file_of", "mend", "read", "records", "sound_records"]

FILE_NAME = re.compile(r"[\w][\w.+-]*", re.ASCII)


class WarcWriter:
    """Appends the responses of one run to `warc/<source>/<run>.warc.gz` below the data folder.

    `info` goes into the warcinfo record that opens the file; `level` is gzip's. A torn tail that a killed
    writer left is cut first. Nothing is sure to be kept before `sync` has returned. One writer a file.

    Raises ValueError for a source or run that is no file name, ArchiveError when the file cannot be written.
    """

    def __init__(self, data: Path, source: str, run: str, *, info: Mapping[str, str], level: int = form.LEVEL) -> None:
        self.file = file_of(source, run)
        self.path = data / self.file
        self._level = level
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._out = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise unwritten(self.path, error) from error
        mend(self.path)
        self._size = os.fstat(self._out).st_size
        self._folder_synced = self._size > 0
        if self._size == 0:
            self._write(form.member(*form.warcinfo(self.path.name, datetime.now(UTC), info), level))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(  # noqa: PLR0913 — what a response and its request consist of
        self,
        *,
        url: str,
        fetched_at: datetime,
        status: int,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        fetched_from: str | None = None,
        request_headers: Iterable[tuple[str, str]] = (),
        method: str = "GET",
        reason: str = "",
        revisit_of: Capture | None = None,
        ip: str | None = None,
    ) -> Capture:
        """Write one response and its request, and return where the response lies.

        `url` is the paper's own address (WARC-Target-URI), `fetched_from` the one that was asked.
        `revisit_of` is an earlier capture that holds its bytes itself: a 304 and a body of the same digest
        become a `revisit` of it (WARC 1.1 §6.7), any other response is written in full. Headers may hold
        bytes beyond ASCII as latin-1.

        Raises ValueError for an address with blanks, a time without a zone, or a `revisit_of` that is a
        revisit itself; ArchiveError when the disk is full.
        """
        digest = None if status == form.NOT_MODIFIED else hashlib.sha256(body).hexdigest()
        first = _first(revisit_of, status, digest)
        pairs = form.clean_headers(headers)
        capture = Capture(
            url=form.target(url),
            fetched_from=form.target(fetched_from or url),
            fetched_at=_in_utc(fetched_at),
            status=status,
            headers=pairs if digest is None else form.with_length(pairs, len(body)),
            file=self.file,
            offset=self._size,
            length=0,
            digest=digest,
            etag=form.header(pairs, "etag"),
            last_modified=form.header(pairs, "last-modified"),
            revisit_of=(first.file, first.offset) if first else None,
        )
        record_id = form.new_id()
        answer = form.answer(capture, first, record_id, reason, body, ip)
        request = form.request(capture, record_id, method, form.clean_headers(request_headers))
        response = form.member(*answer, self._level)
        self._write(response + form.member(*request, self._level))
        return replace(capture, length=len(response))

    def sync(self) -> None:
        """Put everything that was added onto the disk (fsync); raises ArchiveError when it cannot be."""
        try:
            os.fsync(self._out)
            if not self._folder_synced:
                _sync_folder(self.path.parent)
                self._folder_synced = True
        except OSError as error:
            raise unwritten(self.path, error) from error

    def close(self) -> None:
        """Sync and let go of the file; closing twice does nothing."""
        if self._out < 0:
            return
        try:
            self.sync()
        finally:
            os.close(self._out)
            self._out = -1

    def _write(self, members: bytes) -> None:
        """Append whole records at once: nothing waits in this process, which may be killed at any moment."""
        waiting = memoryview(members)
        try:
            done = 0
            while done < len(waiting):
                done += os.write(self._out, waiting[done:])
        except OSError as error:
            os.ftruncate(self._out, self._size)  # half a record before the next one would spoil all that follow
            raise unwritten(self.path, error) from error
        self._size += len(waiting)


def file_of(source: str, run: str) -> str:
    """Name the WARC file of a run, relative to the data folder; raises ValueError for no file name."""
    for name in (source, run):
        if not FILE_NAME.fullmatch(name):
            raise ValueError(f"cannot be part of a file name: {name!r}")
    return f"warc/{source}/{run}.warc.gz"


def _in_utc(fetched_at: datetime) -> datetime:
    if fetched_at.tzinfo is None:
        raise ValueError(f"a capture's time needs a zone: {fetched_at}")
    return fetched_at.astimezone(UTC)


def _first(revisit_of: Capture | None, status: int, digest: str | None) -> Capture | None:
    """Tell which earlier capture the response repeats, if it does."""
    if revisit_of is None or (status != form.NOT_MODIFIED and revisit_of.digest != digest):
        return None
    if revisit_of.revisit_of is not None:
        raise ValueError(f"a revisit must name the record that holds the bytes: {revisit_of.url}")
    return revisit_of


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
