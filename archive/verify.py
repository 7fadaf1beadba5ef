"""Everything that is kept, checked: database, captures, manifests, snapshots; each fault with file and offset."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from archive import database_check, manifest, past_check, seal, snapshot_check, warc_check
from archive.fault import Fault
from archive.files import check_room, keeping
from archive.runs import run_name
from archive.schema import DAMAGED, ArchiveError, open_read_only
from archive.snapshot_check import Hashed
from archive.times import moment
from archive.warc import file_of
from archive.warc_check import Checked, Stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archive.manifest import Link

Report: TypeAlias = "Callable[[str, int, int], None]"
Task: TypeAlias = "Callable[[], Checked]"

STRETCH = 64 * 2**20
"""Bytes of a WARC file that one process checks at a time."""
WORTH_A_PROCESS = 32 * 2**20
"""Bytes below which starting processes takes longer than the work."""

ROWS = """
SELECT captures.*, first.url AS first_url, first.fetched_at AS first_at FROM captures
LEFT JOIN captures AS first ON first.id = captures.revisit_of
WHERE captures.file = ? AND captures."offset" >= ? AND captures."offset" < ?
"""
SEALED = """
SELECT captures.*, category, withdrawn_at FROM sealed_captures JOIN captures ON captures.id = capture_id
JOIN withdrawals ON withdrawals.id = withdrawal_id WHERE file = ? AND "offset" >= ? AND "offset" < ?
"""
FILES = "SELECT file, count(*) FROM captures GROUP BY file"
OPEN = "SELECT DISTINCT file FROM captures WHERE run_id IN (SELECT id FROM runs WHERE ended_at IS NULL)"
CUT = 'SELECT min("offset") FROM captures WHERE file = ? AND "offset" >= ?'


@dataclass(slots=True)
class Result:
    """What a verification came to: the faults, what was looked at (bytes, records), and remarks that are none."""

    faults: list[Fault] = field(default_factory=list)
    bytes: int = 0
    unpacked: int = 0
    records: int = 0
    notes: list[str] = field(default_factory=list)


def verify(data: Path, report: Report, *, jobs: int | None = None, index: bool = True) -> Result:
    """Check a data folder, or a backup, which is one too; it is only read.

    `jobs` processes check the captures (one a core by default); without `index` the search index is not
    compared word for word, which takes as much room beside the archive as its texts. Raises ArchiveError
    when there is no archive, or one of another schema.
    """
    result, database = Result(), data / "archive.db"
    with keeping(data, shared=True):
        with closing(_open(database)) as conn:
            chain = manifest.read_chain(data / "snapshots", partial(_complain, data, result))
            tasks = _tasks(data, conn, chain, result)
        _check_files(tasks, report, result, jobs or os.cpu_count() or 1)
        with closing(_open(database)) as conn:
            for step, part in _database_parts(data, conn, chain, result, index=index):
                report(step, 0, 1)
                result.faults.extend(database_check.guarded(part))
                report(step, 1, 1)
    result.faults = list(dict.fromkeys(result.faults))
    return result


def _open(path: Path) -> sqlite3.Connection:
    try:
        return open_read_only(path)
    except UnicodeDecodeError as error:  # SQLite quotes the damage that it complains of
        raise ArchiveError(f"{path}: {DAMAGED}") from error


def _complain(data: Path, result: Result, path: Path, reason: str) -> None:
    result.faults.append(Fault(str(path.relative_to(data)), None, reason))


def _database_parts(
    data: Path, conn: sqlite3.Connection, chain: list[Link], result: Result, *, index: bool
) -> Iterator[tuple[str, Callable[[], Iterator[Fault]]]]:
    yield "database", partial(database_check.check, conn)
    names = [name for name in manifest.standing(chain) if (data / "snapshots" / name / manifest.DATABASE).is_file()]
    if names:
        past = data / "snapshots" / max(names, key=manifest.age_key) / manifest.DATABASE
        if not any(fault.file == str(past.relative_to(data)) for fault in result.faults):
            yield "since the last snapshot", partial(past_check.check, conn, past)
    else:
        result.notes.append("there is no snapshot to compare the database with: `baotinh snapshot` makes one")
    if index:
        with _scratch(data, result) as scratch:
            if scratch is not None:
                yield "search index", partial(database_check.index, conn, scratch)


@contextmanager
def _scratch(data: Path, result: Result) -> Iterator[Path | None]:
    """Hand out a file for the copy of the search index; None, and a remark, when there is no room for it."""
    with tempfile.TemporaryDirectory(prefix="baotinh-verify-", dir=_writable(data)) as folder:
        try:
            check_room(Path(folder), (data / "archive.db").stat().st_size)
        except ArchiveError as error:
            result.notes.append(f"the search index was not compared word for word: {error}")
            yield None
        else:
            yield Path(folder) / "index.db"


def _writable(data: Path) -> Path | None:
    """Choose the data folder for scratch files, where it can be written; the system's place else."""
    return data if os.access(data, os.W_OK) else None


def _tasks(data: Path, conn: sqlite3.Connection, chain: list[Link], result: Result) -> list[tuple[int, Task]]:
    """List what is to be done on files, with its size in bytes: WARC files, sealed packs, snapshots."""
    tasks: list[tuple[int, Task]] = []
    try:
        tasks += _warc_tasks(data, conn, result)
    except sqlite3.DatabaseError as error:
        result.faults.append(Fault(database_check.FILE, None, f"cannot be read: {error}"))
    hashed: list[Hashed] = [*_known_warc(data, chain), *snapshot_check.files(data, chain, result.faults)]
    return tasks + [(one.bytes, partial(snapshot_check.check_digest, data, one)) for one in hashed]


def _check_files(tasks: list[tuple[int, Task]], report: Report, result: Result, jobs: int) -> None:
    """Do the tasks, in several processes where that pays, and add up what they came to."""
    total, done = sum(size for size, _ in tasks) or 1, 0
    for size, checked in _run(tasks, jobs if total > WORTH_A_PROCESS else 1):
        result.faults += checked.faults
        result.bytes += checked.bytes
        result.unpacked += checked.unpacked
        result.records += checked.records
        if checked.untaken:
            result.notes.append(f"{checked.untaken} captures of a run that has not ended are not recorded yet")
        done += size
        report("captures and snapshots", done, total)


def _run(tasks: Iterable[tuple[int, Task]], jobs: int) -> Iterator[tuple[int, Checked]]:
    """Do the tasks, the largest first, and yield what each came to as it is done."""
    ordered = sorted(tasks, key=lambda task: task[0], reverse=True)
    if jobs == 1:
        yield from ((size, task()) for size, task in ordered)
        return
    # Forked while no archive is open, since SQLite must not be carried across; a spawned process would load
    # all of the command anew, which takes longer than most of the work.
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        waiting = {pool.submit(task): size for size, task in ordered}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _warc_tasks(data: Path, conn: sqlite3.Connection, result: Result) -> Iterator[tuple[int, Task]]:
    """Cut the WARC files into stretches; name files that are missing or foreign."""
    recorded = dict(map(tuple, conn.execute(FILES)))
    present = {str(path.relative_to(data)) for path in (data / "warc").rglob("*") if path.is_file()}
    for file in sorted(recorded.keys() - present):
        result.faults.append(Fault(file, None, f"the file is missing, and with it {recorded[file]} captures"))
    open_files = {row[0] for row in conn.execute(OPEN)} | set(_begun(conn))
    for file in sorted(present):
        if not file.endswith(".warc.gz"):
            result.faults.append(Fault(file, None, "not a file of the archive: move it away"))
            continue
        for start, end in _stretches(conn, file, (data / file).stat().st_size):
            yield end - start, partial(check_stretch, data, Stretch(file, start, end, is_open=file in open_files))


def _begun(conn: sqlite3.Connection) -> Iterator[str]:
    """Name the WARC files of runs that have not ended, which may have no rows yet."""
    for row in conn.execute("SELECT id, source, started_at FROM runs WHERE ended_at IS NULL"):
        yield file_of(row["source"], run_name(row["id"], moment(row["started_at"])))


def _stretches(conn: sqlite3.Connection, file: str, size: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < size:
        cut = conn.execute(CUT, (file, start + STRETCH)).fetchone()[0]
        end = size if cut is None else min(cut, size)
        yield start, end
        start = end


def check_stretch(data: Path, stretch: Stretch) -> Checked:
    """Check one stretch of a WARC file against the rows of the archive; runs in a process of its own."""
    place = (stretch.file, stretch.start, stretch.end)
    try:
        with closing(_open(data / "archive.db")) as conn:
            stretch.rows = {row["offset"]: row for row in conn.execute(ROWS, place)}
            stretch.sealed = {row["offset"]: seal.tombstone(row, row) for row in conn.execute(SEALED, place)}
        return warc_check.check(data, stretch)
    except sqlite3.DatabaseError as error:
        return Checked(faults=[Fault(database_check.FILE, None, f"captures cannot be read: {error}")])
    except OSError as error:
        return Checked(faults=[Fault(stretch.file, stretch.start, f"cannot be read: {error.strerror}")])


def _known_warc(data: Path, chain: list[Link]) -> Iterator[Hashed]:
    """List the WARC files whose first bytes a manifest vouches for."""
    for file, (size, sha256) in manifest.warc_digests(chain).items():
        if (data / file).is_file():
            yield Hashed(file, size, sha256)
