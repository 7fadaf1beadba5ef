"""Runs and captures: rows written once, the newest good answer, what a killed run left in its WARC file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from store_fixture import PAPER, START, URL, at, capture, dump

from archive import runs, warc
from archive.schema import ArchiveError, transaction
from archive.store import Store
from archive.warc import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.items import Capture


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "archive.db") as store:
        store.register(PAPER)
        yield store


def add(to: WarcWriter, hours: float, **fields: Any) -> Capture:
    values = {"url": URL, "fetched_at": at(hours), "status": 200, "headers": (("ETag", f'"{hours}"'),)}
    return to.add(**(values | {"body": f"Trang {hours}.".encode()} | fields))


def writer(store: Store, run_id: int) -> WarcWriter:
    return WarcWriter(store.path.parent, PAPER.name, runs.run_name(run_id, START), info={})


# Runs


def test_a_run_is_opened_and_closed(store: Store) -> None:
    run = store.open_run(PAPER.name, START)
    assert [row["id"] for row in runs.unfinished(store.conn, PAPER.name)] == [run]
    assert runs.unfinished(store.conn, "baola") == []
    store.close_run(run, at(1), "partial", 2, {"requests": 7, "refused": {"robots": 1}})
    assert runs.unfinished(store.conn, PAPER.name) == []
    row = dict(store.conn.execute("SELECT * FROM runs").fetchone())
    assert row == {
        "id": run,
        "source": PAPER.name,
        "started_at": "2026-09-01T02:00:00+00:00",
        "ended_at": "2026-09-01T03:00:00+00:00",
        "outcome": "partial",
        "exit_code": 2,
        "counts": json.dumps({"requests": 7, "refused": {"robots": 1}}),
    }


def test_a_run_is_named_by_its_start_in_utc() -> None:
    eastern = START.astimezone(START.tzinfo).replace(microsecond=250)
    assert runs.run_name(12, eastern) == "20260901T020000Z-12"


# Captures


def test_captures_are_written_once_and_come_back_as_they_were(store: Store) -> None:
    run = store.open_run(PAPER.name, START)
    first = capture(1, headers=(("Server", "đá"), ("Server", "2")), last_modified="hôm qua", etag=None)
    revisit = capture(2, status=304, digest=None, etag=None, revisit_of=(first.file, first.offset))
    with transaction(store.conn):
        ids = runs.add_captures(store.conn, run, [first, revisit])
    before = dump(store.conn)
    other = store.open_run(PAPER.name, at(1))
    with transaction(store.conn):
        assert runs.add_captures(store.conn, other, [revisit, first, first]) == [ids[1], ids[0], ids[0]]
    assert dump(store.conn)["captures"] == before["captures"]
    rows = store.conn.execute("SELECT * FROM captures ORDER BY id").fetchall()
    assert [runs.as_capture(store.conn, row) for row in rows] == [first, revisit]
    assert runs.capture_id(store.conn, first.file, first.offset) == ids[0]
    assert runs.capture_id(store.conn, first.file, 1) is None


def test_a_revisit_of_what_the_archive_lacks_saves_nothing(store: Store) -> None:
    run = store.open_run(PAPER.name, START)
    orphan = capture(2, revisit_of=("warc/baosuoicat/0.warc.gz", 5))
    with pytest.raises(ArchiveError, match=r"repeats warc/baosuoicat/0\.warc\.gz at byte 5"):
        store.save(run, [capture(1), orphan], [])
    assert dump(store.conn)["captures"] == []


def test_a_batch_may_name_its_captures_in_any_order(store: Store) -> None:
    run = store.open_run(PAPER.name, START)
    first = capture(1)
    store.save(run, [capture(2, revisit_of=(first.file, first.offset)), first], [])
    found = store.conn.execute("SELECT revisit_of FROM captures ORDER BY id")
    assert [one for (one,) in found] == [None, 1]


def test_latest_capture_reads_by_index(store: Store) -> None:
    run = store.open_run(PAPER.name, START)
    store.save(run, [capture(hours) for hours in range(5)] + [capture(9, URL + "?2")], [])
    row = runs.latest_capture(store.conn, URL)
    assert row is not None
    assert row["fetched_at"] == at(4).isoformat()
    statements: list[str] = []
    store.conn.set_trace_callback(statements.append)
    runs.latest_capture(store.conn, URL)
    store.conn.set_trace_callback(None)
    plan = store.conn.execute(f"EXPLAIN QUERY PLAN {statements[0]}").fetchall()
    assert [line["detail"] for line in plan] == ["SEARCH captures USING INDEX captures_url (url=?)"]


# Healing


def test_whole_records_without_a_row_are_taken_in(store: Store) -> None:
    earlier = store.open_run(PAPER.name, START)
    with writer(store, earlier) as out:
        known = add(out, 0)
    store.save(earlier, [known], [])
    store.close_run(earlier, at(0.5), "ok", 0, {})
    killed = store.open_run(PAPER.name, START)
    with writer(store, killed) as out:
        made = [
            add(out, 1, url=URL + "?1"),
            add(out, 2, url=URL + "?2", fetched_from="http://127.0.0.1:9/x"),
            add(out, 3, status=304, body=b"", revisit_of=known),
            add(out, 4, status=404),
        ]
        made.append(add(out, 5, url=URL + "?5", body=b"Trang 1.", revisit_of=made[0]))
    store.save(killed, [made[1]], [])
    with out.path.open("ab") as file:
        file.write(b"\x1f\x8b\x08torn")
    (row,) = runs.unfinished(store.conn, PAPER.name)
    found = list(runs.unrecorded(store.conn, store.path.parent, row))
    assert [one for one, _ in found] == [made[0], *made[2:]]
    assert [record.body for _, record in found] == [b"Trang 1.", b"", b"Trang 4.", b""]
    assert not out.path.read_bytes().endswith(b"torn")
    store.save(killed, [one for one, _ in found], [])
    assert list(runs.unrecorded(store.conn, store.path.parent, row)) == []


def test_a_killed_run_without_a_file_left_nothing(store: Store) -> None:
    store.open_run(PAPER.name, START)
    (row,) = runs.unfinished(store.conn, PAPER.name)
    assert list(runs.unrecorded(store.conn, store.path.parent, row)) == []


def test_a_damaged_file_is_told_of_and_does_not_stop_the_next_run(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    run = store.open_run(PAPER.name, START)
    with writer(store, run) as out:
        first, second = add(out, 1), add(out, 2)
        add(out, 3)
    data = bytearray(out.path.read_bytes())
    data[second.offset + 20 : second.offset + 60] = b"\0" * 40
    out.path.write_bytes(data)
    (row,) = runs.unfinished(store.conn, PAPER.name)
    assert [one for one, _ in runs.unrecorded(store.conn, store.path.parent, row)] == [first]
    assert f"damaged at byte {second.offset}" in caplog.text
    assert "what follows cannot be taken in" in caplog.text
    assert out.path.read_bytes() == data


CRAWL = """
import os, sys
from pathlib import Path
from test_runs import PAPER, START, add, writer
from archive.store import Store
store = Store(Path(sys.argv[1]))
store.register(PAPER)
run = store.open_run(PAPER.name, START)
out = writer(store, run)
for batch in range(10_000):
    captures = [add(out, batch + item / 10, body=bytes([batch % 256]) * 40_000) for item in range(5)]
    out.sync()
    os.write(1, b"synced %d\\n" % captures[-1].offset)  # in one piece: a kill leaves no half of a line
    store.save(run, captures, [])
    os.write(1, b"saved %d\\n" % captures[-1].offset)
"""


@pytest.mark.parametrize("lines", [1, 2, 5, 8])
def test_a_killed_crawl_is_healed_from_its_file(tmp_path: Path, lines: int) -> None:
    here = Path(__file__).parent
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    command = [sys.executable, "-c", CRAWL, str(tmp_path / "archive.db")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    told += process.stdout.readlines()
    process.wait()
    offsets = {word: [int(line.split()[1]) for line in told if line.startswith(word)] for word in ("synced", "saved")}
    with Store(tmp_path / "archive.db") as store:
        (row,) = runs.unfinished(store.conn, PAPER.name)
        recorded = [one for (one,) in store.conn.execute('SELECT "offset" FROM captures')]
        assert set(offsets["saved"]) <= set(recorded)
        found = [one for one, _ in runs.unrecorded(store.conn, tmp_path, row)]
        store.save(row["id"], found, [])
        recorded = [one for (one,) in store.conn.execute('SELECT "offset" FROM captures ORDER BY "offset"')]
        assert set(offsets["synced"]) <= set(recorded)
        path = tmp_path / warc.file_of(PAPER.name, runs.run_name(row["id"], START))
        assert [record.offset for record in warc.records(path)] == recorded
        store.close_run(row["id"], START + timedelta(days=1), "killed", None, {})
