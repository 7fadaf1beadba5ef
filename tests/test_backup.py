"""Backup and restore: the round trip, what is copied again, and what interrupts them."""

from __future__ import annotations

import errno
import json
import shutil
from contextlib import closing
from datetime import timedelta

import kept_fixture as kept
import pytest
from click.testing import CliRunner
from killed import moments

from archive import backup as backups
from archive import files, receipt, withdraw
from archive import restore as restores
from archive.schema import ArchiveError, connect
from archive.snapshot import snapshot
from archive.store import Store
from archive.verify import verify


@pytest.fixture
def data(tmp_path):
    data = kept.make(tmp_path / "data")
    snapshot(data, kept.NOW, kept.nothing)
    return data


@pytest.fixture
def target(tmp_path):
    return tmp_path / "backup"


def backup(data, target):
    return backups.backup(data, target, kept.NOW, kept.nothing)


def restore(target, data):
    return restores.restore(target, data, kept.nothing)


def rows(data):
    """Every row of every table, those of the search indexes too."""
    with closing(connect(data / "archive.db")) as conn:
        names = [
            row[0]
            for row in conn.execute("""SELECT name FROM pragma_table_list
             WHERE type IN ('table', 'shadow') AND name NOT LIKE 'sqlite_s%'""")
        ]
        return {name: sorted(map(repr, map(tuple, conn.execute(f'SELECT * FROM "{name}"')))) for name in names}  # noqa: S608


def kept_files(folder):
    """All files but the database itself, whose copy has other pages."""
    found = kept.contents(folder)
    return {name: raw for name, raw in found.items() if not name.startswith(("archive.db", "backup.json"))}


def test_the_round_trip_brings_everything_back(data, target, tmp_path):
    copied = backup(data, target)
    assert verify(target, kept.nothing).faults == [], "a backup is a data folder"
    restored = tmp_path / "restored"
    assert restore(target, restored).files == copied.files
    assert rows(restored) == rows(data)
    assert kept_files(restored) == kept_files(data)
    assert verify(restored, kept.nothing).faults == []
    with Store(restored / "archive.db") as store:
        assert store.is_known(kept.url_of(1))


def test_only_what_changed_is_copied_again(data, target):
    first = backup(data, target)
    assert first.files == 1 + 2 + 4 + 2, "database, captures, snapshot, chain and latest"
    again = backup(data, target)
    assert (again.files, again.kept) == (1, first.files - 1), "the database alone"
    with Store(data / "archive.db") as store:
        crawl = kept.Crawl(data, store, kept.NOW)
        crawl.fetch("https://baosuoicat.example/a-1.html", b"<p>a")
        crawl.save()
    assert backup(data, target).files == 2
    assert kept_files(target) == kept_files(data)
    assert verify(target, kept.nothing).faults == []


def test_withdrawn_captures_are_copied_again(data, target, tmp_path):
    backup(data, target)
    key = tmp_path / "seal.key"
    withdraw.withdraw(data, withdraw.Order(kept.url_of(3), "x", "privacy", kept.NOW, key))
    backup(data, target)
    assert kept_files(target) == kept_files(data)
    assert verify(target, kept.nothing).faults == []
    withdraw.undo(data, kept.url_of(3), key, kept.NOW)
    backup(data, target)
    assert kept_files(target) == kept_files(data)
    assert verify(target, kept.nothing).faults == []


@pytest.mark.parametrize(
    "file",
    [
        "warc/baosuoicat/20260901T020000Z-1.warc.gz",
        "snapshots/2026-09-03/text.db.zst",
        "snapshots/2026-09-03/manifest.json",
        "snapshots/2026-09-03/SHA256SUMS",
        "withdrawn/1.sealed",
        "withdrawn/1.json",
    ],
)
@pytest.mark.parametrize("place", [0.1, 0.5, 0.99])
def test_rot_never_replaces_a_good_copy(data, target, tmp_path, file, place):
    order = withdraw.Order(kept.url_of(3), "x", "privacy", kept.NOW, tmp_path / "seal.key")
    withdraw.withdraw(data, order)
    backup(data, target)
    whole = (data / file).read_bytes()
    rotten = bytearray(whole)
    rotten[int(len(whole) * place)] ^= 4
    (data / file).write_bytes(rotten)
    before = kept.contents(target)
    with pytest.raises(ArchiveError, match="the copy in the backup is kept") as raised:
        backup(data, target)
    assert file in str(raised.value)
    assert kept.contents(target) == before
    (data / file).write_bytes(whole)
    backup(data, target)


def test_rot_in_the_texts_does_not_replace_a_good_database(data, target):
    backup(data, target)
    before = kept.contents(target)
    with closing(connect(data / "archive.db")) as conn:
        conn.execute("UPDATE revisions SET body = replace(body, 'a', 'b') WHERE id = 2")
    with pytest.raises(ArchiveError, match="revision 2: its text does not agree"):
        backup(data, target)
    assert kept.contents(target) == before


def test_what_is_lost_or_foreign_is_told(data, target, tmp_path):
    backup(data, target)
    lost = max((data / "warc").rglob("*.gz"))
    lost.unlink()
    (data / "warc/notes.txt").write_text("mine")
    result = run(data, "backup", target)
    assert result.exit_code == 2
    assert f"{lost.relative_to(data)}: is in the backup and no longer in the archive" in result.stderr
    assert "warc/notes.txt: not a file of the archive, not copied" in result.stderr
    assert (target / lost.relative_to(data)).exists()
    assert not (target / "warc/notes.txt").exists()
    restore(target, tmp_path / "restored")
    assert verify(tmp_path / "restored", kept.nothing).faults == []


def test_what_is_missing_from_archive_and_backup_is_told(data, target):
    *_, short, missing = sorted((data / "warc").rglob("*.gz"))
    missing.unlink()
    short.write_bytes(short.read_bytes()[:100])
    result = run(data, "backup", target)
    assert result.exit_code == 2
    for path in (short, missing):
        assert f"{path.relative_to(data)}: is missing or cut short" in result.stderr


def test_flipped_bytes_that_nothing_reads_of_the_database_in_a_backup_are_found(data, target):
    backup(data, target)
    assert verify(target, kept.nothing).faults == []
    raw = bytearray((target / "archive.db").read_bytes())
    raw[99] ^= 1  # by which version of SQLite it was written: nothing reads that
    (target / "archive.db").write_bytes(raw)
    assert "archive.db: is not as it was backed up" in "\n".join(map(str, verify(target, kept.nothing).faults))
    (target / "backup.json").write_bytes(b"{")
    assert "backup.json: damaged" in "\n".join(map(str, verify(target, kept.nothing).faults))


def test_killed_at_any_moment_a_backup_can_be_restored_and_renewed(data, target, tmp_path):
    backup(data, target)
    old = rows(data)
    with Store(data / "archive.db") as store:
        crawl = kept.Crawl(data, store, kept.NOW)
        crawl.fetch("https://baosuoicat.example/a-1.html", b"<p>a")
        crawl.save()
    snapshot(data, kept.NOW + timedelta(days=1), kept.nothing)
    new, copy, restored = rows(data), tmp_path / "copy", tmp_path / "restored"

    def prepared(number):
        for folder in (copy, restored):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(target, copy)
        return lambda: backup(data, copy)

    for number in moments(prepared, step=3):
        restore(copy, restored)
        assert rows(restored) in (old, new), number
        backup(data, copy)
        assert kept_files(copy) == kept_files(data)
        assert verify(copy, kept.nothing, index=False).faults == []


def test_a_first_backup_killed_at_any_moment_is_made_by_the_next(data, tmp_path):
    copy = tmp_path / "copy"

    def prepared(number):
        shutil.rmtree(copy, ignore_errors=True)
        return lambda: backup(data, copy)

    for number in moments(prepared, step=4):
        backup(data, copy)
        assert rows(copy) == rows(data), number
        assert kept_files(copy) == kept_files(data)


def test_killed_at_any_moment_a_restore_is_taken_up(data, target, tmp_path):
    backup(data, target)
    restored = tmp_path / "restored"

    def prepared(number):
        shutil.rmtree(restored, ignore_errors=True)
        return lambda: restore(target, restored)

    for number in moments(prepared, step=3):
        restore(target, restored)
        assert rows(restored) == rows(data), number
        assert kept_files(restored) == kept_files(data)
        assert not list(restored.rglob("*.partial"))


def test_thinned_snapshots_go_and_captures_never_do(data, target):
    backup(data, target)
    shutil.rmtree(data / "snapshots/2026-09-03")
    lost = max((data / "warc").rglob("*.gz"))
    lost.unlink()
    assert backup(data, target).removed == 4
    assert not (target / "snapshots/2026-09-03").exists()
    assert (target / lost.relative_to(data)).exists()


def test_a_crawl_that_runs_meanwhile_leaves_no_half_record(data, target, tmp_path):
    with Store(data / "archive.db") as store:
        crawl = kept.Crawl(data, store, kept.NOW)
        crawl.fetch("https://baosuoicat.example/a-1.html", b"<p>a")
        crawl.save(close=False)
        with crawl.warc.path.open("ab") as out:
            out.write(crawl.warc.path.read_bytes()[:70])
        backup(data, target)
        assert (target / crawl.warc.file).stat().st_size == crawl.warc.path.stat().st_size - 70
    restore(target, tmp_path / "restored")
    assert verify(tmp_path / "restored", kept.nothing).faults == []


@pytest.mark.parametrize("step", ["copy_database", "copy_all", "digest_of"])
def test_an_interrupted_backup_is_still_the_one_before(data, target, monkeypatch, tmp_path, step):
    backup(data, target)
    with Store(data / "archive.db") as store:
        crawl = kept.Crawl(data, store, kept.NOW)
        crawl.fetch("https://baosuoicat.example/a-1.html", b"<p>a")
        crawl.save()
    before = (target / "archive.db").read_bytes()

    def fail(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(backups, step, fail)
        with pytest.raises(KeyboardInterrupt):
            backup(data, target)
    assert not list(target.rglob("*.partial"))
    assert (target / "archive.db").read_bytes() == before
    restore(target, tmp_path / "restored")
    backup(data, target)
    restore(target, tmp_path / "again")
    assert rows(tmp_path / "again") == rows(data)


@pytest.mark.parametrize("step", ["copy_all", "digest_of", "pending"])
def test_a_restore_that_fails_leaves_nothing(data, target, monkeypatch, tmp_path, step):
    backup(data, target)

    def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "empty").mkdir()
    for restored in (tmp_path / "new/restored", tmp_path / "empty"):
        with monkeypatch.context() as patched:
            patched.setattr(restores, step, fail)
            with pytest.raises(OSError, match="No space left"):
                restore(target, restored)
        assert not (tmp_path / "new").exists()
        assert list((tmp_path / "empty").rglob("*")) == []
    restore(target, tmp_path / "new/restored")
    assert rows(tmp_path / "new/restored") == rows(data)


def test_a_restore_killed_while_it_moves_is_finished(data, target, tmp_path):
    backup(data, target)
    restored = tmp_path / "restored"
    restore(target, restored)
    expected = kept_files(restored)
    (restored / "restore.partial").mkdir()
    (restored / "archive.db").rename(restored / "restore.partial/archive.db")
    (restored / "restore.partial/whole").write_text("9 1000")
    restore(target, restored)
    assert kept_files(restored) == expected
    assert (restored / "archive.db").exists()


def run(data, *arguments):
    return CliRunner().invoke(kept.command, [str(data), *map(str, arguments)])


def one_line(result, code=1):
    assert result.exit_code == code, result.output
    assert result.stderr.startswith("baotinh: ")
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def test_the_commands(data, target, tmp_path):
    assert "9 files copied" in run(data, "backup", target).stdout
    assert "9 files copied" in run(tmp_path / "new", "restore", target).stdout


def test_one_at_a_time_writes_into_a_backup_and_reads_from_it(data, tmp_path):
    target, other, new = tmp_path / "backup", tmp_path / "other", tmp_path / "new"
    shutil.copytree(data, other)
    with files.keeping_new(target):  # as another archive's backup does
        assert "run again when it has ended" in one_line(run(other, "backup", target), 75)
        assert [path.name for path in target.iterdir()] == ["locks"], "nothing was written"
    assert run(data, "backup", target).exit_code == 0
    before = kept.contents(target)
    with files.keeping(target):
        assert "run again when it has ended" in one_line(run(other, "backup", target), 75)
        assert "run again when it has ended" in one_line(run(new, "restore", target), 75)
        assert not new.exists()
    with files.keeping_new(new):
        assert "run again when it has ended" in one_line(run(new, "restore", target), 75)
        assert (new / files.LOCK).exists(), "the lock of the one that holds it stays"
    assert kept.contents(target) == before
    assert run(new, "restore", target).exit_code == 0


def test_bad_input_is_one_line(data, target, tmp_path, monkeypatch):
    assert "there is no archive" in one_line(run(tmp_path / "nowhere", "backup", target))
    assert not target.exists()
    assert "lies in the data folder" in one_line(run(data, "backup", data / "copy"))
    assert "holds the data folder" in one_line(run(data, "backup", tmp_path))
    (tmp_path / "link").symlink_to(data, target_is_directory=True)
    assert "lies in the data folder" in one_line(run(data, "backup", tmp_path / "link/copy"))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.jpg").write_bytes(b"cat")
    assert "neither empty nor a backup" in one_line(run(data, "backup", tmp_path / "photos"))
    assert "not a whole backup" in one_line(run(tmp_path / "new", "restore", tmp_path / "photos"))
    backup(data, target)
    assert "holds an archive already" in one_line(run(data, "restore", target))
    (tmp_path / "log").mkdir()
    (tmp_path / "log/archive.db-wal").write_bytes(b"of another database")
    assert "holds an archive already (archive.db-wal)" in one_line(run(tmp_path / "log", "restore", target))
    smaller = kept.make(tmp_path / "smaller", 2)
    assert "another archive?" in one_line(run(smaller, "backup", target))
    assert "neither empty nor a backup" in one_line(run(data, "backup", smaller)), "an archive that is in use"
    for content, told in ((b"{", "damaged"), (b'{"format": 9, "sha256": []}', "another version of baotinh")):
        (target / "backup.json").write_bytes(content)
        before = kept.contents(target)
        assert told in one_line(run(tmp_path / "new", "restore", target))
        assert told in one_line(run(data, "backup", target))
        assert kept.contents(target) == before
    with monkeypatch.context() as patched:
        patched.setattr(files.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
        assert "make room" in one_line(run(data, "backup", tmp_path / "other"))


def test_a_damaged_or_newer_backup_is_not_restored(data, target, tmp_path):
    backup(data, target)
    with (target / "archive.db").open("r+b") as out:
        out.seek(5000)
        out.write(b"\xff")
    assert "not as it was backed up" in one_line(run(tmp_path / "new", "restore", target))
    assert kept.contents(tmp_path / "new") == {}
    shutil.rmtree(target)
    backup(data, target)
    with closing(connect(target / "archive.db")) as conn:
        conn.execute("UPDATE _sqlite_migrations SET name = '9999_later' WHERE name = '0001_tables'")
        conn.execute("PRAGMA journal_mode = DELETE")
    receipt = (target / "backup.json").read_text()
    [old] = json.loads(receipt)["sha256"]
    (target / "backup.json").write_text(receipt.replace(old, files.digest_of(target / "archive.db")))
    assert "newer baotinh" in one_line(run(tmp_path / "new", "restore", target))
    assert "newer baotinh" in one_line(run(data, "backup", target))
    assert not (tmp_path / "new").exists()


def test_an_older_backup_does_not_hide_a_younger_archive(data, target):
    backup(data, target)
    with Store(data / "archive.db") as store:
        crawl = kept.Crawl(data, store, kept.NOW + timedelta(hours=1))
        crawl.read(1, crawl.fetch(kept.url_of(1), kept.page(1, 9)), 9)
        crawl.save()
    backup(data, target)
    assert rows(target) == rows(data)


def test_a_capture_file_that_shrank_does_not_replace_its_copy(data, target):
    backup(data, target)
    warc = next(data.glob("warc/*/*.warc.gz"))
    copy = target / warc.relative_to(data)
    whole = copy.read_bytes()
    warc.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError, match="shorter than its copy"):
        backup(data, target)
    assert copy.read_bytes() == whole


def test_any_flipped_bit_of_the_receipt_is_found_in_the_receipt(data, target):
    backup(data, target)
    path = target / "backup.json"
    raw = path.read_bytes()
    missed = []
    for at in range(len(raw)):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :])
        missed += [] if [fault.file for fault in receipt.check(target).faults] == ["backup.json"] else [at]
    assert missed == []
    path.write_bytes(raw)
    assert receipt.check(target).faults == []
