"""A crawl that is told to stop lets nothing more out, says so, and loses nothing."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from demo_crawl import BAOTINH, crawl, last_run

from crawler.demo.paper import PAPER_HOST, demo_papers
from crawler.demo.server import Server, serve

if TYPE_CHECKING:
    from pathlib import Path

ARTICLE = r"-\d{6}\.html$"


def articles(server: Server) -> int:
    return sum(n for (_, target, _), n in list(server.counts.items()) if target.endswith(".html"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_at_once(tmp_path: Path, number: signal.Signals) -> None:
    paper = demo_papers(size=40)[0]
    clock = ["-s", f"CLOCK_AT={paper.now.isoformat()}"]
    with serve(paper) as server:
        server.fault(ARTICLE, "delay", seconds=0.5)
        origin = server.addresses[PAPER_HOST]
        command = [
            *BAOTINH,
            "--data",
            str(tmp_path),
            "crawl",
            "demo_suoicat",
            "-a",
            f"origin={origin}",
            "-a",
            "days=400",
        ]
        command += [*clock, "-s", "DOWNLOAD_DELAY=0.01", "--log-json"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
            while running.poll() is None and not articles(server):
                time.sleep(0.01)
            running.send_signal(number)
            _, errors = running.communicate(timeout=60)
        assert running.returncode == 2, errors
        assert articles(server) <= 2  # what was asked when the signal came, and one that was just going out
        said = [json.loads(line) for line in errors.splitlines()]
        assert "stopped: told to stop" in said[-1]["message"]
        assert not [line for line in said if line["exception"]]
        with closing(sqlite3.connect(tmp_path / "archive.db")) as conn:
            conn.row_factory = sqlite3.Row
            row = last_run(conn)
        assert (row["outcome"], row["counts"]["stopped"]) == ("partial", "told to stop")
        assert row["counts"]["requests"] == server.requests()
        server.heal()
        done = crawl(tmp_path, origin, *clock)
        assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(tmp_path / "archive.db")) as conn:
        assert conn.execute("SELECT count(*) FROM articles").fetchone()[0] == 40
