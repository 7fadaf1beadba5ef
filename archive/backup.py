"""A second copy of everything that is kept, renewed file by file."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from archive import backup_files, withdrawal
from archive.backup_check import beside_lock, check_target, held, refuse_damage, refuse_damaged_texts
from archive.backup_files import DATABASE, Copied, copy_all, listed, wanted
from archive.files import check_room, digest_of, discard, keeping, keeping_new, replacing
from archive.receipt import RECEIPT, receipt
from archive.receipt import write as write_receipt
from archive.schema import open_read_only
from archive.snapshot import copy_database, file_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from archive.backup_files import Report

THINNED = ("snapshots", "withdrawn")
"""Folders whose files go from the backup when they have gone from the archive; captures never do."""

WRITTEN = 'SELECT file, max("offset" + length) FROM captures GROUP BY file'
OPEN = """
SELECT file, max("offset" + length) FROM captures
WHERE run_id IN (SELECT id FROM runs WHERE ended_at IS NULL) GROUP BY file
"""


def backup(data: Path, target: Path, now: datetime, report: Report) -> Copied:
    """Copy the archive to the folder `target`, whose files that have not changed stay; a data folder itself.

    Each file is replaced whole, the database last, so that an interrupted backup still has the database of
    the one before. What the database says was true before the captures were copied: every row finds its
    bytes. Raises BusyError when another process keeps either folder, ArchiveError when `target` is neither empty
    nor a backup, or one of an archive that held more, and when what should replace a copy is damaged.
    """
    backup_files.refuse_within(data, target)
    with closing(open_read_only(data / DATABASE)) as conn, keeping(data):
        chain = withdrawal.resume(data, conn)
        check_target(target, held(conn))
        with keeping_new(target):
            check_target(target, held(conn))  # that of another archive may just have ended
            backup_files.clear_partials(target)
            files = wanted(data, target)
            refuse_damage(data, target, files, chain, _growing(conn))
            check_room(target, sum(size for _, size in files) + (data / DATABASE).stat().st_size)
            return _renewed(data, target, conn, now, report)


def _renewed(data: Path, target: Path, conn: sqlite3.Connection, now: datetime, report: Report) -> Copied:
    """Bring a backup up to date, and say what was done and what is wrong with the captures."""
    with _marked(target, now) as known:
        files, size = _renew(conn, target, known, now, report)
    removed = _remove_gone(data, target)
    absent = backup_files.missing(data, map(tuple, conn.execute(WRITTEN)))
    lost = tuple(sorted(file for file in set(listed(target)) - set(listed(data)) if file.startswith("warc/")))
    kept = sum(1 for _ in listed(target)) - len(files)
    missing = tuple(file for file in absent if file not in lost)
    return Copied(len(files) + 1, size, kept, removed, lost, backup_files.foreign(data), missing)


def _renew(
    conn: sqlite3.Connection, target: Path, known: Sequence[str], now: datetime, report: Report
) -> tuple[list[tuple[str, int]], int]:
    """Copy what has changed, the database last; returns the files beside it, and bytes in all.

    `known` are the digests (hex) that the database in the backup may have. The receipt names those and the
    new one while it is replaced, so that a backup that is killed then can be restored.
    """
    path = file_of(conn)
    with replacing(target / DATABASE) as partial:
        discard(partial)
        copy_database(conn, partial, report)
        if known:
            refuse_damaged_texts(partial, path)
        files = wanted(path.parent, target)  # captures that came while the database was copied too
        copied = copy_all(path.parent, target, files, report, _growing(conn))
        made = digest_of(partial)
        write_receipt(target, now, [made, *known])
    write_receipt(target, now, [made])
    return files, copied + (target / DATABASE).stat().st_size


@contextmanager
def _marked(target: Path, now: datetime) -> Iterator[list[str]]:
    """Mark a new backup as one that is not whole yet; hands out the digests that the present database may have."""
    said = receipt(target)
    if said is None:
        write_receipt(target, now, [])
    try:
        yield list(said["sha256"]) if said is not None and (target / DATABASE).exists() else []
    except BaseException:
        if [path.name for path in beside_lock(target)] == [RECEIPT]:
            discard(target / RECEIPT)  # nothing was copied: the folder is as it was
        raise


def _growing(conn: sqlite3.Connection) -> dict[str, int]:
    return dict(map(tuple, conn.execute(OPEN)))


def _remove_gone(data: Path, target: Path) -> int:
    gone = [file for file in set(listed(target)) - set(listed(data)) if file.startswith(THINNED)]
    for file in gone:
        discard(target / file)
    for folder in sorted((target / "snapshots").glob("*")):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return len(gone)
