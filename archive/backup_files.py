"""The files of an archive that a backup holds beside the database: which they are, and how they are copied."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from archive.files import PARTIAL, discard, replacing
from archive.schema import ArchiveError
from archive.warc import mend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Report: TypeAlias = "Callable[[str, int, int], None]"
"""Told of progress: the step, bytes done, bytes in all."""

DATABASE = "archive.db"
WARC = ".warc.gz"
KEPT = ("warc", "snapshots", "withdrawn")
"""The folders that are copied beside the database. The operator's key is not among them."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup or restore did: files copied and their bytes, files that were there already, files removed.

    `lost` are WARC files that only the backup still has, `missing` those that the archive has captures in and
    that are missing or cut short, `foreign` files among the captures that are none.
    """

    files: int
    bytes: int
    kept: int
    removed: int = 0
    lost: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def listed(folder: Path) -> Iterator[str]:
    """List the files below the kept folders, relative to `folder`; among the captures WARC files alone."""
    for name in KEPT:
        for path in sorted((folder / name).rglob("*")):
            file = str(path.relative_to(folder))
            if path.is_file() and PARTIAL not in file and (name != "warc" or file.endswith(WARC)):
                yield file


def foreign(folder: Path) -> tuple[str, ...]:
    """List what lies among the captures and is no WARC file."""
    paths = sorted(path for path in (folder / "warc").rglob("*") if path.is_file())
    return tuple(str(path.relative_to(folder)) for path in paths if not path.name.endswith(WARC))


def missing(folder: Path, written: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """List WARC files that do not have all the bytes that captures, `written` up to there, are said to lie in."""
    there = {file: (folder / file).stat().st_size for file in listed(folder) if file.endswith(WARC)}
    return tuple(sorted(file for file, end in written if there.get(file, 0) < end))


def wanted(source: Path, target: Path) -> list[tuple[str, int]]:
    """List files, with their sizes, that `target` lacks or has from another time or in another size."""
    return [
        (file, (source / file).stat().st_size)
        for file in listed(source)
        if _stamp_of(source / file) != _stamp_of(target / file)
    ]


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns


def copy_all(
    source: Path, target: Path, files: Sequence[tuple[str, int]], report: Report, growing: Mapping[str, int]
) -> int:
    """Copy files, each whole or not at all; returns their bytes.

    `growing` are WARC files that a crawl may be writing, with a byte up to which they are whole.
    """
    total, done = sum(size for _, size in files), 0
    for file, size in files:
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


def clear_partials(folder: Path) -> None:
    """Remove what a killed copy left half-written."""
    below = [path for name in KEPT for path in (folder / name).rglob(f"*{PARTIAL}")]
    for path in [*folder.glob(f"*{PARTIAL}*"), *below]:
        discard(path)


def refuse_within(one: Path, other: Path) -> None:
    """Raise ArchiveError where the data folder and its backup lie one within the other."""
    data, backup = one.resolve(), other.resolve()
    if backup.is_relative_to(data):
        raise ArchiveError(f"{other}: lies in the data folder {one}: a backup must lie outside of it")
    if data.is_relative_to(backup):
        raise ArchiveError(f"{other}: holds the data folder {one}: a backup must lie outside of it, in its own folder")
