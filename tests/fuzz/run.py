"""Reads mutated pages and tells what must not happen: a crash, a page that takes over 2 s, memory over 300 MB.

    python tests/fuzz/run.py 20000

reads that many in processes of their own (one a core, so that a crash of a C library is seen too) and prints a line a
fault, then a summary; exits with 1 when there was any. A page is made anew from its number:

    python tests/fuzz/run.py --one 4250
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass

from mutations import mutated

from crawler.pages import read
from crawler.parse import sources

MOST_SECONDS = 2.0
MOST_MEMORY = 300
"""MB of a process at its largest, the interpreter and all spiders included."""
STOP_AFTER = 120
"""Seconds after which a page that is not read ends its process, by the system's own alarm."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with one page."""

    number: int
    kind: str
    what: str

    def __str__(self) -> str:
        return f"page {self.number} ({self.kind}): {self.what}"


def fault_of(number: int) -> Fault | None:
    """Read page `number`; None when all is well."""
    source, kind, page, content_type = mutated(number)
    spider = sources()[source]
    signal.alarm(STOP_AFTER)
    start = time.process_time()
    try:
        read(page, f"https://{spider.allowed_domains[0]}/{number:06}.html", spider.layouts, content_type=content_type)
    except Exception:  # noqa: BLE001 - whatever it is, it is a fault
        return Fault(number, f"{source}, {kind}", traceback.format_exc())
    finally:
        signal.alarm(0)  # else it would end whatever this process does next
    taken = time.process_time() - start
    if taken > MOST_SECONDS:
        return Fault(number, f"{source}, {kind}", f"took {taken:.1f} s")
    return None


def memory() -> int:
    """MB that this process took at its largest."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def work(start: int, end: int, step: int) -> int:
    """Read pages `start` to `end` in steps; faults go to standard output, the number of each page before it is read."""
    found = 0
    for number in range(start, end, step):
        before = memory()
        print(f"# {number}", flush=True)
        if fault := fault_of(number):
            found += 1
            print(fault, flush=True)
        if before <= MOST_MEMORY < memory():
            found += 1
            print(Fault(number, mutated(number)[1], f"memory rose from {before} to {memory()} MB"), flush=True)
    print(f"= {memory()} MB", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=int, nargs="?", default=20_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--one", type=int, help="Read this page alone.")
    parser.add_argument("--share", type=int, nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if chosen.one is not None:
        print(fault_of(chosen.one) or "no fault", f"{memory()} MB")
    elif chosen.share:
        work(*chosen.share)
    else:
        raise SystemExit(1 if supervise(chosen.pages, chosen.jobs) else 0)


def supervise(pages: int, jobs: int) -> int:
    """Share the pages out to processes, print their faults, and return how many there were."""
    command = [sys.executable, __file__, "--share"]
    shares = [[*command, str(job), str(pages), str(jobs)] for job in range(jobs)]
    workers = [subprocess.Popen(share, stdout=subprocess.PIPE, text=True) for share in shares]
    found, largest = 0, 0
    for worker in workers:
        last = ""
        for line in worker.stdout or ():
            if line.startswith("# "):
                last = line[2:].strip()
            elif line.startswith("= "):
                largest = max(largest, int(line.split()[1]))
            else:
                found += line.startswith("page ")
                print(line, end="", flush=True)
        if worker.wait() != 0:
            found += 1
            print(Fault(int(last or 0), "crash", f"the process ended with {worker.returncode}"))
    print(f"{pages} mutated pages: {found} faults; at most {largest} MB a process")
    return found


if __name__ == "__main__":
    main()
