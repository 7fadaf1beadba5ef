"""The store among processes: two writers at once, a writer killed at any moment, a reader beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store_fixture import PAPER, article, at, dump

from archive import schema
from archive.schema import ArchiveError, open_read_only
from archive.store import Store

WRITER = """
import sys
from pathlib import Path
from store_fixture import PAPER, article, at
from archive.items import Source
from archive.store import Store
path, name, number, batches = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store = Store(path)
store.register(Source(name, number, name))
run = store.open_run(name, at(0))
for batch in range(batches):
    urls = [f"https://{name}.example/bai-{batch}-{item}.html" for item in range(5)]
    items = [article(batch, url, source=name, body=f"Bản Láng {batch}. " * 40) for url in urls]
    store.save(run, [], items)
    print(batch, flush=True)
"""


def writer(path: Path, name: str, number: int, batches: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(number), str(batches)]
    here = Path(__file__).parent
    folders = os.pathsep.join([str(here), str(here.parent)])
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": folders})


def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    writers = [writer(path, name, number, 20) for name, number in (("mot", 1), ("hai", 2), ("ba", 3))]
    for process in writers:
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0
        assert len(output.split()) == 20
    conn = open_read_only(path)
    assert conn.execute("SELECT count(*), count(DISTINCT search_key) FROM articles").fetchone()[:] == (300, 300)
    found = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'lang'"
    assert conn.execute(found).fetchone()[0] == 300


@pytest.mark.parametrize("acknowledged", [0, 1, 4, 9])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "archive.db"
    process = writer(path, "mot", 1, 10_000)
    assert process.stdout is not None
    for _ in range(acknowledged):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    done = acknowledged + len(process.stdout.read().split())
    process.wait()
    if not path.exists():
        assert done == 0
        return
    with Store(path) as store:  # whatever a kill while the tables were made left is brought up
        counts = [store.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 — our names
                  for table in ("articles", "captures", "revisions")]  # fmt: skip
        assert counts[0] >= 5 * done
        assert counts[0] % 5 == 0
        assert len(set(counts)) == 1
        assert store.conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        store.conn.execute("INSERT INTO articles_fts(articles_fts) VALUES ('integrity-check')")


def test_a_locked_archive_is_waited_for_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "BUSY_TIMEOUT_MS", 100)
    path = tmp_path / "archive.db"
    with Store(path) as one, Store(path) as other:
        one.register(PAPER)
        run = one.open_run(PAPER.name, at(0))
        one.conn.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError, match=r"archive\.db: another process has been writing"):
            other.save(run, [], [article(1)])
        before = time.monotonic()
        reader = open_read_only(path)  # a reader never waits for a writer
        assert dump(reader)["articles"] == []
        assert time.monotonic() - before < 60
        one.conn.execute("COMMIT")
        assert other.save(run, [], [article(1)]) == ["new"]
