"""Snapshots: what they hold, that stock tools open them, their chain, their thinning, and what interrupts them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import date, timedelta

import kept_fixture as kept
import pytest
import zstandard
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from killed import moments

from archive import files, manifest, snapshot
from archive.schema import STEPS, connect
from archive.store import Store
from archive.verify import verify


@pytest.fixture
def data(tmp_path):
    return kept.make(tmp_path / "data")


def make(data, days=0, **options):
    return snapshot.snapshot(data, kept.NOW + timedelta(days=days), kept.nothing, **options)


def unpack(path):
    return zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=2**30)


def test_the_database_opens_in_stock_sqlite_and_finds(data):
    make(data)
    path = data / "snapshots/2026-09-03/archive.db"
    assert path.read_bytes()[18:20] == b"\x01\x01", "a journal mode without WAL"
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as conn:
        found = conn.execute(
            "SELECT snippet(articles_fts, 2, '[', ']', '…', 9) FROM articles_fts WHERE articles_fts MATCH 'duong'"
        ).fetchall()
        assert found
        assert all("[" in text for (text,) in found)
        assert any("[đường]" in text or "[Đường]" in text for (text,) in found)
        assert conn.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 0, "analysed"
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert not list(path.parent.glob("*-wal"))
    shell = shutil.which("sqlite3")
    if shell:
        query = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'lang'"
        shown = subprocess.run([shell, str(path), query], capture_output=True, text=True, check=True)
        assert int(shown.stdout) > 0


def test_the_text_alone_has_no_index_and_all_texts(data, tmp_path):
    make(data)
    (tmp_path / "text.db").write_bytes(unpack(data / "snapshots/2026-09-03/text.db.zst"))
    with closing(sqlite3.connect(tmp_path / "text.db")) as text, closing(connect(data / "archive.db")) as conn:
        assert text.execute("SELECT count(*) FROM sqlite_schema WHERE type <> 'table'").fetchone()[0] == 0
        for query in (
            "SELECT id, url, title, lead, body, authors, comment_count FROM articles ORDER BY id",
            "SELECT id, article_id, number, kind, digest, body FROM revisions ORDER BY id",
            "SELECT url, article_id FROM aliases ORDER BY url",
        ):
            assert [tuple(row) for row in conn.execute(query)] == text.execute(query).fetchall()
        columns = {row[1] for row in text.execute("PRAGMA table_info(articles)")}
        assert not {"title_fold", "body_html", "search_key"} & columns
        plan = text.execute("EXPLAIN QUERY PLAN SELECT * FROM articles WHERE id = 1").fetchone()
        assert "PRIMARY KEY" in plan[-1]


def test_the_manifest_says_what_is_there(data):
    link = make(data)
    folder = data / "snapshots/2026-09-03"
    said = json.loads((folder / "manifest.json").read_bytes())
    assert said == link.content
    assert said["schema"] == {"version": len(STEPS), "migrations": [name for name, _ in STEPS]}
    assert said["rows"]["articles"] == 8
    assert said["rows"]["captures"] == 17
    assert said["time_range"]["published_at"] == ["2026-08-31T19:00:00+00:00", "2026-09-01T02:00:00+00:00"]
    assert said["cut"] == []
    assert said["time_range"]["fetched_at"] == ["2026-09-01T02:00:01+00:00", "2026-09-01T22:00:08+00:00"]
    assert said["sources"] == [{"name": "baosuoicat", "title": "Báo Suối Cát", "articles": 8}]
    for file in said["files"]:
        raw = (folder / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())
    for file in said["warc"]:
        raw = (data / file["file"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())
    assert len(said["warc"]) == 2
    checked = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count("OK") == 3
    latest = json.loads((data / "snapshots/latest.json").read_bytes())
    assert latest["snapshot"] == "2026-09-03"
    assert latest["manifest_sha256"] == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def test_each_manifest_names_the_one_before_it(data):
    first, second = make(data), make(data, 1)
    raw = (data / "snapshots/2026-09-03/manifest.json").read_bytes()
    assert first.content["previous"] is None
    assert second.content["previous"] == {"number": 1, "sha256": hashlib.sha256(raw).hexdigest()}
    assert second.content["warc"] == [], "only what is new since"
    assert manifest.read_chain(data / "snapshots") == [first, second]


def test_a_second_snapshot_of_a_day_stands_beside_the_first(data):
    assert [make(data).content["name"] for _ in range(3)] == ["2026-09-03", "2026-09-03.2", "2026-09-03.3"]
    assert manifest.folders(data / "snapshots") == ["2026-09-03", "2026-09-03.2", "2026-09-03.3"]


def test_a_writer_beside_is_neither_waited_for_nor_seen_in_part(data):
    stop = threading.Event()

    def write():
        with Store(data / "archive.db") as store:
            number = 0
            while not stop.is_set():
                number += 1
                store.conn.execute("BEGIN IMMEDIATE")
                for table in ("baotest_a", "baotest_b"):
                    store.conn.execute(f"INSERT INTO {table} VALUES (?)", (number,))  # noqa: S608
                store.conn.execute("COMMIT")

    with closing(connect(data / "archive.db")) as conn:
        conn.execute("CREATE TABLE baotest_a (n)")
        conn.execute("CREATE TABLE baotest_b (n)")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            link = make(data)
            path = data / "snapshots" / link.content["name"] / "archive.db"
            with closing(sqlite3.connect(path)) as conn:
                counts = [conn.execute(f"SELECT count(*) FROM baotest_{x}").fetchone()[0] for x in "ab"]  # noqa: S608
            assert counts[0] == counts[1]
    finally:
        stop.set()
        writer.join()


def test_old_snapshots_are_thinned_and_their_manifests_stay(data):
    for day in range(0, 40, 2):
        last = make(data, day)
    names = manifest.folders(data / "snapshots")
    assert set(names) == manifest.kept([(date(2026, 9, 3) + timedelta(day)).isoformat() for day in range(0, 40, 2)])
    assert len(manifest.read_chain(data / "snapshots")) == 20
    assert sorted(manifest.standing(manifest.read_chain(data / "snapshots"))) == sorted(names)
    assert last.content["name"] in names
    make(data, 41, thin=False)
    assert len(manifest.folders(data / "snapshots")) == len(names) + 1


days = st.lists(st.dates(date(2024, 1, 1), date(2026, 12, 31)), max_size=60)


@given(days)
def test_the_policy_keeps_days_weeks_and_months(chosen):
    names = {day.isoformat() for day in chosen}
    stays = manifest.kept(names)
    assert stays <= names
    assert set(sorted(names)[-14:]) <= stays, "the last fourteen days"
    for month in {name[:7] for name in names}:
        assert max(name for name in names if name.startswith(month)) in stays, "the last of every month"
    weeks = {date.fromisoformat(name).isocalendar()[:2] for name in names}
    assert len(stays) <= 14 + min(8, len(weeks)) + len({name[:7] for name in names})
    assert manifest.kept(stays) == stays, "thinning twice thins no more"


@given(days, days)
def test_thinning_each_day_never_brings_back_or_loses_a_month(first, second):
    kept_so_far: set[str] = set()
    for day in sorted({*first, *second}):
        kept_so_far = manifest.kept({*kept_so_far, day.isoformat()})
    months = {f"{day:%Y-%m}" for day in {*first, *second}}
    assert {name[:7] for name in kept_so_far} == months


@pytest.mark.parametrize("step", ["copy_database", "analyse", "write_text", "_describe", "_publish"])
@pytest.mark.parametrize("earlier", [True, False])
def test_an_interrupted_snapshot_leaves_nothing_and_the_next_succeeds(data, monkeypatch, step, earlier):
    if earlier:
        make(data)
    before = kept.contents(data / "snapshots")

    def fail(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(snapshot, step, fail)
        with pytest.raises(KeyboardInterrupt):
            make(data, 1)
    assert kept.contents(data / "snapshots") == before
    assert (data / "snapshots").exists() == earlier, "no empty folder either"
    assert make(data, 1).number == 1 + earlier


def test_killed_at_any_moment_the_next_snapshot_succeeds(data, tmp_path):
    for day in range(15):
        make(data, day)
    copy = tmp_path / "copy"

    def prepared(number):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(data, copy)
        return lambda: make(copy, 15)

    for number in moments(prepared, step=4):
        make(copy, 16)
        assert [str(fault) for fault in verify(copy, kept.nothing, index=False).faults] == [], number
        assert manifest.folders(copy / "snapshots")[-1] == "2026-09-19"
        assert not list(copy.rglob("*.partial"))


def run(data, *arguments):
    return CliRunner().invoke(kept.command, [str(data), *arguments])


def one_line(result, code=1):
    """What a command says when it cannot go on: one line, and its exit code."""
    assert result.exit_code == code, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.output
    return result.stderr


def test_the_command_says_what_it_made(data):
    result = run(data, "snapshot")
    assert result.exit_code == 0, result.output
    assert "8 articles, 17 captures" in result.stdout
    assert result.stderr == "", "progress is for terminals"


def test_any_name_of_a_folder_will_do(data, tmp_path):
    odd = data.rename(tmp_path / "a b#c?d%20e'\"é")
    for command in (["snapshot"], ["verify"], ["backup", str(tmp_path / "b#x?y%41")]):
        for _ in range(2):
            result = run(odd, *command)
            assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {odd.name, "b#x?y%41"}, "no part of a name was taken for one"


def test_bad_input_is_one_line(data, tmp_path, monkeypatch):
    assert "there is no archive" in one_line(run(tmp_path / "nowhere", "snapshot"))
    assert not (tmp_path / "nowhere").exists()
    with monkeypatch.context() as patched:
        patched.setattr(files.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
        assert "make room" in one_line(run(data, "snapshot"))
    with files.keeping(data):
        assert "run again when it has ended" in one_line(run(data, "snapshot"), 75)
    with closing(connect(data / "archive.db")) as conn:
        conn.execute("UPDATE _sqlite_migrations SET name = '9999_later' WHERE name = '0001_tables'")
    assert "newer baotinh" in one_line(run(data, "snapshot"))
    assert manifest.folders(data / "snapshots") == []


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"format": 1, "kind": "snapshot"}', b"\xff\x00", b'{"format": 9}']
)
def test_a_wrong_manifest_is_one_line(data, content):
    make(data)
    (data / "snapshots/chain/000001.json").write_bytes(content)
    assert "000001.json" in one_line(run(data, "snapshot"))
    assert manifest.folders(data / "snapshots") == ["2026-09-03"]


def test_a_chain_whose_end_was_altered_or_lost_is_not_continued(data):
    make(data)
    make(data, 1)
    last, latest = data / "snapshots/chain/000002.json", data / "snapshots/latest.json"
    for path, altered in (
        (last, last.read_bytes().replace(b'"articles": 8', b'"articles": 9')),
        (last, None),
        (latest, latest.read_bytes().replace(b'"number": 2', b'"number": 3')),
    ):
        raw = path.read_bytes()
        path.unlink()
        if altered is not None:
            path.write_bytes(altered)
        before = kept.contents(data / "snapshots")
        assert "does not name the end of the chain" in one_line(run(data, "snapshot"))
        assert kept.contents(data / "snapshots") == before, "what tells of it stays"
        path.write_bytes(raw)
    for content in (b"", b"{", b"[]", b'{"chain": null}'):  # the chain's end is proven by the snapshot it describes
        latest.write_bytes(content)
        make(data, 2)
        assert verify(data, kept.nothing, index=False).faults == []


def test_an_archive_that_is_cut_short_is_refused(data):
    with closing(connect(data / "archive.db")) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = (data / "archive.db").read_bytes()
    for left in (100, 5000, len(raw) // 2, len(raw) - 4096, len(raw) - 1):
        (data / "archive.db").write_bytes(raw[:left])
        assert "damaged, or not an archive" in one_line(run(data, "snapshot"))
        assert not (data / "snapshots").exists()


def test_captures_that_are_cut_short_are_told_and_not_vouched_for(data):
    missing, cut = sorted((data / "warc").rglob("*.gz"))
    missing.unlink()
    cut.write_bytes(cut.read_bytes()[:1000])
    result = run(data, "snapshot")
    assert result.exit_code == 2
    for path in (missing, cut):
        assert f"{path.relative_to(data)}: is missing or cut short" in result.stderr
    [link] = manifest.read_chain(data / "snapshots")
    assert link.content["warc"] == []
    assert link.content["cut"] == [str(path.relative_to(data)) for path in (missing, cut)]


UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]
ON_SMALL_DISK = """
mount -t tmpfs -o size=2m none /mnt && cp -r $1/. /mnt && $2 -c "$3" /mnt; code=$?; ls -A /mnt/snapshots; exit $code
"""
SNAPSHOT = """
import sys, collections
sys.path.insert(0, "tests")
import kept_fixture as kept
from archive import files
files.shutil.disk_usage = lambda _: collections.namedtuple("Disk", "free")(10**12)  # look away, as a race would
sys.argv[1:] = [sys.argv[1], "snapshot"]
kept.command()
"""


def test_a_full_disk_leaves_nothing(tmp_path):
    """On a small file system of its own, where one can be mounted."""
    if not shutil.which("unshare") or subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a file system of its own")
    data = kept.make(tmp_path / "data", 60)
    command = [*UNSHARE, "sh", "-c", ON_SMALL_DISK, "sh", str(data), sys.executable, SNAPSHOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "the disk is full: make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == "", "nothing half-written"


def as_a_stranger():
    """What makes root obey the permissions of files, as every operator's account does."""
    if os.geteuid():
        return []
    command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
    if not shutil.which("setpriv") or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("root may write everywhere")
    return command


@pytest.mark.parametrize("folder", ["snapshots", "locks", "."])
def test_no_permission_is_one_line(data, folder):
    make(data)
    before = kept.contents(data / "snapshots")
    (data / folder).chmod(0o500)
    (data / "locks/.keeper.lock").chmod(0o400 if folder == "locks" else 0o600)
    command = [*as_a_stranger(), sys.executable, "-m", "crawler.cli", "--data", str(data)]
    done = subprocess.run([*command, "snapshot"], capture_output=True, text=True, check=False)
    (data / folder).chmod(0o700)
    (data / "locks/.keeper.lock").chmod(0o600)
    if folder != ".":
        assert done.returncode == 1, done.stderr
        assert "Permission denied" in done.stderr
        assert done.stderr.count("\n") == 1
        assert kept.contents(data / "snapshots") == before
    make(data, 1)
    assert verify(data, kept.nothing).faults == []
