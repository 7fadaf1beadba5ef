"""Measures snapshot, ingest, verify and replay, each beside what it is compared with: `make bench-data`.

Snapshots are those of a large archive of drawn text (built once); the rest is done with pages of the demo
newspaper, captured to WARC files and saved by the store as a crawl does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import corpus

from archive import snapshot, verify
from archive.carried import Carried
from archive.files import digest_of, discard, sync
from archive.items import Article
from archive.runs import run_name
from archive.schema import connect, migrate, open_read_only
from archive.store import Store
from archive.warc import WarcWriter
from crawler.demo.paper import demo_papers
from crawler.demo.site import site
from crawler.replay import read_page, sources
from crawler.replay_command import replay_into
from crawler.replay_files import Files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.items import Capture

SOURCE = "demo_suoicat"
ROUNDS = 3
BATCH = 100
START = datetime(2026, 9, 1, tzinfo=UTC)
FACTOR_MOST, INGEST_LEAST, VERIFY_LEAST, REPLAY_LEAST = 4, 300, 100, 150


@dataclass
class Spent:
    """Wall seconds, and CPU seconds of this process and of those it has ended."""

    wall: float = 0
    cpu: float = 0
    begun: tuple[float, float] = field(default=(0, 0))

    def __enter__(self) -> Spent:
        self.begun = (time.perf_counter(), cpu_seconds())
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self.begun[0]
        self.cpu += cpu_seconds() - self.begun[1]


def cpu_seconds() -> float:
    """Return what this process and its ended children have used so far."""
    return sum(os.times()[:4])


def line(what: str, measured: str, wanted: str, *, reached: bool) -> None:
    """Print one result beside what is asked of it."""
    print(f"{what:<34} {measured:>56}   {wanted:<18} {'ok' if reached else 'MISSED'}", flush=True)


def quiet(step: str, done: int, total: int) -> None:
    """Take a report of progress."""


def timed(work: Callable[[], object]) -> float:
    """Return the wall seconds of one call."""
    with Spent() as spent:
        work()
    return spent.wall


def plain_copy(source: Path, target: Path) -> None:
    """Copy a file of the same size, onto the disk."""
    shutil.copyfile(source, target)
    sync(target)


def full_copy(database: Path, target: Path) -> None:
    """Write the full database of a snapshot: consistent, analysed, onto the disk."""
    discard(target)
    with closing(open_read_only(database)) as conn:
        snapshot.copy_database(conn, target, quiet)
    snapshot.analyse(target)


def bench_snapshot(folder: Path, number: int) -> None:
    """Measure snapshots of `number` articles; plain copies and full ones take turns."""
    database = folder / "large" / "archive.db"
    database.parent.mkdir(parents=True, exist_ok=True)
    if not database.exists():
        print(f"building {number:,} articles …", flush=True)
        corpus.build(database, number)
    with closing(connect(database)) as conn:
        migrate(conn)
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy, full = folder / "copy.db", folder / "full.db"
    full_copy(database, full)
    pairs = [(timed(lambda: plain_copy(full, copy)), timed(lambda: full_copy(database, full))) for _ in range(ROUNDS)]
    plain, whole = (statistics.median(times) for times in zip(*pairs, strict=True))
    measured = f"{full.stat().st_size / 1e6:,.0f} MB: {whole:.1f} s; plain copy {plain:.1f} s: {whole / plain:.1f} ×"
    line(f"snapshot, {number:,} articles", measured, f"at most {FACTOR_MOST} ×", reached=whole <= FACTOR_MOST * plain)
    packed = folder / "text.db.zst"
    spent = timed(lambda: snapshot.write_text(full, packed, quiet))
    print(f"{'  its text alone':<34} {f'{packed.stat().st_size / 1e6:,.0f} MB: {spent:.1f} s':>56}")
    spent = timed(lambda: digest_of(full))
    print(f"{'  its sha256':<34} {f'{full.stat().st_size / 1e6 / spent:,.0f} MB/s':>56}")
    for path in (copy, full, packed):
        path.unlink()


def pages(number: int) -> Iterator[tuple[str, bytes]]:
    """Yield address and bytes of articles of the demo newspaper."""
    paper, _ = demo_papers(size=number)
    paper.set_clock(5)
    served = site(paper)
    for story in paper.newest():
        address = paper.address(story)
        reply = served.answer(address.split("/", 3)[3].join(("/", "")))
        if reply.status == 200:
            yield address, reply.render()


class Ingest:
    """A crawl without its network: captures are written, articles are saved; reading is not counted."""

    def __init__(self, data: Path) -> None:
        self.data, self.spent, self.saved = data, Spent(), Counter[str]()
        self.store = Store(data / "archive.db")
        self.store.register(sources()[SOURCE].as_source())

    def run(self, at: datetime, answers: list[tuple[str, bytes, Article]], first: dict[str, Capture]) -> None:
        """Save one run in batches; an answer that was captured before with the same bytes is a revisit."""
        run = self.store.open_run(SOURCE, at)
        with WarcWriter(self.data, SOURCE, run_name(run, at), info={"software": "bench"}) as warc:
            for start in range(0, len(answers), BATCH):
                with self.spent:
                    self._save(run, warc, at, answers[start : start + BATCH], first)
                at += timedelta(seconds=BATCH)
        self.store.close_run(run, at, "ok", 0, {})

    def _save(self, run: int, warc: WarcWriter, at: datetime, batch: list, first: dict[str, Capture]) -> None:
        captures, items = [], []
        for place, (url, body, article) in enumerate(batch):
            moment = at + timedelta(seconds=place)
            headers = (("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx"))
            capture = warc.add(
                url=url, fetched_at=moment, status=200, reason="OK", headers=headers, body=body,
                request_headers=[("User-Agent", "baotinh")], revisit_of=first.get(url),
            )  # fmt: skip
            first.setdefault(url, capture)
            captures.append(capture)
            items.append(replace(article, capture=capture, source=SOURCE))
        warc.sync()
        self.saved.update(self.store.save(run, captures, items))


def bench_ingest(data: Path, number: int) -> None:
    """Measure the store and the captures: new articles, then a second run in which one in five was edited."""
    answers = []
    for url, body in pages(number):
        read = read_page(SOURCE, body, url, "text/html; charset=utf-8", START)
        if isinstance(read, Article):
            answers.append((url, body, read))
    ingest, first = Ingest(data), {}
    ingest.run(START, answers, first)
    new = Spent(ingest.spent.wall, ingest.spent.cpu)
    edited = [
        (
            url,
            body.replace(b"</body>", b"<!-- 2 --></body>"),
            replace(read, body=f"{read.body}\n\nCập nhật.", comment_count=at),
        )
        if at % 5 == 0
        else (url, body, read)
        for at, (url, body, read) in enumerate(answers)
    ]
    ingest.run(START + timedelta(days=2), edited, first)
    ingest.store.close()
    total = ingest.spent.cpu
    speed = len(answers) / new.cpu
    outcomes = ", ".join(f"{count:,} {name}" for name, count in sorted(ingest.saved.items()))
    line("ingest, articles per CPU second", f"{speed:,.0f} new; {2 * len(answers) / total:,.0f} with the second run",
         f"at least {INGEST_LEAST}", reached=speed >= INGEST_LEAST)  # fmt: skip
    print(f"  {outcomes}")


def bench_verify(data: Path) -> None:
    """Measure verification beside hashing the same files; the fastest of some rounds counts.

    What is read counts as it is read: captures unpacked, all else as it lies on the disk. How fast that goes
    by the bytes on the disk alone is told too.
    """
    snapshot.snapshot(data, START + timedelta(days=3), quiet)
    files = [path for path in data.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    packed = sum(path.stat().st_size for path in files if path.name.endswith(".warc.gz")) / 1e6
    hashing = timed(lambda: [digest_of(path) for path in files])
    rounds = []
    for _ in range(ROUNDS):
        with Spent() as spent:
            result = verify.verify(data, quiet)
        assert result.faults == [], result.faults[:3]
        rounds.append((spent.wall, spent.cpu))
    read, (wall, cpu) = size - packed + result.unpacked / 1e6, min(rounds)
    measured = f"{read:,.0f} MB unpacked: {read / wall:,.0f} MB/s, {read / cpu:,.0f} a CPU second"
    reached = read / min(wall, cpu) >= VERIFY_LEAST
    line("verify", measured, f"at least {VERIFY_LEAST} MB/s", reached=reached)
    compared = f"{size:,.0f} MB: {size / wall:,.0f} MB/s; sha256 alone {size / hashing:,.0f} MB/s"
    print(f"{'  as it lies on the disk':<34} {compared:>56}")


def bench_replay(data: Path) -> None:
    """Measure replay into a new archive, on all cores."""
    with Spent() as spent:
        files = Files(data, data / "archive.db")
        paths = files.by_source(files.of_the_archive(), Carried())
        counts = replay_into(data / "replay.db", files, paths, Carried()).counts
    cores = os.cpu_count() or 1
    wall, cpu = counts.total() / spent.wall / cores, counts.total() / spent.cpu
    measured = f"{counts.total():,} in {spent.wall:.1f} s on {cores} cores: {wall:,.0f}; a CPU second {cpu:,.0f}"
    line(
        "replay, pages per second and core",
        measured,
        f"at least {REPLAY_LEAST}",
        reached=max(wall, cpu) >= REPLAY_LEAST,
    )


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="scratch folder; the large archive in it is kept")
    parser.add_argument("--articles", type=int, default=100_000, help="of the large archive")
    parser.add_argument("--pages", type=int, default=3_000, help="of the demo newspaper")
    options = parser.parse_args()
    bench_snapshot(options.folder, options.articles)
    data = options.folder / "crawled"
    discard(data)
    data.mkdir(parents=True)
    bench_ingest(data, options.pages)
    bench_verify(data)
    bench_replay(data)


if __name__ == "__main__":
    sys.exit(main())
