"""What the crawl tests share: one crawl of the demo newspaper in a process of its own (a reactor runs once)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BAOTINH = [sys.executable, "-m", "crawler.cli"]
FAST = [
    "-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=0", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8",
    "-s", "BACKOFF_SECONDS=0.05", "-s", "CONCURRENT_REQUESTS=8",
]  # fmt: skip


def baotinh(
    *arguments: object, data: Path | None = None, seconds: float = 600, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command; its output as text."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("BAOTINH_")}
    command = [*BAOTINH, *(["--data", str(data)] if data else []), *map(str, arguments)]
    return subprocess.run(  # noqa: PLW1510
        command, capture_output=True, text=True, timeout=seconds, env={**own, **environment}, stdin=subprocess.DEVNULL
    )


def crawl(
    data: Path, origin: str, *arguments: object, source: str = "demo_suoicat", offset: float = 0.0, seconds: float = 600
):
    """Crawl a demo newspaper at `origin` without delay."""
    given = ["-a", f"origin={origin}", "-s", f"CLOCK_OFFSET={offset}", "-a", "days=400", *FAST, *arguments]
    return baotinh("crawl", source, *given, data=data, seconds=seconds)


def last_run(conn) -> dict:
    """The latest row of `runs`, its counts as a dict."""
    row = dict(conn.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone())
    return row | {"counts": json.loads(row["counts"])}
