"""A newspaper with an article a day for years, on loopback: what the tests of finding and of backfills share."""

from __future__ import annotations

import http.server
import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from demo_crawl import FAST, ROOT
from past_spiders import HOME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TODAY = date(2026, 9, 1)
NUMBER = 300_000
PER_PAGE = 10
TESTS = Path(__file__).parent


def path(day: date) -> str:
    """The address of the day's article on the paper's host."""
    return f"/tin-trong-ngay-{NUMBER + day.toordinal() - TODAY.toordinal():06d}.html"


def back(days: int) -> date:
    """The day so many days ago."""
    return TODAY - timedelta(days=days)


def article(day: date) -> bytes:
    """The day's article as a page."""
    text = f"Sáng ngày {day:%d/%m/%Y}, bà con thôn Suối Vàng thu hoạch vụ lúa sớm trên cánh đồng ven sông. " * 4
    head = f'<meta property="article:published_time" content="{day}T08:00:00+07:00">'
    title = f"Tin đồng ruộng Suối Vàng ngày {day:%d/%m/%Y}"
    body = f"<article><h1>{title}</h1><p>{text}</p><p>{text}</p></article>"
    return f'<html lang="vi"><head><title>{title}</title>{head}</head><body>{body}</body></html>'.encode()


def listing(*days: date) -> bytes:
    """A page that links to the articles of these days, beside the latest three, as every page does."""
    links = "".join(f'<h3><a href="{path(day)}">Tin {day}</a></h3>' for day in (*days, TODAY, back(1), back(2)))
    return f"<html><body>{links}</body></html>".encode()


def article_at(target: str) -> bytes | None:
    """The page at an address of an article, None for another address."""
    number = target.rpartition("-")[2].removesuffix(".html")
    return article(TODAY + timedelta(days=int(number) - NUMBER)) if number.isdigit() else None


@contextmanager
def served(answer: Callable[[str], bytes | None]) -> Iterator[tuple[str, list[str]]]:
    """A server that gives what `answer` makes of an address, else an article, else 404; and all it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            body = answer(self.path)
            body = article_at(self.path) if body is None else body
            self.send_response(404 if body is None else 200)
            xml = bool(body) and body.lstrip()[:1] == b"<" and b"<html" not in body[:200]
            self.send_header("Content-Type", "text/xml" if xml else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


def command(data: Path, spider: str, origin: str, *more: str) -> list[str]:
    """`scrapy crawl` of one of our spiders, fast, on TODAY."""
    clock = ["-s", f"CLOCK_AT={TODAY}T12:00:00+07:00", "-s", f"DATA_DIR={data}", "-s", "LOG_LEVEL=WARNING"]
    program = [sys.executable, "-m", "scrapy", "crawl", spider, "-s", "SPIDER_MODULES=past_spiders"]
    return [*program, "-a", f"origin={origin}", "-s", "DEPTH_LIMIT=0", *clock, *FAST, *more]


def environment() -> dict[str, str]:
    """The environment of a crawl: our spiders are found, nobody's settings are."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("BAOTINH_")}
    return own | {"PYTHONPATH": f"{ROOT}:{TESTS}", "SCRAPY_SETTINGS_MODULE": "crawler.settings"}


def crawl(data: Path, spider: str, origin: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Crawl to the end."""
    given = command(data, spider, origin, *more)
    return subprocess.run(given, capture_output=True, text=True, timeout=600, env=environment(), cwd=ROOT, check=False)


def days(since: date, until: date) -> list[str]:
    """The arguments of a backfill."""
    return ["-a", f"since={since}", "-a", f"until={until}"]


def archived(data: Path) -> set[str]:
    """The paths of all articles in the archive."""
    with closing(sqlite3.connect(data / "archive.db")) as conn:
        return {row[0].removeprefix(HOME) for row in conn.execute("SELECT url FROM articles")}


def counts(data: Path) -> dict:
    """The counts of the last run."""
    with closing(sqlite3.connect(data / "archive.db")) as conn:
        return json.loads(conn.execute("SELECT counts FROM runs ORDER BY id DESC LIMIT 1").fetchone()[0])
