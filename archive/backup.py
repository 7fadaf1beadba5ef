"""A second copy of everything that is kept, renewed file by file, and the way back from it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from archive import manifest
from archive.files import PARTIAL, check_room, digest_of, discard, keeping, replacing, sync, write_whole
from archive.schema import ArchiveError, open_read_only, pending
from archive.snapshot import copy_database
from archive.times import stamp
from archive.warc import mend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

Report: TypeAlias = "Callable[[str, int, int], None]"

RECEIPT = "backup.json"
"""What makes a folder a backup of ours; written last."""
FORMAT = 1
DATABASE = "archive.db"
KEPT = ("warc", "snapshots", "withdrawn")
"""The folders that are copied beside the database. The operator's key is not among them."""
THINNED = ("snapshots", "withdrawn")
"""Folders whose files go from the backup when they have gone from the archive; captures never do."""
RESTORING = f"restore{PARTIAL}"
WHOLE = "whole"

OPEN = """
SELECT file, max("offset" + length) FROM captures
WHERE run_id IN (SELECT id FROM runs WHERE ended_at IS NULL) GROUP BY file
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup or restore did: files copied and their bytes, files that were there already, files removed."""

    files: int
    bytes: int
    kept: int
    removed: int = 0


def backup(data: Path, target: Path, now: datetime, report: Report) -> Copied:
    """Copy the archive to the folder `target`, whose files that have not changed stay; a data folder itself.

    Each file is replaced whole, the database last, so that an interrupted backup is still the one before.
    What the database says was true before the captures were copied: every row finds its bytes. Raises
    ArchiveError when `target` is neither empty nor a backup, or one of an archive that held more.
    """
    _apart(data, target)
    with closing(open_read_only(data / DATABASE)) as conn, keeping(data):
        manifest.settle(data / "snapshots")
        held = _held(conn)
        _check_target(target, held)
        target.mkdir(parents=True, exist_ok=True)
        wanted = _wanted(data, target)
        refuse_shrunken(data, target, wanted)
        check_room(target, sum(size for _, size in wanted) + (data / DATABASE).stat().st_size)
        with replacing(target / DATABASE) as partial:
            discard(partial)
            copy_database(conn, partial, report)
            wanted = _wanted(data, target)  # captures that came while the database was copied
            copied = _copy_all(data, target, wanted, report, dict(map(tuple, conn.execute(OPEN))))
            receipt = {"format": FORMAT, "created_at": stamp(now), "held": held, "sha256": digest_of(partial)}
        write_whole(target / RECEIPT, json.dumps(receipt, indent=1).encode())
        removed = _remove_gone(data, target)
        kept = sum(1 for _ in _files(target)) - len(wanted)
    return Copied(len(wanted) + 1, copied + (target / DATABASE).stat().st_size, kept, removed)


def restore(source: Path, data: Path, report: Report) -> Copied:
    """Copy a backup into an empty data folder; an interrupted restore is taken up by the next.

    Nothing of it is seen before all of it has been copied. Raises ArchiveError when `data` holds anything,
    `source` is no whole backup, or its database is not the one that was backed up.
    """
    _apart(source, data)
    receipt = _receipt(source)
    with keeping(data):
        folder = data / RESTORING
        if not (folder / WHOLE).exists():
            _check_empty(data)
            discard(folder)
            folder.mkdir()
            wanted = [(DATABASE, (source / DATABASE).stat().st_size), *_wanted(source, folder)]
            check_room(data, sum(size for _, size in wanted))
            copied = _copy_all(source, folder, wanted, report, {})
            if digest_of(folder / DATABASE) != receipt["sha256"]:
                discard(folder)
                raise ArchiveError(f"{source / DATABASE}: is not as it was backed up: use another backup")
            with closing(sqlite3.connect(folder / DATABASE)) as conn:
                pending(conn)  # raises for a newer schema; an older one is `baotinh init`'s work
            write_whole(folder / WHOLE, f"{len(wanted)} {copied}".encode())
        files, size = map(int, (folder / WHOLE).read_text().split())
        _move_in(folder, data)
    return Copied(files, size, 0)


def _move_in(folder: Path, data: Path) -> None:
    """Move what was restored to its place, the database last: without it a data folder holds no archive."""
    for name in (*KEPT, DATABASE):
        if (folder / name).exists():
            (folder / name).rename(data / name)
    sync(data)
    discard(folder)


def _apart(one: Path, other: Path) -> None:
    one, other = one.resolve(), other.resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise ArchiveError(f"{other}: a backup must lie outside of the data folder: name another one")


def _held(conn: sqlite3.Connection) -> dict[str, int]:
    """Count what only grows in an archive."""
    return {table: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("captures", "revisions")}  # noqa: S608


def _check_target(target: Path, held: dict[str, int]) -> None:
    """Refuse to write over what is no backup, or over the backup of an archive that held more than this one."""
    if not target.exists() or not any(target.iterdir()):
        return
    if not any((target / name).exists() for name in (RECEIPT, DATABASE, f"{DATABASE}{PARTIAL}")):
        raise ArchiveError(f"{target}: neither empty nor a backup: name another folder")
    if (target / DATABASE).exists():
        try:
            with closing(sqlite3.connect(target / DATABASE)) as conn:
                past = _held(conn)
        except sqlite3.DatabaseError as error:
            raise ArchiveError(f"{target / DATABASE}: damaged ({error}): name another folder") from error
        if any(past[table] > held[table] for table in held):
            raise ArchiveError(
                f"{target}: the backup holds {past['captures']:,} captures and {past['revisions']:,} revisions, this "
                f"archive {held['captures']:,} and {held['revisions']:,}: another archive? name another folder"
            )


def _receipt(source: Path) -> dict[str, Any]:
    try:
        receipt: dict[str, Any] = json.loads((source / RECEIPT).read_bytes())
        form = receipt["format"]
    except FileNotFoundError as error:
        raise ArchiveError(f"{source}: not a whole backup (no {RECEIPT}): name another, or make it anew") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{source / RECEIPT}: damaged: use another backup") from error
    if form != FORMAT:
        raise ArchiveError(f"{source}: made by a newer baotinh: update to restore it")
    return receipt


def _check_empty(data: Path) -> None:
    found = [name for name in KEPT if (data / name).is_dir() and any((data / name).iterdir())]
    found += [DATABASE] if (data / DATABASE).exists() else []
    if found:
        raise ArchiveError(f"{data}: holds an archive already ({', '.join(found)}): name an empty folder with --data")


def _files(folder: Path) -> Iterator[str]:
    """List the files below the kept folders, relative to `folder`."""
    for name in KEPT:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and PARTIAL not in str(path.relative_to(folder)):
                yield str(path.relative_to(folder))


def _wanted(source: Path, target: Path) -> list[tuple[str, int]]:
    """List files, with their sizes, that `target` lacks or has from another time or in another size."""
    return [
        (file, (source / file).stat().st_size)
        for file in _files(source)
        if _stamp_of(source / file) != _stamp_of(target / file)
    ]


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns


def refuse_shrunken(source: Path, target: Path, wanted: Sequence[tuple[str, int]]) -> None:
    """Raise ArchiveError for a WARC file that is shorter than its copy: such files only grow, so it is damaged."""
    for file, size in wanted:
        kept = target / file
        if file.startswith("warc/") and kept.exists() and kept.stat().st_size > size:
            raise ArchiveError(
                f"{source / file} is shorter than its copy in the backup: it is damaged, and the copy is kept; "
                "put the copy back, or look with `baotinh verify`"
            )


def _copy_all(
    source: Path, target: Path, wanted: Sequence[tuple[str, int]], report: Report, growing: Mapping[str, int]
) -> int:
    """Copy files, each whole or not at all; returns their bytes.

    `growing` are WARC files that a crawl may be writing, with a byte up to which they are whole.
    """
    total, done = sum(size for _, size in wanted), 0
    for file, size in wanted:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        with replacing(target / file) as partial:
            status = (source / file).stat()
            shutil.copyfile(source / file, partial)
            if file in growing:
                mend(partial, growing[file])  # the crawl may have been in the midst of a record
            os.utime(partial, ns=(status.st_atime_ns, status.st_mtime_ns))
            shutil.copymode(source / file, partial)
        done += size
        report("files", done, total)
    return done


def _remove_gone(data: Path, target: Path) -> int:
    gone = [file for file in set(_files(target)) - set(_files(data)) if file.startswith(THINNED)]
    for file in gone:
        discard(target / file)
    for folder in sorted((target / "snapshots").glob("*")):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return len(gone)
