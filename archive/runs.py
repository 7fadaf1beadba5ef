"""Runs and the captures they made: rows of `runs` and `captures`, and what a killed run left unrecorded."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.items import Capture
from archive.schema import ArchiveError
from archive.times import moment, stamp
from archive.warc import Record, file_of, mend, records

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

logger = logging.getLogger(__name__)

INSERT_CAPTURE = """
INSERT INTO captures (run_id, url, fetched_from, fetched_at, status, etag, last_modified, headers, file,
    "offset", length, digest, revisit_of)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (file, "offset") DO NOTHING RETURNING id
"""


def open_run(conn: sqlite3.Connection, source: str, started_at: datetime) -> int:
    """Write the row of a run that begins, and return its id."""
    values = (source, stamp(started_at))
    cursor = conn.execute("INSERT INTO runs (source, started_at) VALUES (?, ?) RETURNING id", values)
    return int(cursor.fetchone()[0])


def run_name(run_id: int, started_at: datetime) -> str:
    """Name a run as its WARC file does: when it began (UTC) and its id."""
    return f"{moment(stamp(started_at)):%Y%m%dT%H%M%SZ}-{run_id}"


def close_run(
    conn: sqlite3.Connection,
    run_id: int,
    ended_at: datetime | None,
    outcome: str,
    exit_code: int | None,
    counts: Mapping[str, object],
) -> None:
    """Write how a run ended; `exit_code` is None when nobody saw it end (killed).

    `ended_at` None leaves it among the unfinished ones, whose unrecorded captures the next run takes in.
    """
    conn.execute(
        "UPDATE runs SET ended_at = ?, outcome = ?, exit_code = ?, counts = ? WHERE id = ?",
        (stamp(ended_at) if ended_at else None, outcome, exit_code, json.dumps(counts, ensure_ascii=False), run_id),
    )


def unfinished(conn: sqlite3.Connection, source: str) -> list[sqlite3.Row]:
    """List the runs of a source that never wrote their end, oldest first; the caller holds the source's lock."""
    query = "SELECT * FROM runs WHERE source = ? AND ended_at IS NULL ORDER BY started_at, id"
    return conn.execute(query, (source,)).fetchall()


def add_captures(conn: sqlite3.Connection, run_id: int, captures: Iterable[Capture]) -> list[int]:
    """Write the rows of captures and return their ids in order; a known (file, offset) keeps its row.

    Runs inside the caller's transaction. A revisit comes after the capture it names; raises ArchiveError
    when the archive does not hold that one.
    """
    return [_add_capture(conn, run_id, capture) for capture in captures]


def _add_capture(conn: sqlite3.Connection, run_id: int, capture: Capture) -> int:
    first = None
    if capture.revisit_of is not None:
        first = capture_id(conn, *capture.revisit_of)
        if first is None:
            where = "{} at byte {}".format(*capture.revisit_of)
            raise ArchiveError(f"a capture of {capture.url} repeats {where}, which the archive does not hold")
    values = (
        run_id,
        capture.url,
        capture.fetched_from,
        stamp(capture.fetched_at),
        capture.status,
        capture.etag,
        capture.last_modified,
        json.dumps(capture.headers, ensure_ascii=False),
        capture.file,
        capture.offset,
        capture.length,
        capture.digest,
        first,
    )
    row = conn.execute(INSERT_CAPTURE, values).fetchone()
    known = row[0] if row is not None else capture_id(conn, capture.file, capture.offset)
    return int(known or 0)


def same_bytes(conn: sqlite3.Connection, one: int, other: int) -> bool:
    """Tell whether two captures are one, or were answered with the same bytes."""
    query = "SELECT count(DISTINCT digest), count(digest) FROM captures WHERE id IN (?, ?)"
    return one == other or tuple(conn.execute(query, (one, other)).fetchone()) == (1, 2)


def capture_id(conn: sqlite3.Connection, file: str, offset: int) -> int | None:
    """Return the id of the capture at this place, None when there is no row."""
    query = 'SELECT id FROM captures WHERE file = ? AND "offset" = ?'
    row = conn.execute(query, (file, offset)).fetchone()
    return None if row is None else int(row[0])


def latest_capture(conn: sqlite3.Connection, url: str) -> sqlite3.Row | None:
    """Return the row of the newest answer for the paper's address `url` that was 200, or 304 of known bytes."""
    query = """SELECT * FROM captures WHERE url = ?
        AND (status = 200 OR (status = 304 AND revisit_of IS NOT NULL)) ORDER BY id DESC LIMIT 1"""
    row: sqlite3.Row | None = conn.execute(query, (url,)).fetchone()
    return row


def with_bytes(conn: sqlite3.Connection, row: sqlite3.Row) -> Capture:
    """Return the capture that holds the bytes of `row`: itself, or the one it revisits.

    Its ETag and Last-Modified are those of `row` where it has them: a 304 may renew them (RFC 9110 §15.4.5).
    """
    if row["revisit_of"] is None:
        return as_capture(conn, row)
    first = conn.execute("SELECT * FROM captures WHERE id = ?", (row["revisit_of"],)).fetchone()
    renewed = {name: row[name] for name in ("etag", "last_modified") if row[name] is not None}
    return replace(as_capture(conn, first), **renewed)


def as_capture(conn: sqlite3.Connection, row: sqlite3.Row) -> Capture:
    """Read a row of `captures` back as the Capture that was saved."""
    query = 'SELECT file, "offset" FROM captures WHERE id = ?'
    first = conn.execute(query, (row["revisit_of"],)).fetchone()
    return Capture(
        url=row["url"],
        fetched_from=row["fetched_from"],
        fetched_at=moment(row["fetched_at"]),
        status=row["status"],
        headers=tuple((name, value) for name, value in json.loads(row["headers"])),
        file=row["file"],
        offset=row["offset"],
        length=row["length"],
        digest=row["digest"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        revisit_of=None if first is None else (first[0], first[1]),
    )


def unrecorded(conn: sqlite3.Connection, data: Path, run: sqlite3.Row) -> Iterator[tuple[Capture, Record]]:
    """Yield the responses in the WARC file of a killed run that have no row, oldest first.

    The torn tail is cut first. Each is to be read as if it had just come from the wire, so that nothing is
    fetched twice but what was in flight. A file damaged before its end (which only a failing disk leaves)
    stays as it is: what can be read before the damage is yielded, and a warning is logged.
    """
    file = file_of(run["source"], run_name(run["id"], moment(run["started_at"])))
    path = data / file
    if not path.exists():
        return
    end = 'SELECT max("offset" + length) FROM captures WHERE file = ?'
    seen: dict[tuple[str, datetime], tuple[str, int]] = {}
    try:
        mend(path, conn.execute(end, (file,)).fetchone()[0] or 0)
    except ArchiveError as error:
        logger.warning("left as it is: %s", error)
    try:
        for record in records(path):
            if record.refers_to is None:
                seen[record.url, record.fetched_at] = (file, record.offset)
            if capture_id(conn, file, record.offset) is None:
                yield record.capture(file, place(conn, record, seen)), record
    except ArchiveError as error:
        logger.warning("what follows cannot be taken in: %s", error)


def place(
    conn: sqlite3.Connection, record: Record, seen: Mapping[tuple[str, datetime], tuple[str, int]]
) -> tuple[str, int] | None:
    """Find (file, offset) of the capture whose bytes a revisit names by address and time."""
    if record.refers_to is None or record.refers_to in seen:
        return None if record.refers_to is None else seen[record.refers_to]
    url, fetched_at = record.refers_to
    query = 'SELECT file, "offset" FROM captures WHERE url = ? AND fetched_at = ? AND revisit_of IS NULL'
    row = conn.execute(query, (url, stamp(fetched_at))).fetchone()
    return None if row is None else (row[0], row[1])
