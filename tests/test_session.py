"""What a run commits, and when: a capture never before the item that was read from it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fault_machine import UNSHARE, can_mount

from archive import runs
from archive.health import health
from archive.items import Article, Source
from archive.schema import connect
from crawler.heal import heal
from crawler.judge import Judge
from crawler.pages import GenericPage
from crawler.recorded import Recorded
from crawler.session import AlreadyRunning, Session

if TYPE_CHECKING:
    from archive.items import Capture

SOURCE = Source("baosuoicat", 99, "Báo Suối Cát", domains=("baosuoicat.example",))
URL = "https://baosuoicat.example/cau-moi-100001.html"


def opened(data: Path) -> Session:
    return Session(data, SOURCE, info={"software": "test"})


def captured(session: Session) -> Capture:
    return session.capture(
        reading=True, url=URL, status=200, headers=[("Content-Type", "text/html")], body=b"<h1>Cau</h1>"
    )


def article(capture: Capture) -> Article:
    return Article(URL, "Cầu mới", "Cầu đã thông.", reader="onecms/1", source="baosuoicat", capture=capture)


def rows(session: Session) -> tuple[int, int]:
    count = session.store.conn.execute("SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM articles)")
    return tuple(count.fetchone())


ON_A_FULL_DISK = """
import json, os, sys
from pathlib import Path
from test_session import captured, opened
from archive.schema import ArchiveError
session = opened(Path("/mnt"))
captured(session)
with open("/mnt/filler", "wb", buffering=0) as filler:
    try:
        while filler.write(b"x" * 4096):
            pass
    except OSError:
        pass
session.close("failed", 1, {"failure": "the disk is full", "much": "x" * 5000})
"""


@pytest.mark.skipif(not can_mount(), reason="no right to mount a file system of its own")
def test_how_a_run_ended_is_written_on_a_full_disk_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mounted = 'mount -t tmpfs -o size=900k none /mnt && "$@"; code=$?; cp -r /mnt/. $0; exit $code'
    program = [sys.executable, "-c", ON_A_FULL_DISK]
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", mounted, str(tmp_path), *program],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent, env=os.environ | {"PYTHONPATH": ".."},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with closing(connect(tmp_path / "archive.db")) as conn:
        [before] = conn.execute("SELECT outcome, exit_code, ended_at FROM runs")
        assert tuple(before) == ("failed", 1, None)
        [found] = health(conn, datetime.now(UTC))
        assert (found.finding.verdict, found.running_since) == ("failed", None)
    session = opened(tmp_path)
    judge = Judge(SOURCE.name, SOURCE.domains, (GenericPage,), session.store, print)
    heal(session, judge, partial(Recorded, SOURCE.domains, re.compile(r"-\d{6}\.html")))
    assert "took in 1 captures of a run that ended as failed: the disk is full" in caplog.text
    session.close("ok", 0, {})


def test_a_capture_waits_for_its_item(tmp_path: Path) -> None:
    session = opened(tmp_path)
    capture = captured(session)
    session.flush()
    assert rows(session) == (0, 0)
    session.keep(article(capture))
    assert list(session.flush()) == ["new"]
    assert rows(session) == (1, 1)
    session.close("ok", 0, {})


def test_a_capture_that_gave_no_item_is_written_alone(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.done(captured(session))
    session.flush()
    assert rows(session) == (1, 0)
    session.close("ok", 0, {})


def test_a_run_whose_items_never_came_stays_open_for_the_next(tmp_path: Path) -> None:
    session = opened(tmp_path)
    captured(session)
    session.close("failed", 1, {"requests": 1})
    again = opened(tmp_path)
    [left] = [run for run in runs.unfinished(again.store.conn, "baosuoicat") if run["id"] != again.run_id]
    assert (left["outcome"], left["exit_code"]) == ("failed", 1)
    assert [capture.url for capture, _ in runs.unrecorded(again.store.conn, tmp_path, left)] == [URL]
    again.close("ok", 0, {})
    assert again.store.path.exists()


def test_one_run_a_source(tmp_path: Path) -> None:
    first = opened(tmp_path)
    with pytest.raises(AlreadyRunning, match="baosuoicat: already running"):
        opened(tmp_path)
    first.close("ok", 0, {})
    opened(tmp_path).close("ok", 0, {})
