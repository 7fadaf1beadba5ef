"""Dated copies of the archive for others: the whole database, its text alone, and a manifest of both."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import zstandard

from archive import manifest, withdrawal
from archive.files import CHUNK, PARTIAL, check_room, digest_of, discard, keeping, made_by, sync
from archive.manifest import DATABASE, MANIFEST, SUMS, TEXT
from archive.schema import DAMAGED, STEPS, ArchiveError, open_read_only, plain_errors
from archive.times import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from archive.manifest import Content, Link

Report: TypeAlias = "Callable[[str, int, int], None]"
"""Told of progress: the step, bytes done, bytes in all."""

Warc: TypeAlias = dict[str, tuple[int, bool]]
"""WARC files: up to which byte they hold captures, and whether a run may still be writing them."""
Known: TypeAlias = dict[str, tuple[int, str]]
"""WARC files as the chain has them: how many bytes from their start, and their sha256 (hex)."""

TEXT_TABLES = ("sources", "articles", "aliases", "revisions", "comment_counts", "links", "withdrawals")
TEXT_WITHOUT = frozenset({"body_html", "search_key"})
ZSTD_LEVEL = 3
VM_STEPS = 200_000
"""Steps of SQLite's machine between two looks at how far a copy has come."""
ANALYSIS_LIMIT = 1000
"""Rows of an index that ANALYZE looks at: enough for the planner, and it stays short on millions."""

TIMES = """
SELECT strftime('%Y-%m-%dT%H:%M:%S+00:00', (SELECT min(datetime(published_at)) FROM articles)),
    strftime('%Y-%m-%dT%H:%M:%S+00:00', (SELECT max(datetime(published_at)) FROM articles)),
    (SELECT min(fetched_at) FROM captures), (SELECT max(fetched_at) FROM captures)
"""
SOURCES = """
SELECT name, title, (SELECT count(*) FROM articles WHERE source = name) AS articles FROM sources ORDER BY name
"""
# What was fsynced before its row was committed: the whole file of a run that has ended, else up to the last row.
WARC_FILES = """
SELECT file, max("offset" + captures.length) AS written, max(ended_at IS NULL) AS is_open
FROM captures JOIN runs ON runs.id = run_id GROUP BY file ORDER BY file
"""
TABLES = """
SELECT name FROM pragma_table_list
WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND name NOT LIKE '\\_sqlite%' ESCAPE '\\' ORDER BY name
"""


def snapshot(data: Path, now: datetime, report: Report, *, thin: bool = True) -> Link:
    """Write `snapshots/<day>/` and return its manifest's place in the chain; older ones are thinned by policy.

    `now` is aware; the day is that of UTC. Nothing is seen of the snapshot before it is whole. Raises
    ArchiveError when the disk has no room, the archive is of another schema, or a manifest is wrong.
    """
    snapshots = data / "snapshots"
    with closing(open_read_only(data / "archive.db")) as conn, keeping(data), made_by(snapshots):
        chain = withdrawal.resume(data, conn)
        snapshots.mkdir(exist_ok=True)
        name = manifest.next_name(now.astimezone(UTC).date(), {*manifest.folders(snapshots), *_names(chain)})
        check_room(snapshots, 2 * (data / "archive.db").stat().st_size)
        with _emerging(snapshots / f"{name}{PARTIAL}") as partial:
            copy_database(conn, partial / DATABASE, report)
            analyse(partial / DATABASE)
            write_text(partial / DATABASE, partial / TEXT, report)
            content = _describe(data, partial, chain, report) | {"name": name, "created_at": stamp(now)}
            content = manifest.following(chain, _thinned(chain, content, thin=thin))
            _publish(partial, snapshots / name, content)
        link = manifest.append(snapshots, chain, content)
        manifest.drop_thinned(snapshots, chain)
    return link


@contextmanager
def _emerging(folder: Path) -> Iterator[Path]:
    """Make a folder, which goes with all it holds when the block fails."""
    folder.mkdir()
    try:
        yield folder
    except BaseException:
        discard(folder)
        raise


def copy_database(conn: sqlite3.Connection, target: Path, report: Report) -> None:
    """Write a consistent copy of the archive behind `conn`, without WAL, beside a writer too (VACUUM INTO)."""
    path = file_of(conn)
    total = max(path.stat().st_size, 1)
    if path.stat().st_size % conn.execute("PRAGMA page_size").fetchone()[0]:
        raise ArchiveError(f"{path}: {DAMAGED} (it is cut short)")  # SQLite would read zeros for the rest

    def look() -> int:
        report("database", min(target.stat().st_size, total) if target.exists() else 0, total)
        return 0

    conn.set_progress_handler(look, VM_STEPS)
    try:
        # VACUUM may write to no other file than its target, which `query_only` forbids all the same.
        conn.execute("PRAGMA query_only = OFF")
        with plain_errors(target):
            conn.execute("VACUUM INTO ?", (str(target),))
    finally:
        conn.set_progress_handler(None, VM_STEPS)
    report("database", total, total)
    sync(target)


def analyse(path: Path) -> None:
    """Gather the query planner's statistics into a fresh copy, so that every stock tool plans well."""
    with plain_errors(path), closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = OFF")  # the copy is thrown away should this fail
        conn.execute(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
        conn.execute("ANALYZE")
    sync(path)


def write_text(database: Path, target: Path, report: Report) -> None:
    """Write the texts of a copy as a database of plain tables, no index, no search, packed by Zstandard."""
    plain = target.with_suffix("")
    with plain_errors(plain), closing(sqlite3.connect(plain, isolation_level=None)) as conn:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            conn.execute(f"PRAGMA {pragma}")
        conn.execute("ATTACH ? AS whole", (str(database.resolve()),))
        conn.execute("BEGIN")
        for table in TEXT_TABLES:
            _copy_table(conn, table)
        conn.execute("COMMIT")
    _pack(plain, target, report)
    plain.unlink()


def _copy_table(conn: sqlite3.Connection, table: str) -> None:
    """Copy one table; `id` stays what rows are found by, since that needs no index."""
    columns = [
        (name, kind, pk)
        for _, name, kind, _, _, pk in conn.execute(f"PRAGMA whole.table_info({table})")
        if not name.endswith("_fold") and name not in TEXT_WITHOUT
    ]
    forms = [
        f'"{name}" {kind}{" PRIMARY KEY" if pk and kind == "INTEGER" and name == "id" else ""}'
        for name, kind, pk in columns
    ]
    names = ", ".join(f'"{name}"' for name, _, _ in columns)
    conn.execute(f"CREATE TABLE {table} ({', '.join(forms)})")
    conn.execute(f"INSERT INTO {table} SELECT {names} FROM whole.{table}")  # noqa: S608 — names of the schema


def _pack(plain: Path, target: Path, report: Report) -> None:
    total = plain.stat().st_size
    packer = zstandard.ZstdCompressor(level=ZSTD_LEVEL, threads=-1, write_checksum=True)
    done = 0
    with plain.open("rb") as source, target.open("wb") as packed:
        with packer.stream_writer(packed, size=total, closefd=False) as out:
            while piece := source.read(CHUNK):
                out.write(piece)
                done += len(piece)
                report("text", done, total)
        packed.flush()
        os.fsync(packed.fileno())


def _describe(data: Path, folder: Path, chain: list[Link], report: Report) -> Content:
    """Say what a snapshot holds: schema, rows, times, sources, withdrawals, its files, and the new WARC files."""
    with closing(sqlite3.connect(folder / DATABASE)) as conn:
        conn.row_factory = sqlite3.Row
        tables = [row[0] for row in conn.execute(TABLES)]
        rows = {name: conn.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608
        times = list(conn.execute(TIMES).fetchone())
        known = manifest.warc_digests(chain)
        warc = {file: (written, is_open) for file, written, is_open in conn.execute(WARC_FILES)}
        content: Content = {
            "kind": "snapshot",
            "baotinh": version("baotinh"),
            "sqlite": sqlite3.sqlite_version,
            "schema": {"version": len(STEPS), "migrations": [name for name, _ in STEPS]},
            "rows": rows,
            "time_range": {"published_at": times[:2], "fetched_at": times[2:]},
            "sources": [dict(row) for row in conn.execute(SOURCES)],
            "withdrawals": [dict(row) for row in conn.execute("SELECT * FROM withdrawals ORDER BY id")],
            "files": [describe_file(folder, name, report) for name in (DATABASE, TEXT)],
            "warc": list(_new_warc(data, warc, known, report)),
            "cut": [file for file in warc if not _is_there(data, file, warc, known)],
        }
    return content


def describe_file(folder: Path, name: str, report: Report) -> Content:
    """Give name, size (bytes) and sha256 (hex) of a file in `folder`."""
    with measured("checksums", (folder / name).stat().st_size, report) as count:
        return {"name": name, "bytes": (folder / name).stat().st_size, "sha256": digest_of(folder / name, report=count)}


@contextmanager
def measured(step: str, total: int, report: Report) -> Iterator[Callable[[int], None]]:
    """Hand out a function that adds up bytes and tells `report` the sum."""
    done = 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        report(step, done, total)

    yield count


def _new_warc(data: Path, warc: Warc, known: Known, report: Report) -> Iterator[Content]:
    """Name each WARC file that is new or longer than the chain knows it, with the sha256 of its safe bytes."""
    for file, (written, is_open) in warc.items():
        if not _is_there(data, file, warc, known):
            continue  # nobody may vouch for what is left of it
        path = data / file
        size = written if is_open else path.stat().st_size
        if size != known.get(file, (0, ""))[0]:
            with measured("captures", size, report) as count:
                yield {"file": file, "bytes": size, "sha256": digest_of(path, size, count)}


def _is_there(data: Path, file: str, warc: Warc, known: Known) -> bool:
    """Tell whether a WARC file has all the bytes that its captures, and an earlier manifest, say it has."""
    path = data / file
    needed = max(warc[file][0], known.get(file, (0, ""))[0])
    return path.is_file() and path.stat().st_size >= needed


def _thinned(chain: list[Link], content: Content, *, thin: bool) -> Content:
    standing = set(manifest.standing(chain))
    stays = manifest.kept({*standing, content["name"]}) if thin else standing
    return content | {"thinned": sorted(standing - stays, key=manifest.age_key)}


def _publish(partial: Path, target: Path, content: Content) -> None:
    raw = manifest.encode(content)
    (partial / MANIFEST).write_bytes(raw)
    (partial / SUMS).write_bytes(manifest.sums(content, raw))
    for path in (partial / MANIFEST, partial / SUMS, partial):
        sync(path)
    partial.rename(target)
    sync(target.parent)


def _names(chain: list[Link]) -> set[str]:
    return {link.content["name"] for link in chain if link.content["kind"] == "snapshot"}


def file_of(conn: sqlite3.Connection) -> Path:
    """Return the file of the archive behind `conn`."""
    return Path(conn.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0])
