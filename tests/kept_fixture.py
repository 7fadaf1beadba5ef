"""A small archive as crawls leave it: real WARC files, rows by the store, two runs, edits and repeats."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from archive.cli import Commands, Context
from archive.data_cli import data_commands
from archive.items import Article, Source, Unchanged
from archive.runs import run_name
from archive.store import Store
from archive.warc import WarcWriter

if TYPE_CHECKING:
    from pathlib import Path

    from archive.items import Capture

PAPER = Source("baosuoicat", 900, "Báo Suối Cát", "Suối Cát", ("baosuoicat.example",), "onecms")
START = datetime(2026, 9, 1, 2, tzinfo=UTC)
NOW = datetime(2026, 9, 3, 1, tzinfo=UTC)
HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("ETag", '"e1"'), ("Server", "nginx"))
PROSE = """
    suối cầu đường lúa nước mùa bản xã huyện tỉnh người dân trường học chợ phiên đá núi đò lũ gió vườn chè
    hạt giống kênh mương điện đài trạm y tế sân khấu rẫy bò dê hội làng nghề gốm tre dệt
"""
WORDS = PROSE.split()
NAME = "Zuwqxokvim"
"""A word that only the article number 3 has: what must be gone once it is withdrawn."""


def url_of(number: int) -> str:
    """The address of an article of the fixture."""
    return f"https://baosuoicat.example/bai-so-{number}-{100000 + number}.html"


def text_of(number: int, version: int = 1) -> tuple[str, str]:
    """Title and body of an article: the same for the same numbers."""
    draw = random.Random(f"{number}/{version}")  # noqa: S311
    secret = f" Bà {NAME} ở bản Láng kể lại." if number == 3 else ""
    paragraphs = [" ".join(draw.choices(WORDS, k=60)).capitalize() + "." for _ in range(5)]
    return f"Chuyện {' '.join(draw.choices(WORDS, k=6))} số {number}", "\n\n".join(paragraphs) + secret


def page(number: int, version: int = 1) -> bytes:
    """The bytes of an article's page."""
    title, body = text_of(number, version)
    parts = "".join(f"<p>{part}</p>\n" for part in body.split("\n\n"))
    return f"<!doctype html>\n<html lang=vi><title>{title}</title>\n<article>{parts}</article></html>\n".encode()


@dataclass
class Crawl:
    """One run of the fixture's crawler."""

    data: Path
    store: Store
    at: datetime
    captures: list[Capture] = field(default_factory=list)
    items: list[Article | Unchanged] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.run = self.store.open_run(PAPER.name, self.at)
        self.warc = WarcWriter(self.data, PAPER.name, run_name(self.run, self.at), info={"software": "baotinh"})

    def fetch(self, url: str, body: bytes, *, status: int = 200, first: Capture | None = None) -> Capture:
        """Capture one answer, a second after the last."""
        self.at += timedelta(seconds=1)
        return self.keep(
            self.warc.add(
                url=url, fetched_at=self.at, status=status, reason="OK", headers=HEADERS, body=body,
                request_headers=[("User-Agent", "baotinh")], revisit_of=first,
            )
        )  # fmt: skip

    def keep(self, capture: Capture) -> Capture:
        """Remember a capture for the next batch."""
        self.captures.append(capture)
        return capture

    def read(self, number: int, capture: Capture, version: int = 1) -> None:
        """Read an article from its capture."""
        title, body = text_of(number, version)
        made = Article(
            url=url_of(number), title=title, lead="Bài của chúng tôi.", body=body, body_html=f"<p>{body}</p>",
            published_at=START - timedelta(hours=number % 48), authors=("Nguyễn Hà",), section="Thời sự",
            tags=("cầu",), language="vi", comment_count=number % 4 or None, reader="onecms/1",
            field_sources={"title": "selector"}, source=PAPER.name, capture=capture,
        )  # fmt: skip
        self.items.append(made)

    def save(self, *, close: bool = True) -> None:
        """Save the batch as a crawl does, bytes first."""
        self.warc.sync()
        self.store.save(self.run, self.captures, self.items)
        self.captures, self.items = [], []
        if close:
            self.warc.close()
            self.store.close_run(self.run, self.at + timedelta(seconds=1), "ok", 0, {"requests": 1})


def make(data: Path, articles: int = 8) -> Path:
    """Make an archive of so many articles in `data`; a third of them edited, others asked for again unchanged."""
    with Store(data / "archive.db") as store:
        store.register(PAPER)
        crawl = Crawl(data, store, START)
        crawl.fetch("https://baosuoicat.example/rss/home.rss", b"<rss><channel></channel></rss>")
        first = {}
        for number in range(articles):
            first[number] = crawl.fetch(url_of(number), page(number))
            crawl.read(number, first[number])
        crawl.save()
        crawl = Crawl(data, store, START + timedelta(hours=20))
        for number in range(articles):
            if number % 3 == 0:
                crawl.read(number, crawl.fetch(url_of(number), page(number, 2)), 2)
            elif number % 3 == 1:
                crawl.read(number, crawl.fetch(f"{url_of(number)}?utm_source=rss", page(number), first=first[number]))
            else:
                again = crawl.fetch(url_of(number), b"", status=304, first=first[number])
                crawl.items.append(Unchanged(PAPER.name, url_of(number), again))
        crawl.save()
    return data


@click.group(cls=Commands)
@click.option("--debug", is_flag=True)
@click.argument("data")
@click.pass_context
def command(ctx: click.Context, data: str, *, debug: bool) -> None:
    """The commands under test, on a data folder."""
    from pathlib import Path

    ctx.obj = Context(Path(data), debug)


for one in data_commands:
    command.add_command(one)


def nothing(step: str, done: int, total: int) -> None:
    """A report that nobody reads."""


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, locks apart, with its bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent.name != "locks")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
