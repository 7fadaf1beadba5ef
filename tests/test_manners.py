"""Patience with hosts, row by row of failures, and what a run waits for."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from demo_crawl import crawl, last_run
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from crawler import manners
from crawler.demo.paper import PAPER_HOST, demo_papers
from crawler.demo.server import serve
from crawler.manners import BackOff, Breaker, RunIsOver, retry_after

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://baosuoicat.example/cau-moi-100001.html"


class Clock:
    """A clock that sleeping moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(manners.time, "monotonic", lambda: self.now)
        self._real_sleep = asyncio.sleep
        monkeypatch.setattr(manners.asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        """Let the others begin, then be later."""
        until = self.now + seconds
        await self._real_sleep(0)
        self.now = max(self.now, until)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def back_off() -> BackOff:
    settings = Settings({"BACKOFF_SECONDS": 5, "BACKOFF_MAX": 300, "RETRY_HTTP_CODES": [403, 429, 503]})
    crawler: Any = SimpleNamespace(settings=settings, signals=None, crawling=True)
    crawler.stats = MemoryStatsCollector(SimpleNamespace(settings=Settings()))
    crawler.spider = SimpleNamespace(crawler=crawler)
    crawler.engine = SimpleNamespace(close_spider_async=closed)
    return BackOff.from_crawler(crawler)


async def closed(**_: object) -> None:
    """What the engine does at the end of a run."""


def answer(status: int, **headers: str) -> Response:
    return Response(URL, status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_the_wait_doubles_and_an_answer_ends_it(clock: Clock, back_off: BackOff) -> None:
    waits = []
    for _ in range(6):
        back_off.answered(Request(URL), answer(403))
        waits.append(back_off.until["baosuoicat.example"] - clock.now)
        clock.now += waits[-1]
    assert waits == [5, 10, 20, 40, 40, 40]
    back_off.answered(Request(URL), answer(200))
    back_off.answered(Request(URL), answer(403))
    assert back_off.until["baosuoicat.example"] - clock.now == 5


def test_answers_that_were_on_their_way_count_as_one_failure(clock: Clock, back_off: BackOff) -> None:
    for _ in range(8):
        back_off.answered(Request(URL), answer(503))
    assert back_off.until["baosuoicat.example"] - clock.now == 5
    assert back_off.crawler.stats.get_value("manners/waits") == 1


def test_a_host_that_gives_nothing_but_errors_is_not_asked_twice(clock: Clock, back_off: BackOff) -> None:
    kept = []
    for _ in range(5):
        back_off.answered(Request(URL), answer(403))
        kept.append(isinstance(back_off.process_response(Request(URL), answer(403)), Response))
        clock.now += 300
    assert kept == [False, False, True, True, True]
    back_off.unanswered(Request(URL), DownloadTimeoutError())
    assert back_off.process_exception(Request(URL), DownloadTimeoutError()) is None
    back_off.answered(Request(URL), answer(404))
    back_off.answered(Request(URL), answer(403))
    assert isinstance(back_off.process_response(Request(URL), answer(403)), Request)


def test_waits_that_overlap_count_once(clock: Clock, back_off: BackOff) -> None:
    async def several() -> None:
        back_off.answered(Request(URL), answer(503, Retry_After="30"))
        await asyncio.gather(*(back_off.patience(Request(URL)) for _ in range(4)))

    asyncio.run(several())
    assert back_off.crawler.stats.get_value("manners/waited seconds") == pytest.approx(30)
    assert back_off.crawler.stats.get_value("manners/asked to wait seconds") == 30


def test_another_host_does_not_wait(clock: Clock, back_off: BackOff) -> None:
    back_off.answered(Request(URL), answer(503, Retry_After="30"))
    asyncio.run(back_off.patience(Request("https://baolang.example/")))
    assert clock.now == 1000


def test_who_waits_is_let_go_when_the_run_ends(clock: Clock, back_off: BackOff) -> None:
    async def ended() -> None:
        back_off.answered(Request(URL), answer(503, Retry_After="30"))
        back_off.answered(Request(URL), answer(503, Retry_After="301"))
        await back_off.patience(Request(URL))
        with pytest.raises(RunIsOver):
            back_off.process_request(Request(URL))

    asyncio.run(ended())
    assert clock.now == 1000
    assert back_off.crawler.stats.get_value("stopped") == "asked to wait"
    assert back_off.crawler.stats.get_value("manners/asked to wait seconds") == 301


def test_a_host_that_asks_for_no_wait_is_given_ours(clock: Clock, back_off: BackOff) -> None:
    back_off.answered(Request(URL), answer(429, Retry_After="0"))
    assert back_off.until["baosuoicat.example"] - clock.now == 5


def test_retry_after_in_its_forms() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
    assert 100 < (retry_after(answer(429, Retry_After=later)) or 0) <= 120
    past = format_datetime(datetime.now(UTC) - timedelta(days=2), usegmt=True)
    found = [retry_after(answer(429, Retry_After=text)) for text in (" 7 ", past, "-5", "soon", "", "9" * 40)]
    assert found == [7, 0, None, None, None, 999_999_999]


def test_listings_that_answer_say_nothing_of_articles_that_are_refused() -> None:
    stopped: list[str] = []
    crawler: Any = SimpleNamespace(settings=Settings({"BREAKER_FAILURES": 4}))
    breaker = Breaker(crawler)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manners, "stop", lambda _, reason: stopped.append(reason))
        for kind in ("article", "listing"):
            breaker.failed(kind, blocked=True)
            breaker.failed(kind, blocked=True)
            breaker.succeeded(kind)
        for _ in range(3):
            breaker.failed("article", blocked=True)
            breaker.succeeded("listing")
        assert stopped == []
        breaker.failed("article", blocked=True)
    assert stopped == ["blocked"]


def test_what_already_stands_in_the_queue_waits_too(tmp_path: Path) -> None:
    paper = demo_papers(size=12)[0]
    with serve(paper) as server:
        server.fault(r"-\d{6}\.html$", "status", status=429, retry_after=1, times=1)
        # Where the delay has passed already, Scrapy lets out one more before it knows of the one that goes out.
        slow = ["-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1", "-s", "DOWNLOAD_DELAY=0.1"]
        offset = (paper.now - datetime.now(UTC)).total_seconds()
        done = crawl(tmp_path, server.addresses[PAPER_HOST], *slow, offset=offset)
        seen = list(server.recent)
    assert done.returncode == 0, done.stderr
    [refused] = [at for at, one in enumerate(seen) if one.status == 429]
    assert refused < len(seen) - 3
    assert seen[refused + 1].at - seen[refused].at >= 0.99
    assert re.search(r"waited [1-9]\d* s", done.stdout)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as conn:
        conn.row_factory = sqlite3.Row
        assert last_run(conn)["counts"]["waits"]["asked"] == 1
