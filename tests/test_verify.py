"""Verification: a whole archive has no fault, and a single flipped byte is found, named and placed."""

from __future__ import annotations

import bisect
import json
import os
import random
import resource
import shutil
import sqlite3
import zlib
from contextlib import closing, suppress
from datetime import timedelta

import kept_fixture as kept
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive import files, verify, withdraw
from archive.schema import ArchiveError, connect
from archive.snapshot import snapshot
from archive.store import Store
from archive.warc import records

SOURCE = ("title", "province", "domains", "family")
FLIP = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    data = kept.make(tmp_path_factory.mktemp("whole") / "data", 12)
    with closing(connect(data / "archive.db")) as conn:
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    snapshot(data, kept.NOW, kept.nothing)
    return data


@pytest.fixture
def data(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "data")
    return tmp_path / "data"


def faults(data, **options):
    return verify.verify(data, kept.nothing, **options).faults


def flip(path, offset, bit=0):
    raw = bytearray(path.read_bytes())
    raw[offset] ^= 1 << bit
    path.write_bytes(raw)


def padding(path):
    """Find a record (offset, address), a byte and a bit of its packed data that no reader and no checksum looks at."""
    raw = path.read_bytes()
    for record in records(path):
        packed = raw[record.offset : record.offset + record.length]
        for bit in (7, 6):
            changed = bytearray(packed)
            changed[-9] ^= 1 << bit  # the last byte of the packed data, before checksum and size
            with suppress(zlib.error):
                if zlib.decompress(changed, zlib.MAX_WBITS + 16) == zlib.decompress(packed, zlib.MAX_WBITS + 16):
                    return record, record.offset + record.length - 9, bit
    raise AssertionError("no record of the file ends in padding")


def execute(data, statement, *values):
    with closing(connect(data / "archive.db")) as conn:
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute(statement, values)


def test_a_whole_archive_has_no_fault(data):
    result = verify.verify(data, kept.nothing)
    assert result.faults == []
    assert result.notes == []
    assert result.records == 2 + 2 * 25, "two warcinfo records, responses and requests"


def test_a_flipped_bit_of_padding_is_placed(data):
    path = min((data / "warc").rglob("*.gz"))
    record, byte, bit = padding(path)
    flip(path, byte, bit)
    found = [(fault.offset, fault.message) for fault in faults(data)]
    assert found == [
        (None, "its bytes do not agree with the sha256 in its manifest"),
        (record.offset, f"the record of {record.url} is not packed as it was written"),
    ]


def test_a_damaged_capture_is_named_with_its_address(data):
    path = min((data / "warc").rglob("*.gz"))
    record = next(records(path))
    flip(path, record.offset + record.length // 2)
    named = [fault.message for fault in faults(data) if fault.offset == record.offset]
    assert named
    assert all(message.endswith(f"({record.url})") for message in named)


def test_free_space_is_proved_in_a_snapshot_and_holds_nothing_in_the_archive(data):
    """A page's free bytes: nobody reads them in the live database; a snapshot is known by all of its bytes."""
    path = data / "archive.db"
    raw = path.read_bytes()
    size = int.from_bytes(raw[16:18], "big")
    table = next(at for at in range(size, len(raw), size) if raw[at] == 13 and gap(raw, at)[1] - gap(raw, at)[0] > 64)
    flip(path, table + sum(gap(raw, table)) // 2)
    assert faults(data) == []
    path.write_bytes(raw)
    copy = next(data.glob("snapshots/*/archive.db"))
    raw = copy.read_bytes()
    table = next(at for at in range(size, len(raw), size) if raw[at] == 13 and gap(raw, at)[1] - gap(raw, at)[0] > 64)
    flip(copy, table + sum(gap(raw, table)) // 2)
    assert [fault.file for fault in faults(data)] == [str(copy.relative_to(data))]


def gap(raw, page):
    """Where the free space of a table's leaf begins and ends in the page (SQLite file format §1.6)."""
    cells, content = (int.from_bytes(raw[page + at : page + at + 2], "big") for at in (3, 5))
    return 8 + 2 * cells, content


@FLIP
@given(seed=st.integers(0, 2**32))
def test_any_flipped_byte_of_a_capture_is_found(whole, seed):
    draw = random.Random(seed)  # noqa: S311
    path = draw.choice(sorted((whole / "warc").rglob("*.gz")))
    raw = path.read_bytes()
    try:
        flip(path, draw.randrange(len(raw)), draw.randrange(8))
        found = faults(whole, index=False)
        assert {fault.file for fault in found} == {str(path.relative_to(whole))}
    finally:
        path.write_bytes(raw)


@FLIP
@given(seed=st.integers(0, 2**32))
def test_any_flipped_byte_of_a_snapshot_is_found(whole, seed):
    draw = random.Random(seed)  # noqa: S311
    path = draw.choice(sorted(path for path in (whole / "snapshots").rglob("*") if path.is_file()))
    raw = path.read_bytes()
    try:
        flip(path, draw.randrange(len(raw)), draw.randrange(8))
        assert str(path.relative_to(whole / "snapshots")) in " ".join(
            str(fault) for fault in faults(whole, index=False)
        )
    finally:
        path.write_bytes(raw)


@pytest.fixture(scope="module")
def complete(whole, tmp_path_factory):
    """An archive with every kind of file: two snapshots, a withdrawal between them."""
    data = tmp_path_factory.mktemp("complete") / "data"
    shutil.copytree(whole, data)
    order = withdraw.Order(kept.url_of(3), "x", "privacy", kept.NOW, data.parent / "seal.key")
    withdraw.withdraw(data, order)
    snapshot(data, kept.NOW + timedelta(days=1), kept.nothing)
    return data


KINDS = [
    "warc/baosuoicat/20260901T020000Z-1.warc.gz", "warc/baosuoicat/20260901T220000Z-2.warc.gz",
    "snapshots/2026-09-03/archive.db", "snapshots/2026-09-03/text.db.zst", "snapshots/2026-09-03/manifest.json",
    "snapshots/2026-09-03/SHA256SUMS", "snapshots/2026-09-04/archive.db", "snapshots/2026-09-04/text.db.zst",
    "snapshots/2026-09-04/manifest.json", "snapshots/2026-09-04/SHA256SUMS", "snapshots/latest.json",
    "snapshots/chain/000001.json", "snapshots/chain/000002.json", "snapshots/chain/000003.json",
    "withdrawn/1.json", "withdrawn/1.sealed",
]  # fmt: skip
PLACED = ("manifest.json", "SHA256SUMS", "latest.json")


def test_every_kind_of_file_is_flipped(complete):
    files = {str(path.relative_to(complete)) for path in complete.rglob("*") if path.is_file()}
    assert {file for file in files if not file.startswith(("archive.db", "locks/"))} == set(KINDS)


@pytest.mark.parametrize("file", KINDS)
def test_a_flipped_byte_of_every_kind_of_file_is_found_with_its_place(complete, file):
    draw = random.Random(file)  # noqa: S311
    path = complete / file
    raw = path.read_bytes()
    begins = sorted(begins_of(path)) if file.startswith("warc/") else []
    try:
        for offset in draw.sample(range(len(raw)), 25):
            flip(path, offset, draw.randrange(8))
            found = faults(complete, index=False)
            path.write_bytes(raw)
            named = [fault for fault in found if fault.file == file]
            told = [fault for fault in found if fault.file.startswith("snapshots/")]
            assert named or ("chain/" in file and told), (offset, found)
            places = {fault.offset for fault in named}
            if file.endswith(PLACED):
                assert offset in places
            if begins:
                assert places & {None, begins[bisect.bisect_right(begins, offset) - 1]}, (offset, found)
    finally:
        path.write_bytes(raw)


def begins_of(path):
    """Where the records of a WARC file begin."""
    with path.open("rb") as stream:
        walk = ArchiveIterator(stream)
        for _ in walk:
            yield walk.get_record_offset()


def columns_of_value(data):
    """Some stored value of every column of every table that is not empty, as bytes to be looked for in the file."""
    with closing(connect(data / "archive.db")) as conn:
        for table in ("articles", "revisions", "captures", "aliases", "sources"):
            names = [row[1] for row in conn.execute(f"PRAGMA table_info({table})") if row[2] == "TEXT"]
            for name in names:
                value = conn.execute(f'SELECT max("{name}") FROM {table} WHERE length("{name}") > 6').fetchone()[0]  # noqa: S608
                if value is not None:
                    yield f"{table}.{name}", value.encode()[-1000:]


FREE = {"articles.next_check_at", "articles.reader", "revisions.reader", *(f"sources.{name}" for name in SOURCE)}
"""What may change although nothing was seen (readers stand in both tables: the first one found is free)."""


def test_a_flipped_byte_of_any_text_column_is_found(data):
    database = data / "archive.db"
    raw = database.read_bytes()
    missed = []
    for name, value in columns_of_value(data):
        at = raw.find(value[:200])
        if at < 0 or name in FREE:
            continue
        flip(database, at + min(len(value), 200) // 2, 1)
        try:
            found = faults(data)
        except ArchiveError:
            found = ["the archive does not open"]
        if not found:
            missed.append(name)
        database.write_bytes(raw)
    assert missed == []


@pytest.mark.parametrize(
    ("table", "column"),
    [("articles", "body"), ("articles", "authors"), ("revisions", "title"), ("captures", "fetched_at"),
     ("captures", "headers"), ("runs", "started_at"), ("comment_counts", "seen_at")],
)  # fmt: skip
def test_a_text_that_became_bytes_is_found(data, table, column):
    """One bit of a record tells text from bytes; SQLite's own check lets it pass."""
    with closing(connect(data / "archive.db")) as conn:
        for (trigger,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            conn.execute(f"DROP TRIGGER {trigger}")
        assert conn.execute(f'UPDATE {table} SET "{column}" = CAST("{column}" AS BLOB)').rowcount  # noqa: S608
        conn.execute("UPDATE runs SET ended_at = NULL")
    assert f"{column} holds bytes, not text" in " ".join(str(fault) for fault in faults(data))


def test_flipped_bytes_of_the_database_are_found_where_it_holds_anything(data):
    """What the search index and pages hold of deleted rows, or have not used yet, nobody reads."""
    database, draw = data / "archive.db", random.Random(7)  # noqa: S311
    raw = database.read_bytes()
    found = 0
    offsets = [at for at in draw.sample(range(len(raw)), 300) if any(raw[at - 2 : at + 3])][:80]
    for at in offsets:
        flip(database, at, draw.randrange(8))
        try:
            found += bool(faults(data))
        except ArchiveError:
            found += 1
        database.write_bytes(raw)
    assert found >= 0.9 * len(offsets)


def capture(data, **where):
    with closing(connect(data / "archive.db")) as conn:
        condition = " AND ".join(f"{name} = ?" for name in where) or "revisit_of IS NULL"
        query = f"SELECT * FROM captures WHERE {condition} ORDER BY id DESC LIMIT 1"  # noqa: S608
        return conn.execute(query, tuple(where.values())).fetchone()


def test_a_damaged_record_is_named_with_its_place_and_the_others_are_read(data):
    row = capture(data)
    flip(data / row["file"], row["offset"] + row["length"] // 2)
    found = [fault for fault in faults(data, index=False) if fault.offset is not None]
    assert {(fault.file, fault.offset) for fault in found} == {(row["file"], row["offset"])}
    assert any("damaged" in fault.message for fault in found)


def test_an_altered_body_with_a_right_checksum_is_found(data):
    """What no gzip checksum tells: a record written anew with other bytes."""
    import gzip

    row = capture(data)
    path = data / row["file"]
    raw = path.read_bytes()
    record = gzip.decompress(raw[row["offset"] : row["offset"] + row["length"]])
    forged = gzip.compress(record.replace(b"<article>", b"<artikle>"), 6, mtime=0)
    path.write_bytes(raw[: row["offset"]] + forged + raw[row["offset"] + row["length"] :])
    messages = " ".join(str(fault) for fault in faults(data, index=False))
    assert "WARC-Block-Digest" in messages
    assert "WARC-Payload-Digest" in messages


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE captures SET length = length + 1 WHERE id = 3", "length is"),
        ("UPDATE captures SET status = 404 WHERE id = 3", "status is"),
        ("UPDATE captures SET url = url || '#' WHERE id = 3", "url is"),
        ("UPDATE captures SET headers = '[]' WHERE id = 3", "headers is"),
        ("UPDATE captures SET etag = NULL WHERE id = 3", "etag is"),
        ("UPDATE captures SET fetched_at = '2026-09-01T02:00:00+00:00' WHERE id = 3", "fetched_at is"),
        ("UPDATE captures SET digest = replace(digest, '1', '2') WHERE id = 3", "digest is"),
        ('UPDATE captures SET "offset" = "offset" + 1 WHERE id = 3', "no response begins here"),
        ("UPDATE captures SET revisit_of = 4 WHERE id = (SELECT max(id) FROM captures)", "first_url is"),
        ("DELETE FROM captures WHERE id = 3", "has no row in captures"),
        ("UPDATE revisions SET body = body || ' thêm' WHERE id = 2", "does not agree with its digest"),
        ("UPDATE articles SET title = 'Khác' WHERE id = 2", "not that of its last revision"),
        ("UPDATE articles SET source = 'nobody' WHERE id = 2", "names a row of sources that does not exist"),
        ("UPDATE articles SET authors = '[\"Ai đó\"]' WHERE id = 2", "differs from the last snapshot"),
        ("DELETE FROM revisions WHERE id = 1", "is missing, though the last snapshot has it"),
        ("DROP TRIGGER articles_au", "trigger articles_au: missing"),
        ("DROP INDEX captures_url", "index captures_url: missing"),
        ("INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')", "unfolded words"),
        ("INSERT INTO articles_fts (rowid, title) VALUES (1, 'lạ')", "not the index of these articles"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_true_is_found(data, statement, told):
    execute(data, statement)
    assert told in " ".join(str(fault) for fault in faults(data))


def test_a_damaged_index_is_found(data):
    with closing(connect(data / "archive.db")) as conn:
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, '(section)', '(language)') WHERE name = 'articles_section'"
        )
    assert "articles_section" in " ".join(str(fault) for fault in faults(data))


def test_files_without_rows_and_rows_without_files_are_found(data):
    first, second = sorted((data / "warc").rglob("*.gz"))
    first.rename(first.with_name("0-lost.warc.gz"))
    (data / "warc/notes.txt").write_text("mine")
    found = {fault.file: fault.message for fault in faults(data, index=False)}
    assert "missing, and with it 13 captures" in found[str(first.relative_to(data))]
    assert "has no row in captures" in found["warc/baosuoicat/0-lost.warc.gz"]
    assert "not a file of the archive" in found["warc/notes.txt"]
    assert str(second.relative_to(data)) not in found


@pytest.mark.parametrize("content", [b"", b"no WARC at all", b"\x1f\x8b\x08\x00broken", b"WARC/1.0\r\n\r\n"])
def test_a_truncated_or_foreign_file_is_a_fault(data, content):
    path = max((data / "warc").rglob("*.gz"))
    path.write_bytes(content)
    assert str(path.relative_to(data)) in {fault.file for fault in faults(data, index=False)}


def test_a_run_that_has_not_ended_may_be_in_the_midst_of_a_record(data):
    with Store(data / "archive.db") as store:
        crawl = kept.Crawl(data, store, kept.NOW)
        crawl.fetch("https://baosuoicat.example/a-1.html", b"<p>a")
        crawl.save(close=False)
        crawl.fetch("https://baosuoicat.example/b-2.html", b"<p>b")
        crawl.warc.sync()
        with crawl.warc.path.open("ab") as out:
            out.write(crawl.warc.path.read_bytes()[:50])
        result = verify.verify(data, kept.nothing)
        assert result.faults == []
        assert result.notes == ["1 captures of a run that has not ended are not recorded yet"]
        store.close_run(crawl.run, kept.NOW, "ok", 0, {})
    assert {fault.file for fault in faults(data)} == {crawl.warc.file}, "now it should have been recorded"


def test_manifests_are_checked_against_files_and_chain(data):
    snapshot(data, kept.NOW + timedelta(days=1), kept.nothing)
    names = data / "snapshots"
    (names / "2026-09-03/extra.txt").write_text("?")
    shutil.copytree(names / "2026-09-04", names / "2026-09-05")
    (names / "2026-09-07.partial").mkdir()
    told = " ".join(str(fault) for fault in faults(data, index=False))
    assert "2026-09-03/extra.txt: is not in the manifest" in told
    assert "2026-09-05: a snapshot that is not in the chain" in told
    assert "2026-09-07.partial: a snapshot was interrupted" in told
    shutil.rmtree(names / "2026-09-03")
    assert "no manifest says that it was thinned" in " ".join(str(fault) for fault in faults(data, index=False))
    (names / "chain/000001.json").unlink()
    told = " ".join(str(fault) for fault in faults(data, index=False))
    assert "000002.json: does not follow" in told


def test_processes_find_the_same(data, monkeypatch):
    row = capture(data)
    flip(data / row["file"], row["offset"] + 40)
    flip(data / "snapshots/2026-09-03/text.db.zst", 100)
    execute(data, "UPDATE revisions SET body = body || ' thêm' WHERE id = 2")
    execute(data, "INSERT INTO articles_fts (rowid, title) VALUES (1, 'lạ')")
    alone = faults(data)
    assert len({fault.file for fault in alone}) == 3
    monkeypatch.setattr(verify, "WORTH_A_PROCESS", 0)
    monkeypatch.setattr(verify, "STRETCH", 4096)
    assert faults(data, jobs=2) == alone, "in the same order, whichever process was first"


def test_progress_reaches_the_end_of_every_step(data):
    told = {}
    verify.verify(data, lambda step, done, total: told.setdefault(step, []).append((done, total)))
    assert set(told) == {"search index", "database", "since the last snapshot", "captures and snapshots"}
    for steps in told.values():
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1]


def test_a_damaged_snapshot_says_nothing_of_the_archive(data):
    database = data / "snapshots/2026-09-03/archive.db"
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("UPDATE captures SET status = 500")
    assert {fault.file for fault in faults(data)} == {str(database.relative_to(data))}


def test_nothing_is_written(data):
    before = kept.contents(data)
    assert faults(data) == []
    after = kept.contents(data)
    for found in (before, after):  # SQLite's own bookkeeping of who reads
        found.pop("archive.db-wal", None)
        found.pop("archive.db-shm", None)
    assert after == before


def run(data, *arguments):
    return CliRunner().invoke(kept.command, [str(data), "verify", *arguments])


def test_the_command(data):
    result = run(data)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no fault" in result.stderr
    row = capture(data)
    flip(data / row["file"], row["offset"] + 40)
    result = run(data)
    assert result.exit_code == 1
    assert f"fault: {row['file']} at byte {row['offset']}: " in result.stdout
    result = run(data, "--json", "--quick")
    assert result.exit_code == 1
    assert row["offset"] in [fault["offset"] for fault in json.loads(result.stdout)["faults"]]


def test_bad_input_is_one_line(tmp_path, data):
    missing = run(tmp_path / "nowhere")
    (data / "archive.db").write_bytes(b"not a database, but long enough to be read as one" * 100)
    for suffix in ("-wal", "-shm"):
        (data / f"archive.db{suffix}").unlink(missing_ok=True)
    for result in (missing, run(data)):
        assert result.exit_code == 1
        assert result.stderr.startswith("baotinh: ")
        assert result.stderr.count("\n") == 1
    assert isinstance(missing.exception, SystemExit)


def test_too_little_room_for_the_index_is_said(data, monkeypatch):
    monkeypatch.setattr("archive.files.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    result = verify.verify(data, kept.nothing)
    assert result.faults == []
    assert "was not compared" in result.notes[0]
    assert list(data.glob("baotinh-verify-*")) == []


@pytest.mark.parametrize("room", [50_000, 150_000])
def test_a_disk_that_becomes_full_is_no_fault_of_the_archive(data, room):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            result = verify.verify(data, kept.nothing)
            code = 0 if not result.faults and "cannot be written" in " ".join(result.notes) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert list(data.glob("baotinh-verify-*")) == []


def test_what_a_killed_check_left_goes_with_the_next(data):
    with files.scratch(data) as used:
        left = data / f"{files.SCRATCH}left"
        left.mkdir()
        (left / "index.db").write_bytes(b"texts")
        assert faults(data) == []
        assert not left.exists()
        assert used.exists(), "another check may be using it"
    assert not used.exists()


def test_a_replayed_archive_is_not_compared_with_what_was_there_before(data):
    execute(data, "UPDATE runs SET outcome = 'replayed', started_at = ended_at WHERE id = 1")
    execute(data, "UPDATE captures SET status = 203 WHERE id = 1")
    result = verify.verify(data, kept.nothing)
    assert "replayed since its last snapshot" in result.notes[0]
    assert all("capture 1: status" in str(fault) for fault in result.faults), result.faults


def test_stored_values_are_not_taken_for_sql(data):
    execute(data, "UPDATE articles SET title = ? WHERE id = 1", "'); DROP TABLE articles; --")
    assert faults(data)
    with closing(sqlite3.connect(data / "archive.db")) as conn:
        assert conn.execute("SELECT count(*) FROM articles").fetchone()[0] == 12
