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


def told(number: signal.Signals, again: int, server: Server, data: Path, *settings: str) -> tuple[int | None, str]:
    """Start a crawl, send it a signal as soon as it has asked for something, `again` times more; its end in 20 s."""
    given = ["-a", f"origin={server.addresses[PAPER_HOST]}", "-a", "days=400", *settings, "--log-json"]
    command = [*BAOTINH, "--data", str(data), "crawl", "demo_suoicat", *given]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        while running.poll() is None and not server.requests():
            time.sleep(0.01)
        time.sleep(0.5)  # until the crawl waits
        for _ in range(again + 1):
            running.send_signal(number)
            time.sleep(0.2)
        try:
            _, errors = running.communicate(timeout=20)  # DOWNLOAD_TIMEOUT is longer
        finally:
            running.kill()
    return running.returncode, errors


@pytest.mark.parametrize("fault", ["a feed", "robots.txt", "a pause"])
def test_a_crawl_that_is_told_to_stop_does_not_wait_for_a_slow_server(tmp_path: Path, fault: str) -> None:
    paper = demo_papers(size=8)[0]
    clock = ["-s", f"CLOCK_AT={paper.now.isoformat()}"]
    with serve(paper) as server:
        if fault != "a pause":
            server.fault(r"^/robots\.txt$" if fault == "robots.txt" else r"\.(rss|xml)$", "delay", seconds=150)
        pause = ["-s", "AUTOTHROTTLE_ENABLED=0", "-s", f"DOWNLOAD_DELAY={300 if fault == 'a pause' else 0}"]
        code, errors = told(signal.SIGTERM, 0, server, tmp_path, *clock, *pause)
        said = [json.loads(line) for line in errors.splitlines()]
        assert not [line for line in said if line["exception"]]
        assert "stopped: told to stop" in said[-1]["message"]
        with closing(sqlite3.connect(tmp_path / "archive.db")) as conn:
            conn.row_factory = sqlite3.Row
            row = last_run(conn)
        assert row["counts"]["stopped"] == "told to stop"
        assert row["ended_at"] is not None
        assert (code, row["exit_code"]) == (2, 2)
        assert not row["counts"]["failures"]  # what was let go of is nobody's failure
        server.heal()
        done = crawl(tmp_path, server.addresses[PAPER_HOST], *clock)
        assert done.returncode == 0, done.stderr


def test_a_second_signal_ends_the_process(tmp_path: Path) -> None:
    paper = demo_papers(size=8)[0]
    with serve(paper) as server:
        server.fault(".", "delay", seconds=150)
        code, errors = told(signal.SIGINT, 1, server, tmp_path, "-s", f"CLOCK_AT={paper.now.isoformat()}")
        if code != 2:  # the second one came before the first had done its work, as it does on any but a busy machine
            assert code == 1
            assert "cut off by a second signal" in errors
        server.heal()
        done = crawl(tmp_path, server.addresses[PAPER_HOST], "-s", f"CLOCK_AT={paper.now.isoformat()}")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_at_once(tmp_path: Path, number: signal.Signals) -> None:
    paper = demo_papers(size=40)[0]
    clock = ["-s", f"CLOCK_AT={paper.now.isoformat()}"]
    with serve(paper) as server:
        server.fault(ARTICLE, "delay", seconds=4)  # too slow to be waited for
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
        command += [*clock, "-s", "DOWNLOAD_DELAY=0.1", "--log-json"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
            while running.poll() is None and not articles(server):
                time.sleep(0.01)
            running.send_signal(number)
            _, errors = running.communicate(timeout=300)
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
