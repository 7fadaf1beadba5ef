"""What a backup refuses: to write over what is none, and to put damaged bytes in the place of whole ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from archive import database_check, manifest, snapshot_check
from archive.backup_files import DATABASE
from archive.files import CHUNK, LOCK, PARTIAL
from archive.receipt import receipt
from archive.schema import ArchiveError, pending, plain_errors
from archive.snapshot_check import Hashed
from archive.verify import check_stretch
from archive.warc_check import Stretch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from archive.fault import Fault
    from archive.manifest import Link


def held(conn: sqlite3.Connection) -> dict[str, int]:
    """Count what only grows in an archive."""
    counts = "SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM revisions)"
    captures, revisions = conn.execute(counts).fetchone()
    return {"captures": captures, "revisions": revisions}


def check_target(target: Path, now_held: Mapping[str, int]) -> None:
    """Refuse to write over what is no backup, or over the backup of an archive that held more than this one."""
    if not target.exists() or all(path.name.endswith(PARTIAL) for path in beside_lock(target)):
        return
    if receipt(target) is None:
        raise ArchiveError(f"{target}: neither empty nor a backup: name another folder")
    if not (target / DATABASE).exists():
        return
    try:
        address = f"file:{quote(str((target / DATABASE).resolve()))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as conn:
            conn.row_factory = sqlite3.Row
            pending(conn)  # raises for a newer schema
            past = held(conn)
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{target / DATABASE}: damaged ({error}): name another folder") from error
    if any(past[table] > now_held[table] for table in past):
        raise ArchiveError(
            f"{target}: the backup holds {past['captures']:,} captures and {past['revisions']:,} revisions, this "
            f"archive {now_held['captures']:,} and {now_held['revisions']:,}: another archive? name another folder"
        )


def beside_lock(target: Path) -> list[Path]:
    """List what lies in a folder, its lock apart."""
    return [path for path in target.iterdir() if path != (target / LOCK).parent]


def refuse_damage(
    data: Path, target: Path, files: Sequence[tuple[str, int]], chain: list[Link], growing: Mapping[str, int]
) -> None:
    """Raise ArchiveError when a file that is about to replace its copy in the backup is damaged.

    WARC files only grow, and what is withdrawn is replaced in place by what the archive says: any other
    difference from the copy is looked at record by record. What a manifest vouches for must agree with it.
    """
    wrong: list[Fault] = []
    vouched = {one.file: one for one in snapshot_check.files(data, chain, wrong)}
    vouched |= {file: Hashed(file, *known) for file, known in manifest.warc_digests(chain).items()}
    for file, size in files:
        if not (target / file).is_file():
            continue
        _refuse(data, [fault for fault in wrong if fault.file == file])
        if file.startswith("warc/"):
            _refuse_shrunken(data / file, target / file, size)
            if _begins_alike(data / file, target / file):
                continue
            stretch = Stretch(file, 0, size, is_open=file in growing)
            _refuse(data, check_stretch(data, stretch).faults)
        if file in vouched:
            _refuse(data, snapshot_check.check_digest(data, vouched[file]).faults)


def refuse_damaged_texts(path: Path, shown: Path) -> None:
    """Raise ArchiveError when texts in a copy of the archive do not agree with their digests; `shown` names it."""
    with plain_errors(shown), closing(sqlite3.connect(path)) as conn:
        conn.row_factory = sqlite3.Row
        faults = list(database_check.digests(conn))
    if faults:
        raise ArchiveError(
            f"{shown}: {len(faults):,} texts are not those that were read, the first: {faults[0].message}; the backup "
            "is kept as it is: restore it, or make the database anew with `baotinh replay --from-archive`; where the "
            "texts were changed on purpose, back up into another folder"
        )


def _refuse(data: Path, faults: Sequence[Fault]) -> None:
    if faults:
        raise ArchiveError(
            f"{data / str(faults[0])}; the copy in the backup is kept: look with `baotinh verify`, put the copy back"
        )


def _refuse_shrunken(path: Path, copy: Path, size: int) -> None:
    if copy.stat().st_size > size:
        raise ArchiveError(
            f"{path} is shorter than its copy in the backup: it is damaged, and the copy is kept; "
            "put the copy back, or look with `baotinh verify`"
        )


def _begins_alike(path: Path, copy: Path) -> bool:
    """Tell whether a file begins with all the bytes of its copy."""
    with path.open("rb") as stream, copy.open("rb") as before:
        while kept := before.read(CHUNK):
            if stream.read(len(kept)) != kept:
                return False
    return True
