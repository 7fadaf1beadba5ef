"""The way back from a backup to a data folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from archive.backup_files import DATABASE, KEPT, Copied, copy_all, refuse_within, wanted
from archive.files import PARTIAL, check_room, digest_of, discard, keeping, keeping_new, sync, write_whole
from archive.receipt import RECEIPT, receipt
from archive.schema import ArchiveError, pending

if TYPE_CHECKING:
    from pathlib import Path

    from archive.backup_files import Report

RESTORING = f"restore{PARTIAL}"
WHOLE = "whole"
LOGS = (f"{DATABASE}-wal", f"{DATABASE}-journal")


def restore(source: Path, data: Path, report: Report) -> Copied:
    """Copy a backup into an empty data folder; one that was killed is taken up by the next.

    Nothing of it is seen before all of it has been copied, and nothing stays of one that failed. Raises
    ArchiveError when `data` holds anything, `source` is no whole backup, or its database is not the one that
    was backed up, BusyError when either folder is being kept by another process.
    """
    refuse_within(data, source)
    with keeping(source, shared=True):
        digests = _digests(source)
        with keeping_new(data):
            folder = data / RESTORING
            if not (folder / WHOLE).exists():
                _check_empty(data)
                _copy(source, folder, digests, report)
            files, size = map(int, (folder / WHOLE).read_text().split())
            _move_in(folder, data)
    return Copied(files, size, 0)


def _digests(source: Path) -> list[str]:
    """Return the digests (hex) that the database of a whole backup may have."""
    said = receipt(source)
    if said is None or not said["sha256"] or not (source / DATABASE).is_file():
        raise ArchiveError(f"{source}: not a whole backup: name another, or make it anew")
    return list(said["sha256"])


def _copy(source: Path, folder: Path, digests: list[str], report: Report) -> None:
    """Copy everything into `folder`, and mark it when all of it is there; nothing stays of it when that fails."""
    discard(folder)
    folder.mkdir()
    try:
        files = [(DATABASE, (source / DATABASE).stat().st_size), *wanted(source, folder)]
        check_room(folder.parent, sum(size for _, size in files))
        copied = copy_all(source, folder, files, report, {})
        _check_database(folder / DATABASE, source, digests)
        write_whole(folder / WHOLE, f"{len(files)} {copied}".encode())
    except BaseException:
        discard(folder)
        raise


def _check_database(path: Path, source: Path, digests: list[str]) -> None:
    if digest_of(path) not in digests:
        raise ArchiveError(f"{source / DATABASE}: is not as it was backed up ({RECEIPT}): use another backup")
    with closing(sqlite3.connect(path)) as conn:
        pending(conn)  # raises for a newer schema; an older one is `baotinh init`'s work


def _move_in(folder: Path, data: Path) -> None:
    """Move what was restored to its place, the database last: without it a data folder holds no archive."""
    for name in (*KEPT, DATABASE):
        if (folder / name).exists():
            _make_room(data / name)
            (folder / name).rename(data / name)
    sync(data)
    discard(folder)


def _make_room(path: Path) -> None:
    """Remove an empty folder, which `rename` would not always replace."""
    if path.is_dir():
        path.rmdir()


def _check_empty(data: Path) -> None:
    found = [name for name in KEPT if (data / name).is_dir() and any((data / name).iterdir())]
    # A log that is left without its database would be taken for that of the one which is restored.
    found += [name for name in (DATABASE, *LOGS) if (data / name).exists()]
    if found:
        raise ArchiveError(f"{data}: holds an archive already ({', '.join(found)}): name an empty folder with --data")
