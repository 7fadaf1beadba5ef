"""Everything that is kept, checked: database, captures, manifests, snapshots; each fault with file and offset."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import Counter
from concurrent.futures import as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from archive import database_check, index_check, keys, manifest, past_check, receipt, seal, snapshot_check, warc_check
from archive.fault import Fault
from archive.files import check_room, clear_scratch, keeping, scratch
from archive.pool import processes
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
Part: TypeAlias = "Callable[[sqlite3.Connection], Iterator[Fault]]"
IndexPart: TypeAlias = "Callable[..., Iterator[Fault]]"
"""As Part, with a path for the copy, `scratch`."""

STRETCH = 8 * 2**20
"""Bytes of a WARC file that one process checks at a time."""
ROOM = 3
"""The search index, copied, built anew and both merged, in archives: never so large where it is of several years."""
NOT_COMPARED = "the search index was not compared word for word"
FILES_STEP = "captures and snapshots"
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

    def add(self, checked: Checked) -> None:
        """Add what one task came to."""
        self.faults += checked.faults
        self.bytes += checked.bytes
        self.unpacked += checked.unpacked
        self.records += checked.records
        self.notes += checked.notes
        if checked.untaken:
            self.notes.append(f"{checked.untaken} captures of a run that has not ended are not recorded yet")


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Something to check: the step that it belongs to, bytes that it reads, and how it is done."""

    step: str
    bytes: int
    work: Callable[[], Checked]


def verify(data: Path, report: Report, *, jobs: int | None = None, index: bool = True) -> Result:
    """Check a data folder, or a backup, which is one too; it is only read.

    `jobs` processes do it (one a core by default); without `index` the search indexes are not compared word for
    word, which takes as much room beside the archive as its texts and indexes. Raises ArchiveError when there is no
    archive, or one of another schema.
    """
    result, database = Result(), data / "archive.db"
    with keeping(data, shared=True):
        clear_scratch(data)
        with closing(_open(database)) as conn:
            result.bytes = database.stat().st_size
            chain = manifest.read_chain(data / "snapshots", partial(_complain, data, result))
            tasks = [*(_index_tasks(data, conn, result) if index else ()), *_database_tasks(data)]
            tasks += _file_tasks(data, conn, chain, result)
        if sum(task.bytes for task in tasks) <= WORTH_A_PROCESS:
            jobs = 1
        checked = dict(_reported(tasks, _run(tasks, jobs or os.cpu_count() or 1), report))
    for task in tasks:
        result.add(checked[task])
    result.faults, result.notes = list(dict.fromkeys(result.faults)), list(dict.fromkeys(result.notes))
    return result


def _open(path: Path) -> sqlite3.Connection:
    try:
        return open_read_only(path)
    except UnicodeDecodeError as error:  # SQLite quotes the damage that it complains of
        raise ArchiveError(f"{path}: {DAMAGED}") from error


def _complain(data: Path, result: Result, path: Path, reason: str) -> None:
    result.faults.append(Fault(str(path.relative_to(data)), None, reason))


def _index_tasks(data: Path, conn: sqlite3.Connection, result: Result) -> Iterator[Task]:
    """List the indexes to be compared, the largest first, each with its share of the archive's bytes."""
    size, parts = (data / "archive.db").stat().st_size, [index_check.texts]
    try:
        parts += [partial(index_check.year, number=number) for number in reversed(keys.years(conn))]
    except sqlite3.DatabaseError as error:
        result.faults.append(Fault(database_check.FILE, None, f"cannot be read: {error}"))
    for part in parts:
        yield Task("search index", size // len(parts), partial(check_index, data, part))


def _database_tasks(data: Path) -> Iterator[Task]:
    size = (data / "archive.db").stat().st_size
    for part in database_check.PARTS:
        yield Task("database", size, partial(check_database, data, part))
    if (data / receipt.RECEIPT).exists():  # a backup
        yield Task("database", size, partial(receipt.check, data))


def check_database(data: Path, part: Part) -> Checked:
    """Run one check of the database."""
    with closing(_open(data / "archive.db")) as conn:
        return Checked(faults=list(database_check.guarded(partial(part, conn))))


def check_index(data: Path, part: IndexPart) -> Checked:
    """Compare one index of the search with the articles, on a copy of both."""
    notes: list[str] = []
    try:
        with _scratch(data, notes) as copy:
            found = Checked() if copy is None else check_database(data, partial(part, scratch=copy))
    except ArchiveError as error:  # the disk became full: that is no fault of the archive
        found = Checked()
        notes.append(f"{NOT_COMPARED}: {error}")
    found.notes = notes
    return found


def check_past(data: Path, hashed: Hashed) -> Checked:
    """Check the database of the last snapshot against its digest and, where it is whole, the archive against it."""
    found = snapshot_check.check_digest(data, hashed)
    if not found.faults:
        part = partial(past_check.check, past=data / hashed.file, notes=found.notes)
        found.faults = check_database(data, part).faults
    return found


@contextmanager
def _scratch(data: Path, notes: list[str]) -> Iterator[Path | None]:
    """Hand out a file for the copy of the search index; None, and a remark, when there is no room for it."""
    place = _writable(data)
    try:
        check_room(place, ROOM * (data / "archive.db").stat().st_size)
    except ArchiveError as error:
        notes.append(f"{NOT_COMPARED}: {error}")
        yield None
        return
    with scratch(place) as folder:
        yield folder / "index.db"


def _writable(data: Path) -> Path:
    """Choose the data folder for scratch files, where it can be written; the system's place else."""
    return data if os.access(data, os.W_OK) else Path(tempfile.gettempdir())


def _file_tasks(data: Path, conn: sqlite3.Connection, chain: list[Link], result: Result) -> Iterator[Task]:
    """List what is to be done on files: the last snapshot, WARC files, other snapshots and sealed packs."""
    hashed = [*_known_warc(data, chain), *snapshot_check.files(data, chain, result.faults)]
    past = _last_database(data, chain)
    if past is None:
        result.notes.append("there is no snapshot to compare the database with: `baotinh snapshot` makes one")
    for one in hashed:
        if one.file == past:
            yield Task("since the last snapshot", one.bytes, partial(check_past, data, one))
    try:
        result.faults.extend(snapshot_check.unchained(conn, chain))
        yield from _warc_tasks(data, conn, result)
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:  # a time that is none, bytes for a text
        result.faults.append(Fault(database_check.FILE, None, f"cannot be read: {error}"))
    for one in hashed:
        if one.file != past:
            yield Task(FILES_STEP, one.bytes, partial(snapshot_check.check_digest, data, one))


def _last_database(data: Path, chain: list[Link]) -> str | None:
    """Name the newest database of a snapshot that is there."""
    files = {name: f"{snapshot_check.FOLDER}/{name}/{manifest.DATABASE}" for name in manifest.standing(chain)}
    there = [name for name, file in files.items() if (data / file).is_file()]
    return files[max(there, key=manifest.age_key)] if there else None


def _reported(
    tasks: Iterable[Task], done: Iterable[tuple[Task, Checked]], report: Report
) -> Iterator[tuple[Task, Checked]]:
    """Pass on what was done, and tell how far each step has come."""
    total, so_far = Counter[str](), Counter[str]()
    for task in tasks:
        total[task.step] += task.bytes
    for task, checked in done:
        so_far[task.step] += task.bytes
        report(task.step, so_far[task.step], total[task.step])
        yield task, checked


def _run(tasks: Iterable[Task], jobs: int) -> Iterator[tuple[Task, Checked]]:
    """Do the tasks in their order, and yield what each came to as it is done."""
    if jobs == 1:
        yield from ((task, task.work()) for task in tasks)
        return
    with processes(jobs) as pool:  # while no archive is open
        waiting = {pool.submit(task.work): task for task in tasks}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _warc_tasks(data: Path, conn: sqlite3.Connection, result: Result) -> Iterator[Task]:
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
            stretch = Stretch(file, start, end, is_open=file in open_files)
            yield Task(FILES_STEP, end - start, partial(check_stretch, data, stretch))


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
