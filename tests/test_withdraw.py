"""Withdrawals: what disappears and from where, what stays, how it is undone, and what interrupts it."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import kept_fixture as kept
import pytest
import zstandard
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from killed import moments
from warcio.archiveiterator import ArchiveIterator

from archive import erase, files, manifest, seal, search, withdraw
from archive.backup import backup
from archive.schema import ArchiveError, connect
from archive.snapshot import snapshot
from archive.store import Store
from archive.verify import verify
from archive.warc import WarcWriter, read, records
from archive.withdraw import Order

URL = kept.url_of(3)
AT = kept.NOW + timedelta(hours=1)
TRACE = kept.NAME[2:].encode()
"""What is left of the name where an index has cut off its beginning."""


@pytest.fixture
def data(tmp_path):
    return kept.make(tmp_path / "data")


@pytest.fixture
def key(tmp_path):
    return tmp_path / "keys/seal.key"


def order(key=None, url=URL, **fields):
    return Order(url, "Bà ấy không muốn", "privacy", AT, key, **fields)


def query(data, sql, *values):
    with closing(connect(data / "archive.db")) as conn:
        return [tuple(row) for row in conn.execute(sql, values)]


def faults(data):
    return [str(fault) for fault in verify(data, kept.nothing).faults]


def unpacked(path):
    """The bytes of a file, and what is packed in it."""
    raw = path.read_bytes()
    if path.name.endswith(".warc.gz"):
        with path.open("rb") as stream:
            return b"".join(record.raw_stream.read() for record in ArchiveIterator(stream))
    if path.name.endswith(".zst"):
        return zstandard.ZstdDecompressor().decompress(raw, max_output_size=2**30)
    return raw


def traces(data):
    """The files in which the name still stands, whatever its case."""
    files = (path for path in data.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(data)) for path in files if TRACE.lower() in unpacked(path).lower())


def state(data):
    """Rows and WARC bytes: what undoing must bring back."""
    tables = ("articles", "revisions", "captures", "aliases", "comment_counts", "links")
    rows = {table: query(data, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}  # noqa: S608
    return rows, {path.name: path.read_bytes() for path in (data / "warc").rglob("*.gz")}


@pytest.mark.parametrize("sealed", [True, False])
def test_the_text_is_gone_everywhere_and_a_tombstone_stays(data, key, sealed):
    snapshot(data, kept.NOW, kept.nothing)
    assert "archive.db" in traces(data)
    before = state(data)
    outcome = withdraw.withdraw(data, order(key if sealed else None))
    assert (outcome.number, outcome.url, outcome.captures, outcome.cleaned) == (1, URL, 2, True)
    assert outcome.snapshots == ("2026-09-03",)
    shutil.rmtree(data / "snapshots/2026-09-03")
    assert traces(data) == []
    with closing(connect(data / "archive.db")) as conn:
        assert search.find(conn, kept.NAME) == []
        assert search.find(conn, "suối")
        row = conn.execute("SELECT * FROM articles WHERE url = ?", (URL,)).fetchone()
        assert (row["title"], row["lead"], row["body"], row["body_html"], row["authors"]) == ("", None, "", None, "[]")
        assert row["withdrawn_at"] == "2026-09-03T02:00:00+00:00"
        assert row["comment_count"] == 3, "counts tell nothing of the text"
        assert conn.execute("SELECT count(*) FROM comment_counts WHERE article_id = ?", (row["id"],)).fetchone()[0]
        texts = "SELECT title, lead, body, changes FROM revisions WHERE article_id = ?"
        assert {tuple(found) for found in conn.execute(texts, (row["id"],))} == {("", None, "", "{}")}
    after = state(data)
    blanked = [(row[3] == URL and (*row[:8], "[]", *row[9:])) or row for row in before[0]["captures"]]
    assert after[0]["captures"] == blanked, "headers may tell of the text"
    others = [row for row in before[0]["articles"] if row[3] != URL]
    assert [row for row in after[0]["articles"] if row[3] != URL] == others
    assert (data / "withdrawn/1.sealed").exists() == sealed


def test_a_reader_beside_does_not_keep_it_in_the_log(data, key):
    with closing(connect(data / "archive.db")) as reader:
        reader.execute("SELECT count(*) FROM articles").fetchone()
        assert withdraw.withdraw(data, order(key)).cleaned
        assert traces(data) == []


def test_what_was_edited_away_before_is_gone_from_freed_pages_too(tmp_path, key, monkeypatch):
    """Under an SQLite that, unlike Debian's, does not overwrite what it deletes unless it is told to."""
    opened = sqlite3.connect

    def plain(*arguments, **named):
        conn = opened(*arguments, **named)
        conn.execute("PRAGMA secure_delete = OFF")
        return conn

    monkeypatch.setattr(sqlite3, "connect", plain)
    data = kept.make(tmp_path / "data", 40)
    with Store(data / "archive.db") as store:
        for version in range(3, 9):
            crawl = kept.Crawl(data, store, kept.NOW + timedelta(minutes=version))
            crawl.read(3, crawl.fetch(URL, kept.page(3, version)), version)
            crawl.save()
    withdraw.withdraw(data, order(key))
    assert traces(data) == []


def test_new_snapshots_do_not_have_it(data, key):
    withdraw.withdraw(data, order(key))
    link = snapshot(data, AT, kept.nothing)
    assert traces(data) == []
    [said] = link.content["withdrawals"]
    assert (said["url"], said["category"], said["method"]) == (URL, "privacy", "seal")
    assert "Bà ấy" not in json.dumps(link.content, ensure_ascii=False), "the words of the reason are not published"


def test_what_search_indexes_keep_of_deleted_words_is_merged_away(data, key, monkeypatch):
    monkeypatch.setattr(erase, "_merge", lambda *_: None)
    withdraw.withdraw(data, order(key))
    assert traces(data) == ["archive.db"], "without merging, words could be pieced together"


@pytest.mark.parametrize("sealed", [True, False])
def test_the_captures_around_stay_where_they_are(data, key, sealed):
    paths = sorted((data / "warc").rglob("*.gz"))
    before = {path: [record for record in records(path) if record.url != URL] for path in paths}
    sizes = [path.stat().st_size for path in paths]
    gone = query(data, 'SELECT file, "offset" FROM captures WHERE url = ? AND revisit_of IS NULL', URL)
    withdraw.withdraw(data, order(key if sealed else None))
    assert [path.stat().st_size for path in paths] == sizes
    assert {path: list(records(path)) for path in paths} == before
    for file, offset in gone:
        with pytest.raises(ArchiveError, match="no response begins"):
            read(data, file, offset)
    warcio = Path(sys.executable).with_name("warcio")
    checked = subprocess.run([warcio, "check", *paths], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")
    assert faults(data) == []


def test_the_record_in_its_place_says_what_happened(data, key):
    withdraw.withdraw(data, order(key))
    [(file, offset), *_] = query(data, 'SELECT file, "offset" FROM captures WHERE url = ? ORDER BY id', URL)
    with (data / file).open("rb") as stream:
        stream.seek(offset)
        record = next(ArchiveIterator(stream))
        assert record.rec_type == "metadata"
        assert record.rec_headers.get_header("WARC-Target-URI") == URL
        text = record.content_stream().read().decode()
    assert text.startswith("withdrawn: 2026-09-03T02:00:00+00:00\r\nreason: privacy\r\n")


def test_undoing_brings_everything_back(data, key):
    snapshot(data, kept.NOW, kept.nothing)
    before, found = state(data), query(data, "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'chuyen'")
    withdraw.withdraw(data, order(key))
    outcome = withdraw.undo(data, URL, key, AT + timedelta(days=1))
    assert outcome.captures == 2
    assert state(data) == before
    assert query(data, "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'chuyen'") == found
    with closing(connect(data / "archive.db")) as conn:
        assert [hit.url for hit in search.find(conn, kept.NAME)] == [URL]
    assert not (data / "withdrawn/1.sealed").exists()
    assert faults(data) == []
    with pytest.raises(ArchiveError, match="is not withdrawn"):
        withdraw.undo(data, URL, key, AT)


def test_the_chain_records_both(data, key):
    snapshot(data, kept.NOW, kept.nothing)
    withdraw.withdraw(data, order(key))
    withdraw.undo(data, URL, key, AT + timedelta(days=1))
    chain = manifest.read_chain(data / "snapshots")
    assert [link.content["kind"] for link in chain] == ["snapshot", "withdrawal", "withdrawal"]
    said = [link.content["withdrawal"] for link in chain[1:]]
    assert [one["undone_at"] for one in said] == [None, "2026-09-04T02:00:00+00:00"]
    assert {file["file"] for file in chain[1].content["warc"]} == {file["file"] for file in chain[0].content["warc"]}
    assert chain[1].content["warc"] != chain[0].content["warc"]
    assert chain[2].content["warc"] == chain[0].content["warc"], "the very bytes are back"


def test_any_address_of_the_article_will_do_and_all_captures_go(data, key):
    withdraw.withdraw(data, order(key, url=kept.url_of(1).replace("https://", "http://www.") + "?utm_source=mail#top"))
    sealed = query(data, "SELECT url, revisit_of IS NULL FROM captures JOIN sealed_captures ON capture_id = id")
    assert sealed == [(kept.url_of(1), 1), (f"{kept.url_of(1)}?utm_source=rss", 0)], "a repeat has headers of its own"
    assert query(data, "SELECT withdrawn_at IS NOT NULL FROM articles WHERE url = ?", kept.url_of(1)) == [(1,)]
    assert faults(data) == []


def test_the_same_bytes_under_another_address_go_too_but_not_another_article(data, key):
    with Store(data / "archive.db") as store:
        crawl = kept.Crawl(data, store, kept.NOW)
        crawl.fetch("https://baosuoicat.example/in/3.html", kept.page(3))
        other = crawl.fetch("https://baosuoicat.example/chep-lai-900001.html", kept.page(3))
        crawl.read(3, other)
        crawl.items[0] = crawl.items[0].__class__(
            **{name: getattr(crawl.items[0], name) for name in crawl.items[0].__slots__} | {"url": other.url}
        )
        crawl.save()
    outcome = withdraw.withdraw(data, order(key))
    assert outcome.shared == ("https://baosuoicat.example/chep-lai-900001.html",)
    sealed = query(data, "SELECT url FROM captures JOIN sealed_captures ON capture_id = id ORDER BY id")
    assert sealed == [(URL,), (URL,), ("https://baosuoicat.example/in/3.html",)]
    assert faults(data) == []


def test_a_capture_that_is_no_article_can_be_withdrawn(data, key):
    feed = "https://baosuoicat.example/rss/home.rss"
    assert withdraw.withdraw(data, order(key, url=feed)).captures == 1
    assert faults(data) == []
    before = state(data)
    withdraw.undo(data, feed, key, AT)
    assert state(data) != before
    assert faults(data) == []


def test_it_is_not_saved_again_and_later_captures_can_follow(data, key):
    withdraw.withdraw(data, order(key))
    with Store(data / "archive.db") as store:
        crawl = kept.Crawl(data, store, AT)
        crawl.read(3, crawl.fetch(URL, kept.page(3, 5)), 5)
        crawl.save()
        assert store.is_known(f"{URL}?fbclid=1"), "so that no listing makes it new"
        due = store.due(kept.PAPER.name, AT + timedelta(days=9999))
        assert kept.url_of(2) in due
        assert URL not in due
    assert any("not sealed" in fault for fault in faults(data))
    assert withdraw.withdraw(data, order(key)).number == 2
    assert faults(data) == []
    with pytest.raises(ArchiveError, match="nothing has been captured since"):
        withdraw.withdraw(data, order(key))
    withdraw.undo(data, URL, key, AT)
    assert query(data, "SELECT withdrawn_at, title <> '' FROM articles WHERE url = ?", URL) == [(None, 1)]
    assert faults(data) == []


def test_snapshots_made_before_can_be_dropped(data, key):
    for day in range(3):
        snapshot(data, kept.NOW + timedelta(days=day), kept.nothing)
    withdraw.withdraw(data, order(key, drop_snapshots=True))
    assert manifest.folders(data / "snapshots") == []
    assert json.loads((data / "snapshots/latest.json").read_bytes())["snapshot"] is None
    assert manifest.read_chain(data / "snapshots")[-1].content["thinned"] == ["2026-09-03", "2026-09-04", "2026-09-05"]
    assert faults(data) == []
    snapshot(data, AT, kept.nothing)
    assert manifest.folders(data / "snapshots") == ["2026-09-03.2"], "a name is never used twice"
    assert faults(data) == []


def next_withdraw(data, key):
    withdraw.withdraw(data, order(key, url=kept.url_of(1)))


def next_snapshot(data, key):
    snapshot(data, AT, kept.nothing)


def next_backup(data, key):
    backup(data, data.with_name("backup"), AT, kept.nothing)


@pytest.mark.parametrize("following", [next_withdraw, next_snapshot, next_backup])
@pytest.mark.parametrize("done", ["seal", "remove", "undo"])
def test_killed_at_any_moment_the_next_command_makes_it_whole(data, key, tmp_path, done, following):
    snapshot(data, kept.NOW, kept.nothing)
    if done == "undo":
        withdraw.withdraw(data, order(key))
    copy = tmp_path / "copy/data"

    def prepared(number):
        shutil.rmtree(copy.parent, ignore_errors=True)
        shutil.copytree(data, copy)
        if done == "undo":
            return lambda: withdraw.undo(copy, URL, key, AT)
        return lambda: withdraw.withdraw(copy, order(key if done == "seal" else None))

    first = [next_withdraw, next_snapshot, next_backup].index(following)
    for number in moments(prepared, first, step=3):
        following(copy, key)
        assert faults(copy) == [], number
        states = query(copy, "SELECT state FROM withdrawals WHERE url = ?", URL)
        shutil.rmtree(copy / "snapshots/2026-09-03")
        assert bool(traces(copy)) == (states in ([], [("undone",)])), number
        reasons = {path.stem for path in (copy / "withdrawn").glob("*.json")}
        assert reasons == {str(row[0]) for row in query(copy, "SELECT id FROM withdrawals")}


def test_what_was_chained_is_not_chained_twice(data, key, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(manifest, "drop_thinned", lambda _, chain: 1 / (not chain))  # killed after the entry
        with pytest.raises(ZeroDivisionError):
            withdraw.withdraw(data, order(key))
    taken_up = withdraw.withdraw(data, order(key))
    assert (taken_up.number, taken_up.url) == (1, URL)
    assert taken_up.captures == query(data, "SELECT count(*) FROM sealed_captures")[0][0] > 0
    with pytest.raises(ArchiveError, match="nothing has been captured since"):
        withdraw.withdraw(data, order(key))
    assert len(manifest.read_chain(data / "snapshots")) == 1
    assert query(data, "SELECT state FROM withdrawals") == [("done",)]
    assert faults(data) == []


def test_other_articles_with_the_same_text_are_named(data, key):
    others = [kept.url_of(number) for number in (1, 2, 4, 5)]
    with closing(connect(data / "archive.db")) as conn:
        ids = [conn.execute("SELECT id FROM articles WHERE url = ?", (url,)).fetchone()[0] for url in (*others, URL)]
        same = "SELECT max(digest) FROM revisions WHERE article_id = ?"
        conn.execute(f"UPDATE revisions SET digest = ({same}) WHERE article_id = ?", (ids[4], ids[0]))  # noqa: S608
        conn.execute("UPDATE articles SET source_url = ? WHERE id = ?", (URL, ids[1]))
        for pair in ((ids[2], ids[4]), (ids[4], ids[3])):
            conn.execute(
                """INSERT INTO links (from_article, to_article, to_url, kind, first_seen)
                SELECT ?, id, url, 'copy', first_seen FROM articles WHERE id = ?""",
                pair,
            )
    assert withdraw.withdraw(data, order(key)).alike == tuple(sorted(others))


def test_too_little_room_is_told_before_anything_is_done(data, key, monkeypatch):
    before = state(data)
    with monkeypatch.context() as patched:
        patched.setattr(files.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
        with pytest.raises(ArchiveError, match="make room"):
            withdraw.withdraw(data, order(key))
    assert state(data) == before
    assert query(data, "SELECT * FROM withdrawals") == []


@pytest.mark.parametrize("step", ["restore", "overwrite"])
def test_an_interrupted_undo_is_taken_up(data, key, monkeypatch, step):
    before = state(data)
    withdraw.withdraw(data, order(key))

    def fail(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(erase, step, fail)
        with pytest.raises(KeyboardInterrupt):
            withdraw.undo(data, URL, key, AT)
    withdraw.undo(data, URL, key, AT)
    assert state(data) == before
    assert faults(data) == []


def test_a_tombstone_never_replaces_anything_else(data, key):
    with closing(connect(data / "archive.db")) as conn:
        conn.execute("UPDATE captures SET length = length + 1 WHERE url = ? AND revisit_of IS NULL", (URL,))
    before = state(data)
    with pytest.raises(ArchiveError, match="holds another record"):
        withdraw.withdraw(data, order(key))
    assert state(data) == before
    assert query(data, "SELECT * FROM withdrawals") == []


@given(length=st.integers(284, 300_000), url=st.from_regex(r"https://a\.example/[a-z0-9-]{1,400}", fullmatch=True))
def test_a_tombstone_has_the_length_of_what_it_replaces(length, url):
    capture = {"file": "warc/a/1.warc.gz", "offset": 77, "length": length, "url": url}
    withdrawal = {"withdrawn_at": "2026-09-03T02:00:00+00:00", "category": "court-order"}
    made = seal.tombstone(capture, withdrawal)
    assert len(made) == length
    assert made == seal.tombstone(capture, withdrawal)
    record = next(ArchiveIterator(io.BytesIO(made), check_digests="raise"))
    assert record.rec_type == "metadata"
    assert record.content_stream().read().startswith(b"withdrawn: ")


def test_the_shortest_response_is_long_enough(tmp_path):
    with WarcWriter(tmp_path, "a", "1", info={}) as warc:
        made = warc.add(url="http://a.vn/", fetched_at=AT, status=200, headers=(), body=b"")
    capture = {"file": made.file, "offset": made.offset, "length": made.length, "url": made.url}
    assert seal.tombstone(capture, {"withdrawn_at": "2026-09-03T02:00:00+00:00", "category": "court-order"})


def run(data, *arguments):
    return CliRunner().invoke(kept.command, [str(data), "withdraw", *map(str, arguments)])


def one_line(result, code=1):
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr


def test_the_command(data, key):
    assert "Nothing was withdrawn" in run(data, "--list").stderr
    result = run(data, URL, "--reason", "Bà ấy không muốn", "--category", "court-order", "--key", key)
    assert result.exit_code == 0, result.output
    assert "2 captures sealed" in result.stdout
    assert str(key) in result.stdout
    assert oct(key.stat().st_mode)[-3:] == "600"
    [listed] = json.loads(run(data, "--list", "--json").stdout)
    assert (listed["url"], listed["category"], listed["method"]) == (URL, "court-order", "seal")
    assert (listed["captures"], listed["reason"], listed["undone_at"]) == (2, "Bà ấy không muốn", None)
    assert URL in run(data, "--list").stdout
    assert "2 captures given back" in run(data, URL, "--undo", "--key", key).stdout
    assert "undone" in run(data, "--list").stdout
    assert "2 captures removed" in run(data, URL, "--reason", "x", "--remove").stdout


def test_bad_input_is_one_line(data, key, tmp_path):
    assert "--reason" in one_line(run(data, URL, "--key", key), 64)
    assert "name the address" in one_line(run(data), 64)
    assert "stands alone" in one_line(run(data, URL, "--list"), 64)
    assert "stands alone" in one_line(run(data, "--list", "--remove"), 64)
    for option in (["--reason", "x"], ["--remove"], ["--seal"], ["--category", "other"], ["--drop-snapshots"]):
        told = one_line(run(data, URL, "--undo", *option), 64)
        assert told.startswith("baotinh: --undo gives back")
        assert option[0] in told.split("leave")[1]
    assert "leave --key away" in one_line(run(data, URL, "--reason", "x", "--remove", "--key", key), 64)
    assert "knows no article" in one_line(run(data, "https://a.vn/x", "--reason", "x", "--key", key))
    assert "not an address" in one_line(run(data, "mailto:x", "--reason", "x", "--key", key))
    assert "must not lie in the data folder" in one_line(run(data, URL, "--reason", "x", "--key", data / "k"))
    (tmp_path / "other.key").write_bytes(b"no key")
    assert "not a key" in one_line(run(data, URL, "--reason", "x", "--key", tmp_path / "other.key"))
    assert "is not withdrawn" in one_line(run(data, URL, "--undo", "--key", key))
    run(data, URL, "--reason", "x", "--key", key)
    (tmp_path / "other.key").write_bytes(base64.b64encode(bytes(32)))
    assert "another key" in one_line(run(data, URL, "--undo", "--key", tmp_path / "other.key"))
    assert "there is no key" in one_line(run(data, URL, "--undo", "--key", tmp_path / "lost.key"))
    assert "there is no archive" in one_line(run(tmp_path / "nowhere", URL, "--reason", "x", "--key", key))
    run(data, kept.url_of(5), "--reason", "x", "--remove")
    assert "nothing to restore" in one_line(run(data, kept.url_of(5), "--undo", "--key", key))


@pytest.mark.parametrize("part", ["warc/baosuoicat/20260901T220000Z-2.warc.gz", "snapshots"])
def test_without_the_right_to_write_nothing_is_done(data, key, monkeypatch, part):
    snapshot(data, kept.NOW, kept.nothing)
    before = state(data)
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != data / part and allowed(path, mode))
    assert f"{part}: cannot be written" in one_line(run(data, URL, "--reason", "x", "--key", key))
    assert state(data) == before
    assert query(data, "SELECT * FROM withdrawals") == []
    assert faults(data) == []


def test_a_pack_that_is_damaged_or_lost_does_not_open(data, key):
    withdraw.withdraw(data, order(key))
    pack = data / "withdrawn/1.sealed"
    assert TRACE not in pack.read_bytes()
    raw = bytearray(pack.read_bytes())
    raw[len(raw) // 2] ^= 1
    pack.write_bytes(raw)
    assert any("withdrawn/1.sealed" in fault for fault in faults(data))
    assert "does not open" in one_line(run(data, URL, "--undo", "--key", key)).replace("do not", "does not")
    pack.unlink()
    assert "put the file back" in one_line(run(data, URL, "--undo", "--key", key))
