"""A crawl over simulated days, killed again and again: `make soak` is the long one, the tests run a short one.

usage: python tests/soak.py [--size N] [--days N] [--kills N] [--seed N] [--data DIR]
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from demo_crawl import BAOTINH, FAST, crawl
from equal_archives import differences

from crawler.demo.paper import PAPER_HOST, Newspaper, demo_papers
from crawler.demo.server import Server, serve

IN_FLIGHT = 8


@dataclass
class Day:
    """What one day's run asked and found."""

    day: int
    requests: int
    sent: int
    counts: dict
    seconds: float


@dataclass
class Report:
    days: list[Day] = field(default_factory=list)
    kills: int = 0
    twice: int = 0
    different: dict = field(default_factory=dict)


def arguments(paper: Newspaper, *more: object) -> list[str]:
    """Fast, at the standing clock of the paper, every sitemap."""
    clock = ["-s", f"CLOCK_AT={paper.now.isoformat()}", "-s", "RUN_REQUESTS=0", "-s", "BATCH_SIZE=20"]
    return [*clock, "-s", "BATCH_SECONDS=0.2", *map(str, more)]


def run_day(data: Path, server: Server, paper: Newspaper, day: int, *more: object) -> Day:
    """One undisturbed run."""
    server.set_clock(day)
    server.reset_counts()
    begun = time.monotonic()
    done = crawl(data, server.addresses[PAPER_HOST], *arguments(paper, *more), seconds=1800)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    with closing(sqlite3.connect(data / "archive.db")) as conn:
        counts = json.loads(conn.execute("SELECT counts FROM runs ORDER BY id DESC LIMIT 1").fetchone()[0])
    return Day(day, server.requests(), server.sent[PAPER_HOST], counts, time.monotonic() - begun)


def killed_day(data: Path, server: Server, paper: Newspaper, day: int, kills: int, chance: random.Random) -> None:
    """One day's run, killed `kills` times at random moments, then left alone."""
    server.set_clock(day)
    origin = server.addresses[PAPER_HOST]
    given = ["-a", f"origin={origin}", "-a", "days=400", *FAST, *arguments(paper)]
    for _ in range(kills):
        command = [*BAOTINH, "--data", str(data), "crawl", "demo_suoicat", *given]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = server.requests()
        while server.requests() == before and running.poll() is None:
            time.sleep(0.02)  # a kill before the first request would prove nothing
        time.sleep(chance.expovariate(1 / 0.7))
        running.send_signal(signal.SIGKILL)
        running.wait()
    done = crawl(data, origin, *arguments(paper), seconds=1800)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)


def soak(folder: Path, *, size: int, days: int, kills: int, seed: int) -> Report:
    """Crawl the same paper twice over its days, once undisturbed and once killed; compare the archives."""
    report, chance = Report(kills=kills), random.Random(seed)  # noqa: S311
    paper = demo_papers(size=size)[0]
    whole, torn = folder / "whole", folder / "torn"
    with serve(paper) as server:
        for day in range(days):
            report.days.append(run_day(whole, server, paper, day, "-a", "days=400"))
        report.days.append(run_day(whole, server, paper, days - 1, "-a", "days=400", "-a", "recheck=none"))
        share = [kills // days + (day < kills % days) for day in range(days)]
        for day in range(days):
            server.reset_counts()
            killed_day(torn, server, paper, day, share[day], chance)
            fetched = Counter(
                target for (_, target, status), n in server.counts.items() for _ in range(n) if status == 200
            )
            again = sum(n - 1 for target, n in fetched.items() if target.rsplit("-", 1)[-1][:6].isdigit() and n > 1)
            report.twice = max(report.twice, again - IN_FLIGHT * share[day])
    report.different = differences(whole / "archive.db", torn / "archive.db")
    report.different.pop("captures", None)  # listings are asked again after a kill: there are more of them
    return report


def main() -> int:
    """Run the soak and print its tables; exit 1 when the archives differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("size", 5000), ("days", 5), ("kills", 50), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    folder = given.data or Path(tempfile.mkdtemp(prefix="baotinh-soak-"))
    report = soak(folder, size=given.size, days=given.days, kills=given.kills, seed=given.seed)
    first = report.days[0]
    print(f"{'day':>4} {'requests':>9} {'bytes':>12} {'share':>7} {'new':>6} {'revised':>8} {'unchanged':>10} {'s':>7}")
    for day in report.days:
        counts, name = day.counts, "same" if day is report.days[-1] else str(day.day)
        print(
            f"{name:>4} {day.requests:>9,} {day.sent:>12,} {day.sent / first.sent:>7.2%} {counts.get('new', 0):>6}"
            f" {counts.get('revised', 0):>8} {counts.get('unchanged', 0):>10} {day.seconds:>7.1f}"
        )
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"a crawl took {memory:.0f} MB at most")
    print(f"{report.kills} kills; article pages fetched twice beyond those in flight: {max(report.twice, 0)}")
    print("the archives are equal" if not report.different else json.dumps(report.different, ensure_ascii=False)[:4000])
    return 1 if report.different or report.twice > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
