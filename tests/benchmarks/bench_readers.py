"""Eight readers search for a minute while a crawl writes into the same archive: `make bench-readers`.

usage: python bench_readers.py DATA [--seconds N] [--readers N]    (DATA holds archive.db; the crawl adds to it)
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parent.parent))
from demo_crawl import BAOTINH

from crawler.demo.paper import PAPER_HOST, demo_papers
from crawler.demo.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = [
    "suối",
    "nước",
    "đường",
    "xã",
    "tỉnh",
    "dân",
    "hồ",
    "rừng",
    "cầu",
    "chợ",
    "trường",
    "bệnh",
    "viện",
    "cà",
    "phê",
    "lúa",
    "mưa",
    "lũ",
    "đất",
    "nhà",
    "năm",
    "ngày",
]
PORT = 8155
ADDRESS = f"http://127.0.0.1:{PORT}/"


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """A baotinh command that runs until the block ends."""
    process = subprocess.Popen([*BAOTINH, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_for_server() -> None:
    """Return once the server answers; RuntimeError after 30 seconds."""
    for _ in range(100):
        try:
            urlopen(ADDRESS + "robots.txt", timeout=2).close()
        except URLError:
            time.sleep(0.3)
        else:
            return
    raise RuntimeError("the server does not answer")


def read(number: int, until: float, seconds: list[float], errors: list[str]) -> None:
    """Search for one, two or three words, phrases among them, with a short pause after each."""
    chance = random.Random(number)  # noqa: S311
    while time.monotonic() < until:
        words = " ".join(chance.sample(WORDS, chance.choice([1, 2, 3])))
        query = {"q": f'"{words}"' if chance.random() < 0.3 else words, "lang": "vi"}
        begun = time.monotonic()
        try:
            with urlopen(ADDRESS + "?" + urlencode(query), timeout=20) as answer:
                answer.read()
        except (URLError, TimeoutError) as error:
            errors.append(str(error))
        seconds.append(time.monotonic() - begun)
        time.sleep(chance.uniform(0.1, 0.6))


def main() -> int:
    """Run the minute and print one line; exit 1 on any error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--readers", type=int, default=8)
    given = parser.parse_args()
    paper = demo_papers(size=3000)[0]
    spent: list[float] = []
    errors: list[str] = []
    with serve(paper) as server, running("--data", given.data, "serve", "--port", PORT) as served:
        wait_for_server()
        settings = {
            "DOWNLOAD_DELAY": 0.05,
            "AUTOTHROTTLE_ENABLED": 0,
            "CLOCK_AT": paper.now.isoformat(),
            "RUN_REQUESTS": 0,
        }
        options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        origin = f"origin={server.addresses[PAPER_HOST]}"
        # An archive that was measured before knows these articles: they are asked for again.
        asked = ["-a", origin, "-a", "days=400", "-a", "recheck=all", *options]
        with running("--data", given.data, "crawl", "demo_suoicat", *asked) as crawl:
            until = time.monotonic() + given.seconds
            readers = [threading.Thread(target=read, args=(n, until, spent, errors)) for n in range(given.readers)]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join()
            wrote = crawl.poll() is None
        memory = next(line for line in Path(f"/proc/{served.pid}/status").read_text().splitlines() if "VmHWM" in line)
    spent.sort()
    p95 = spent[int(0.95 * len(spent))]
    print(
        f"{len(spent)} requests, {len(errors)} errors, p50 {1e3 * statistics.median(spent):.0f} ms,"
        f" p95 {1e3 * p95:.0f} ms,"
        f" max {1e3 * spent[-1]:.0f} ms; the crawl wrote all the while: {wrote}; server {memory.split(':')[1].strip()}"
    )
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
