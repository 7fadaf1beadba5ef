"""A WARC file checked byte by byte: every gzip member, every digest, every record against its row."""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive import warc_form as form
from archive import warc_member
from archive.fault import Fault
from archive.times import moment
from archive.warc_member import DamageError, Member

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path

GZIP_HEAD = 10
"""Bytes of a gzip member's own head (RFC 1952), which its checksum does not cover."""


@dataclass(slots=True)
class Stretch:
    """From byte `start` to byte `end` of a WARC file (relative to the data folder), and what the archive says of it.

    `rows` are those of `captures` that lie there, by offset, each with `first_url` and `first_at` of the
    capture that it repeats; `sealed` the bytes that must stand in the place of withdrawn ones. `is_open`: the
    run has not ended, so that its last records may be torn or without rows.
    """

    file: str
    start: int
    end: int
    rows: Mapping[int, sqlite3.Row] = field(default_factory=dict)
    sealed: Mapping[int, bytes] = field(default_factory=dict)
    is_open: bool = False


@dataclass(slots=True)
class Checked:
    """What a check came to: bytes on the disk and unpacked, records, responses that await rows, faults, remarks."""

    bytes: int = 0
    unpacked: int = 0
    records: int = 0
    untaken: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check(data: Path, stretch: Stretch) -> Checked:
    """Check every record of a stretch; raises OSError when the file cannot be read."""
    if stretch.start == stretch.end:
        return Checked()
    with (data / stretch.file).open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return _Walk(whole, stretch).run()


class _Walk:
    """Goes through the records of a stretch and notes what is wrong."""

    def __init__(self, whole: mmap.mmap, stretch: Stretch) -> None:
        self.whole, self.stretch = whole, stretch
        self.found = Checked(bytes=stretch.end - stretch.start)
        self.last_row = max(stretch.rows, default=-1)
        self.seen: set[int] = set()

    def run(self) -> Checked:
        """Go from record to record; after a damaged one, from the next that can be read."""
        at, end = self.stretch.start, self.stretch.end
        while at < end:
            try:
                at += self._record(at)
            except DamageError as error:
                following = self._next(at)
                if not (self.stretch.is_open and at > self.last_row and following == end):
                    self._fault(at, str(error))
                at = following
            self.found.records += 1
        if at != end:
            self._fault(at, "the record before reaches beyond the place where this one begins")
        for offset in self.stretch.rows.keys() - self.seen:
            self._fault(offset, f"capture {self.stretch.rows[offset]['id']}: no response begins here")
        return self.found

    def _fault(self, offset: int, message: str) -> None:
        row = self.stretch.rows.get(offset)
        named = message if row is None else f"{message} ({row['url']})"
        self.found.faults.append(Fault(self.stretch.file, offset, named))

    def _record(self, at: int) -> int:
        """Check the record at `at` and return its length."""
        if at in self.stretch.sealed:
            return self._sealed(at)
        if self.whole[at : at + GZIP_HEAD] != self.whole[:GZIP_HEAD]:
            self._fault(at, "its gzip head is not that of the file's other records")
        row = self.stretch.rows.get(at)
        member = warc_member.read(self.whole, at, warc_member.SMALL if row is None else row["length"])
        self.found.unpacked += member.unpacked
        for problem in _own_problems(member):
            self._fault(at, problem)
        if row is not None and member.is_response:
            self.seen.add(at)
            for column, told in _differences(row, member):
                self._fault(at, f"capture {row['id']}: {column} is {row[column]!r} in its row, {told!r} in the record")
        elif member.is_response:
            self._unrecorded(at, member)
        return member.length

    def _unrecorded(self, at: int, member: Member) -> None:
        if self.stretch.is_open and at > self.last_row:
            self.found.untaken += 1
        else:
            self._fault(at, f"a response of {member.fields.get('warc-target-uri')} has no row in captures")

    def _sealed(self, at: int) -> int:
        expected = self.stretch.sealed[at]
        self.seen.add(at)
        if self.whole[at : at + len(expected)] != expected:
            self._fault(at, "a withdrawn capture, whose place does not hold its tombstone")
        return len(expected)

    def _next(self, damaged: int) -> int:
        """Return where the next record begins after a damaged one, the end of the stretch where none does."""
        end = min((offset for offset in self.stretch.rows if offset > damaged), default=self.stretch.end)
        following = warc_member.next_record(self.whole, damaged, end)
        return end if following is None else following


def _own_problems(member: Member) -> Iterator[str]:
    """Compare the digests that a record states with its bytes."""
    if member.fields.get("warc-block-digest") != form.labelled(member.block):
        yield "its block does not agree with its WARC-Block-Digest"
    stated = member.fields.get("warc-payload-digest")
    if (
        stated is not None
        and member.fields.get("warc-type") == "response"
        and stated != form.labelled(member.payload or "")
    ):
        yield "its body does not agree with its WARC-Payload-Digest"


def _differences(row: sqlite3.Row, member: Member) -> Iterator[tuple[str, object]]:
    """Name the columns of a capture's row that are not what its record says, with what it says."""
    fields, (status, headers) = member.fields, _http(member.http or b"")
    url, digest = fields.get("warc-target-uri"), fields.get("warc-payload-digest")
    told: dict[str, object] = {
        "length": member.length,
        "url": url,
        "fetched_from": fields.get("fetched-from", url),
        "status": status,
        "digest": digest.removeprefix("sha256:") if digest else None,
        "etag": form.header(headers, "etag"),
        "last_modified": form.header(headers, "last-modified"),
        "first_url": fields.get("warc-refers-to-target-uri"),
    }
    yield from ((column, value) for column, value in told.items() if row[column] != value)
    for column, name in (("fetched_at", "warc-date"), ("first_at", "warc-refers-to-date")):
        if not _same_time(row[column], fields.get(name)):
            yield column, fields.get(name)
    if _pairs(row["headers"]) != headers:
        yield "headers", headers


def _http(head: bytes) -> tuple[int, form.Pairs]:
    """Read status and headers of an HTTP head as the writer of captures wrote them (UTF-8)."""
    first, *lines = head.decode("utf-8", "replace").split("\r\n")
    status = first.split(" ")[1:2]
    pairs = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
    return int(status[0]) if status and status[0].isdecimal() else 0, pairs


def _pairs(headers: str) -> form.Pairs | None:
    try:
        return tuple((name, value) for name, value in json.loads(headers))
    except (ValueError, TypeError):
        return None


def _same_time(stored: str | None, told: str | None) -> bool:
    try:
        return (stored and moment(stored)) == (told and moment(told))
    except (ValueError, TypeError):  # bytes, where the database is damaged
        return False
