"""Faults of the machine that crawls: a kill, a full disk, one that is read-only, a locked archive, a held lock."""

from __future__ import annotations

import fcntl
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from demo_crawl import BAOTINH, FAST, baotinh
from equal_archives import differences
from fault_lab import SIZE, Row, row_of

from crawler.demo.paper import PAPER_HOST, Newspaper, demo_papers
from crawler.demo.server import Server, serve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]
ON_A_DISK = """
mount -t tmpfs -o size=$1 none /mnt && cp -r $2/. /mnt && mount -o remount,$3 /mnt; from=$2; to=$4; shift 4
"$@"; code=$?; rm -rf $to; cp -r /mnt $to; exit $code
"""
SHORT_OF_PATIENCE = "import archive.schema as s; s.BUSY_TIMEOUT_MS = 300; from crawler.cli import main; main()"
FAULTS: Mapping[str, Mapping[str, object]] = {
    "kill -9, a torn record, then again": {"exit": 0, "articles": SIZE, "differences": 0, "twice": 0},
    "disk full, then room": {
        "exit": 1,
        "says": "the disk is full",
        "health": "failed",
        "damaged": 0,
        "articles_after": SIZE,
    },
    "disk read-only": {"exit": 1, "says": "Read-only file system", "requests": 0, "articles": SIZE},
    "archive locked by another process": {"exit": 1, "says": "another process", "requests": 0, "articles": SIZE},
    "the source is being crawled": {"exit": 75, "says": "already running", "requests": 0, "articles": SIZE},
}


class Machine:
    """A newspaper, and a good archive of it."""

    def __init__(self, folder: Path, server: Server, paper: Newspaper) -> None:
        self.folder, self.server, self.paper = folder, server, paper
        origin = server.addresses[PAPER_HOST]
        clock = f"CLOCK_AT={paper.now.isoformat()}"
        self.given = ["crawl", "demo_suoicat", "-a", f"origin={origin}", "-a", "days=400", "-s", clock, *FAST]
        self.good = folder / "whole"
        self.crawl(self.good)

    def crawl(self, data: Path) -> subprocess.CompletedProcess[str]:
        """Crawl into `data`, in a process of its own."""
        self.server.reset_counts()
        return baotinh(*self.given, data=data)

    def row(self, fault: str, data: Path, done: subprocess.CompletedProcess[str], begun: float, **more: object) -> Row:
        """What came of it: the last line that it said, where it is what was expected."""
        row = row_of(fault, data, self.server.requests(), time.monotonic() - begun)
        says = str(FAULTS[fault].get("says", ""))
        said = says if says in done.stderr and "Traceback" not in done.stderr else done.stderr.strip()[-200:]
        recorded = {**({"says": said} if said else {}), **more}
        return Row(fault, row.requests, row.seconds, done.returncode, row.outcome, recorded, row.stored, row.health)

    def killed(self, fault: str) -> Row:
        """Kill a crawl in its midst, tear its last record, crawl again."""
        data, begun = self.folder / "killed", time.monotonic()
        self.server.reset_counts()
        self.server.fault(r"-\d{6}\.html$", "delay", seconds=0.2)
        command = [*BAOTINH, "--data", str(data), *self.given, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1"]
        command += ["-s", "DOWNLOAD_DELAY=0.1", "-s", "BATCH_SECONDS=0.1"]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while running.poll() is None and self.articles_sent() < SIZE // 2:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        running.wait()
        self.server.heal()
        [torn] = data.glob("warc/*/*.warc.gz")
        with torn.open("ab") as file:
            file.write(b"\x1f\x8b\x08\x00 torn")
        before = dict(self.server.counts)
        done = self.crawl(data)
        again = [key for key, n in self.server.counts.items() if key in before and key[1].endswith(".html")]
        found = differences(self.good / "archive.db", data / "archive.db")
        found.pop("captures", None)  # listings are asked again after a kill: there are more of them
        counts = {"differences": len(found), "twice": max(len(again) - 1, 0)}  # one request was in flight
        return self.row(fault, data, done, begun, **counts)

    def articles_sent(self) -> int:
        """How many article pages the newspaper has answered."""
        return sum(n for (_, target, _), n in list(self.server.counts.items()) if target.endswith(".html"))

    def on_a_disk(self, size: str, mode: str, source: Path, data: Path) -> subprocess.CompletedProcess[str]:
        """Crawl into a copy of `source` on a small file system; what it held afterwards is left in `data`."""
        self.server.reset_counts()
        command = [*UNSHARE, "sh", "-c", ON_A_DISK, "sh", size, str(source), mode, str(data)]
        return subprocess.run(
            [*command, *BAOTINH, "--data", "/mnt", *self.given, "-s", "BATCH_SIZE=1"],
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip

    def full(self, fault: str) -> Row:
        """Crawl onto a disk that is soon full, then where there is room."""
        data, empty, begun = self.folder / "full", self.folder / "empty", time.monotonic()
        empty.mkdir()
        done = self.on_a_disk("900k", "rw", empty, data)
        row = self.row(fault, data, done, begun)
        with closing(sqlite3.connect(data / "archive.db")) as conn:
            damaged = int(conn.execute("PRAGMA integrity_check").fetchone()[0] != "ok")
        again = self.crawl(data)
        after = row_of(fault, data, 0, 0).stored["articles"] if again.returncode == 0 else -1
        recorded = {**row.recorded, "damaged": damaged, "articles_after": after}
        return Row(fault, row.requests, row.seconds, row.exit, row.outcome, recorded, row.stored, row.health)

    def read_only(self, fault: str) -> Row:
        """Crawl where nothing can be written."""
        data, begun = self.folder / "read-only", time.monotonic()
        return self.row(fault, data, self.on_a_disk("9m", "ro", self.good, data), begun)

    def locked(self, fault: str) -> Row:
        """Crawl while another process writes, and does not stop."""
        begun = time.monotonic()
        self.server.reset_counts()
        with closing(sqlite3.connect(self.good / "archive.db", isolation_level=None)) as conn:
            conn.execute("BEGIN IMMEDIATE")
            command = [sys.executable, "-c", SHORT_OF_PATIENCE, "--data", str(self.good), *self.given]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        return self.row(fault, self.good, done, begun)

    def held(self, fault: str) -> Row:
        """Crawl a source whose lock another process holds."""
        begun = time.monotonic()
        with (self.good / "locks" / "demo_suoicat.lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.crawl(self.good)
        return self.row(fault, self.good, done, begun)


def can_mount() -> bool:
    """Whether a file system of our own can be mounted here."""
    return bool(shutil.which("unshare")) and not subprocess.run([*UNSHARE, "true"], check=False).returncode


def on_this_machine(folder: Path) -> list[Row]:
    """The rows of these faults, in order; those that need a file system of their own only where one can be mounted."""
    paper = demo_papers(size=SIZE)[0]
    with serve(paper) as server:
        machine = Machine(folder, server, paper)
        kinds = [machine.killed, machine.full, machine.read_only, machine.locked, machine.held]
        mounting = () if can_mount() else (machine.full, machine.read_only)
        return [kind(fault) for fault, kind in zip(FAULTS, kinds, strict=True) if kind not in mounting]
