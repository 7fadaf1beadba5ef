"""Replay makes the archive again; a killed crawl, run again, is an archive like any other."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from demo_crawl import BAOTINH, baotinh
from equal_archives import differences
from soak import run_day, soak

from archive import withdraw
from archive.cli import Context
from archive.files import alone
from archive.schema import ArchiveError, BusyError, connect
from archive.warc import read, records
from crawler import replay_command, rereading
from crawler.demo.paper import demo_papers
from crawler.demo.server import serve
from crawler.families.onecms import OneCmsPage
from crawler.replay_command import replay_into
from crawler.rereading import read_part, reread

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crawled")
    paper = demo_papers(size=60)[0]
    with serve(paper) as server:
        for day in range(5):
            run_day(folder, server, paper, day, "--recheck", "all")
    return folder


def test_with_the_same_readers_a_replay_equals_the_archive(crawled: Path) -> None:
    done = baotinh("replay", "--from-archive", data=crawled)
    assert done.returncode == 0, done.stderr
    assert differences(crawled / "archive.db", crawled / "replay" / "archive.db") == {}
    again = baotinh("replay", "--from-archive", data=crawled)
    assert again.returncode == 64
    assert "exists" in again.stderr


def withdrawn_rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    queries = {
        "withdrawals": """SELECT withdrawals.*, articles.url FROM withdrawals LEFT JOIN articles
            ON articles.id = article_id ORDER BY withdrawals.id""",
        "sealed_captures": """SELECT withdrawal_id, file, "offset", revisit_of IS NULL, headers FROM sealed_captures
            JOIN captures ON captures.id = capture_id ORDER BY file, "offset" """,
        "search": "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'suoi'",
        "days": "SELECT * FROM day_counts WHERE n > 0 ORDER BY day",
    }
    with closing(connect(database)) as conn:
        found = {name: [tuple(row) for row in conn.execute(query)] for name, query in queries.items()}
    found["withdrawals"] = [(row[0], *row[2:]) for row in found["withdrawals"]]  # the article's id is another
    return found


@pytest.fixture
def withdrawn(crawled: Path, tmp_path: Path) -> tuple[Path, Path, str]:
    """An archive with three withdrawals, one of them undone; the key, and the address that is still withdrawn."""
    data, key = tmp_path / "data", tmp_path / "seal.key"
    shutil.copytree(crawled, data, ignore=shutil.ignore_patterns("replay"))
    with closing(connect(data / "archive.db")) as conn:
        query = """SELECT url FROM articles WHERE id IN (SELECT article_id FROM comment_counts)
            AND id IN (SELECT article_id FROM revisions WHERE number > 1) ORDER BY id LIMIT 2"""
        url, undone = (row[0] for row in conn.execute(query))
        other = conn.execute("SELECT url FROM captures WHERE url LIKE '%robots.txt' LIMIT 1").fetchone()[0]
    for number, address in enumerate((undone, url, other), 1):
        order = withdraw.Order(address, "x", "privacy", datetime(2026, 11, 1, 0, number, tzinfo=UTC), key)
        withdraw.withdraw(data, order)
    withdraw.undo(data, undone, key, datetime(2026, 11, 1, 1, tzinfo=UTC))
    return data, key, url


def titles(data: Path) -> int:
    with closing(connect(data / "archive.db")) as conn:
        return int(conn.execute("SELECT count(*) FROM articles WHERE title <> ''").fetchone()[0])


def test_a_replay_keeps_withdrawals_and_they_can_be_undone_in_it(
    withdrawn: tuple[Path, Path, str], tmp_path: Path
) -> None:
    data, key, url = withdrawn
    done = baotinh("replay", "--from-archive", data=data)
    assert done.returncode == 0, done.stderr
    assert "left out" not in done.stderr
    replayed = data / "replay" / "archive.db"
    assert differences(data / "archive.db", replayed) == {}
    assert withdrawn_rows(replayed) == withdrawn_rows(data / "archive.db")
    shutil.copytree(data, tmp_path / "moved", ignore=shutil.ignore_patterns("replay", "archive.db*"))
    shutil.copy(replayed, tmp_path / "moved" / "archive.db")
    checked = baotinh("verify", data=tmp_path / "moved")
    assert (checked.returncode, checked.stdout) == (0, "")
    before = titles(data)
    for folder in (data, tmp_path / "moved"):
        withdraw.undo(folder, url, key, datetime(2026, 11, 2, tzinfo=UTC))
        assert titles(folder) == before + 1
    assert differences(data / "archive.db", tmp_path / "moved" / "archive.db") == {}


def test_a_replay_of_files_alone_says_what_it_leaves_out(withdrawn: tuple[Path, Path, str], tmp_path: Path) -> None:
    data = withdrawn[0]
    files = sorted((data / "warc").rglob("*.gz"))
    alone = baotinh("replay", "--into", tmp_path / "alone.db", *files, data=data)
    assert alone.returncode == 0, alone.stderr
    assert "captures were withdrawn, and their articles are left out" in alone.stderr
    for ending in ("", "-wal", "-shm"):
        (data / f"archive.db{ending}").unlink(missing_ok=True)
    (data / "archive.db").write_bytes(b"no database")
    lost = baotinh("replay", "--from-archive", "--into", tmp_path / "lost.db", data=data)
    assert lost.returncode == 0, lost.stderr
    assert "left out: " in lost.stderr
    assert differences(tmp_path / "alone.db", tmp_path / "lost.db") == {}


NEWER = """
from crawler.families.onecms import OneCmsPage
title = OneCmsPage.title
OneCmsPage.version, OneCmsPage.title = 99, lambda page: f"{title(page)}!"
"""


def test_the_command_shows_what_newer_readers_change_then_changes_it(crawled: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(crawled, data, ignore=shutil.ignore_patterns("replay"))
    (tmp_path / "sitecustomize.py").write_text(NEWER)
    assert "change 0 articles: nothing" in baotinh("replay", "--reread", data=data).stdout
    before = titles(data)
    shown = baotinh("replay", "--reread", data=data, PYTHONPATH=str(tmp_path))
    assert shown.returncode == 0, shown.stderr
    assert "title, reader (onecms/" in shown.stdout
    assert "→ onecms/99)" in shown.stdout
    assert shown.stdout.splitlines()[-1].startswith("The present readers change ")
    assert differences(crawled / "archive.db", data / "archive.db") == {}, "shown, not done"
    applied = baotinh("replay", "--apply", data=data, PYTHONPATH=str(tmp_path))
    assert (applied.returncode, applied.stdout) == (0, shown.stdout)
    with closing(connect(data / "archive.db")) as conn:
        assert conn.execute("SELECT count(*) FROM articles WHERE title LIKE '%!'").fetchone()[0] == before
        kinds = conn.execute("SELECT DISTINCT kind FROM revisions WHERE reader = 'onecms/99'").fetchall()
    assert [row[0] for row in kinds] == ["reader"]
    again = baotinh("replay", "--reread", data=data, PYTHONPATH=str(tmp_path))
    assert "change 0 articles: nothing" in again.stdout
    path = min((data / "warc").rglob("*.gz"))
    path.unlink()
    lost = baotinh("replay", "--reread", data=data)
    assert lost.returncode == 2
    assert f"{path}: cannot be read" in lost.stderr


def in_another_process(starter: int, *arguments: Any) -> rereading.Found:
    """Read a part, and fail in the process that asked for it."""
    assert os.getpid() != starter
    return read_part(*arguments)


def test_newer_readers_show_what_they_change_then_change_it(
    crawled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(crawled, tmp_path / "data")
    database = tmp_path / "data" / "archive.db"
    assert reread(database, tmp_path / "data", apply=False) == []
    monkeypatch.setattr(OneCmsPage, "version", 99)
    title = OneCmsPage.title
    monkeypatch.setattr(OneCmsPage, "title", lambda page: f"{title(page)}!")
    changes = reread(database, tmp_path / "data", apply=False)
    assert changes
    monkeypatch.setattr(rereading, "BATCH", 7)
    monkeypatch.setattr(rereading, "read_part", partial(in_another_process, os.getpid()))
    assert reread(database, tmp_path / "data", apply=False) == changes, "the same, read in parts by several processes"
    assert {change.fields for change in changes} == {("title", "reader")}
    reread(database, tmp_path / "data", apply=True)
    assert reread(database, tmp_path / "data", apply=False) == []
    found = differences(crawled / "archive.db", database)
    kinds = {row.split('"kind": "')[1].split('"')[0] for row in found["revisions"]}
    assert kinds == {"reader"}


def test_what_is_withdrawn_while_it_is_read_again_is_not_lost(
    crawled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, lost, taken = tmp_path / "data", [], []
    shutil.copytree(crawled, data, ignore=shutil.ignore_patterns("replay"))
    with closing(connect(data / "archive.db")) as conn:
        url = conn.execute("SELECT url FROM articles ORDER BY id LIMIT 1").fetchone()[0]
    order = withdraw.Order(url, "x", "privacy", datetime(2026, 11, 1, tzinfo=UTC), None)

    def late(*arguments: Any) -> Any:
        if not taken:
            taken.append(withdraw.withdraw(data, order))
        return read(*arguments)

    monkeypatch.setattr("archive.warc.read", late)
    monkeypatch.setattr(OneCmsPage, "version", 99)
    changes = reread(data / "archive.db", data, apply=True, lost=lambda *told: lost.append(told))
    assert changes
    assert lost == []
    with closing(connect(data / "archive.db")) as conn:
        row = conn.execute("SELECT title, reader FROM articles WHERE url = ?", (url,)).fetchone()
    assert (row["title"], row["reader"] != "onecms/99") == ("", True)


def kill_in_its_midst(data: Path) -> bool:
    """Kill a replay as soon as it has begun to write; False where it came to its end."""
    command = [*BAOTINH, "--data", str(data), "replay", "--from-archive"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while not list(data.glob("replay/*.partial")) and running.poll() is None:
            time.sleep(0.01)
        running.kill()
    return not (data / "replay/archive.db").exists()


def test_a_replay_that_is_killed_leaves_nothing_in_the_way(crawled: Path, tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "data/replay/archive.db"
    shutil.copytree(crawled, data, ignore=shutil.ignore_patterns("replay"))
    for _ in range(5):
        target.unlink(missing_ok=True)  # the replay was faster than the kill
        if kill_in_its_midst(data):
            break
    assert not target.exists()
    assert list(data.glob("replay/archive.db.partial*")), "it was killed in its midst"
    assert baotinh("replay", "--from-archive", data=data).returncode == 0
    assert differences(data / "archive.db", target) == {}
    assert not list(data.glob("replay/*partial*")), "what was left is gone"


def test_two_replays_into_one_archive_do_not_meet(crawled: Path, tmp_path: Path) -> None:
    target, lock = tmp_path / "new.db", tmp_path / ".new.db.lock"
    with alone(lock, "a replay"):
        (tmp_path / "new.db.partial").write_bytes(b"being written")
        second = baotinh("replay", "--from-archive", "--into", target, data=crawled)
        assert (second.returncode, second.stderr.count("\n")) == (75, 1)
        assert f"{target}: another replay is writing it: run again when it has ended" in second.stderr
        assert (tmp_path / "new.db.partial").read_bytes() == b"being written"
    lock.touch()  # as a killed one leaves it
    assert baotinh("replay", "--from-archive", "--into", target, data=crawled).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["new.db"]


HELD = """
import os, pathlib, sys, time
from archive.files import alone
with alone(pathlib.Path(sys.argv[1]), "a replay"):
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(60)
    time.sleep(60)
"""


def test_a_lock_is_not_kept_by_what_was_forked(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HELD, lock], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        forked = int(holder.stdout.readline())
        try:
            with pytest.raises(BusyError, match="run again"), alone(lock, "a replay"):
                pass
            holder.kill()
            holder.wait()
            with alone(lock, "a replay"):
                os.kill(forked, 0)  # it is still there
        finally:
            holder.kill()
            os.kill(forked, signal.SIGKILL)
    assert not lock.exists()


def test_what_is_withdrawn_during_a_replay_does_not_come_back_with_it(
    crawled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, told = tmp_path / "data", []
    shutil.copytree(crawled, data, ignore=shutil.ignore_patterns("replay"))
    with closing(connect(data / "archive.db")) as conn:
        url = conn.execute("SELECT url FROM articles ORDER BY id LIMIT 1").fetchone()[0]

    def meanwhile(*arguments: Any) -> Any:
        outcome = replay_into(*arguments)
        order = withdraw.Order(url, "x", "privacy", datetime(2026, 11, 1, tzinfo=UTC), None)
        told.extend(withdraw.withdraw(data, order).copies)
        return outcome

    monkeypatch.setattr(replay_command, "replay_into", meanwhile)
    with pytest.raises(ArchiveError, match="a withdrawal came while its captures were replayed: replay again"):
        replay_command.replay_files(Context(data), (), data / "replay" / "archive.db")
    assert told == ["replay/archive.db.partial"], "an unfinished one is named, should it be killed"
    assert not (data / "replay").exists()
    assert baotinh("replay", "--from-archive", data=data).returncode == 0
    assert differences(data / "archive.db", data / "replay" / "archive.db") == {}


def test_a_replay_goes_on_after_damage_and_counts_what_is_lost(crawled: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(crawled, data, ignore=shutil.ignore_patterns("replay"))
    path = max((data / "warc").rglob("*.gz"))
    raw, responses = bytearray(path.read_bytes()), list(records(path))
    one, other, last = responses[len(responses) // 3], responses[len(responses) // 2], responses[-1]
    raw[0] ^= 1  # the very first record, which is none of a response
    raw[one.offset + one.length // 2] ^= 16
    raw[other.offset] ^= 1
    path.write_bytes(raw[: last.offset + last.length - 30])
    done = baotinh("replay", "--from-archive", data=data)
    assert (done.returncode, done.stderr.count("\n")) == (2, 4), done.stderr
    assert f"{path}: damaged from byte 0 to {responses[0].offset}: 0 captures are left out" in done.stderr
    for record, number in ((one, 1), (other, 1), (last, 1)):
        assert f"{path}: damaged from byte {record.offset} to " in done.stderr
        assert f": {number} captures are left out: put the file back from a backup" in done.stderr
    with closing(connect(data / "replay" / "archive.db")) as conn:
        query = 'SELECT "offset" FROM captures WHERE file = ? ORDER BY "offset"'
        found = [row[0] for row in conn.execute(query, (str(path.relative_to(data)),))]
    assert found == [record.offset for record in responses if record not in (one, other, last)]
    by_hand = baotinh("replay", "--into", tmp_path / "hand.db", path, data=data)
    assert by_hand.returncode == 2
    assert f"baotinh: {path}: damaged from byte {one.offset} to " in by_hand.stderr
    assert "what was captured there is left out" in by_hand.stderr


def test_a_replay_takes_what_a_killed_crawl_left_and_names_what_is_missing(crawled: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(crawled, data, ignore=shutil.ignore_patterns("replay"))
    last = max((data / "warc").rglob("*.gz"), key=lambda path: path.stat().st_mtime)
    *_, response = records(last)
    last.write_bytes(last.read_bytes()[: response.offset + response.length - 3])  # all but the end of its checksum
    beside = baotinh("replay", "--from-archive", "--into", tmp_path / "beside.db", data=data)
    assert beside.returncode == 2
    assert ": 1 captures are left out" in beside.stderr, "the archive has a capture there: it is no torn end"
    for path in data.glob("archive.db*"):
        path.unlink()
    done = baotinh("replay", "--from-archive", data=data)
    assert done.returncode == 2
    told = f"{last}: torn after byte {response.offset}, as a killed crawl leaves it: what follows is left out"
    assert done.stderr == f"baotinh: {told}\n"
    with closing(connect(data / "replay/archive.db")) as conn:
        query = 'SELECT max("offset" + length) FROM captures WHERE file = ?'
        assert conn.execute(query, (str(last.relative_to(data)),)).fetchone()[0] <= response.offset
        conn.execute("PRAGMA journal_mode = DELETE")
    (data / "replay/archive.db").rename(data / "archive.db")
    last.unlink()
    done = baotinh("replay", "--from-archive", data=data)
    assert done.returncode == 2
    assert done.stderr.startswith(f"baotinh: {last.relative_to(data)}: is missing")
    assert [path.name for path in data.glob("replay/*")] == ["archive.db"], "no log is left beside it"


def test_a_replay_waits_where_it_cannot_know_what_is_withdrawn(crawled: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(crawled, data, ignore=shutil.ignore_patterns("replay"))
    with closing(connect(data / "archive.db")) as conn:
        conn.execute(
            """INSERT INTO withdrawals (article_id, url, category, method, state, withdrawn_at)
            SELECT id, url, 'privacy', 'seal', 'pending', last_seen FROM articles LIMIT 1"""
        )
    failed = baotinh("replay", "--from-archive", data=data)
    assert failed.returncode == 1
    assert "a withdrawal was interrupted: `baotinh snapshot` finishes it" in failed.stderr
    with closing(connect(data / "archive.db")) as conn:
        conn.execute("UPDATE _sqlite_migrations SET name = '9999_later' WHERE name = '0001_tables'")
    failed = baotinh("replay", "--from-archive", data=data)
    assert failed.returncode == 1
    assert "newer baotinh" in failed.stderr
    assert not (data / "replay").exists()


def test_a_crawl_that_is_killed_and_run_again_gives_an_equal_archive(tmp_path: Path) -> None:
    report = soak(tmp_path, size=120, days=3, kills=5, seed=7)
    assert report.different == {}
    assert report.twice <= 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name WARC files"),
        (["--from-archive"], "no captures"),
        (["--reread", "--from-archive"], "give no WARC files"),
        (["nowhere.warc.gz"], "does not exist"),
        (["{}/empty.warc.gz"], "empty.warc.gz"),
        (["{}/text.warc.gz"], "text.warc.gz: no WARC file"),
        (["{}/half.warc.gz"], "half.warc.gz: the file is torn after byte 0"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    for name, content in (("empty", b""), ("text", b"no WARC at all\n"), ("half", b"\x1f\x8b\x08\x00half")):
        (tmp_path / f"{name}.warc.gz").write_bytes(content)
    data = tmp_path / "data"
    done = baotinh("replay", *(argument.format(tmp_path) for argument in arguments), data=data)
    assert done.returncode in {1, 64}
    assert says in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert not data.exists(), "nothing is left behind"
