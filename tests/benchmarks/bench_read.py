"""Measures how long a page takes to be read, beside a bare parse and beside other readers: `make bench-read`.

In one process all readers take their turns on each of the same pages of 70–200 kB; of the times that each reads the
page in one turn the best counts, in CPU milliseconds. Peers come from the dependency group `peers` (`make peers`);
one that is not installed is left out, and said to be. Nothing here may reach the network.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import logging
import platform
import socket
import time
import warnings
from dataclasses import replace
from functools import partial
from importlib import metadata
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import html

from archive.items import Article
from crawler.demo.paper import Newspaper, demo_papers
from crawler.demo.site import site
from crawler.families.onecms import OneCmsPage
from crawler.fields import css, linked, meta, select
from crawler.pages import ArticlePage, read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Page = tuple[bytes, str]
    Reader = Callable[[bytes, str], object]

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
SMALLEST, LARGEST = 70_000, 200_000
WEIGHTS = (75_000, 95_000, 115_000, 135_000, 155_000, 175_000)
PAGES_EACH = 4
MOST_PARTS = 5  # stories of the demo are short: joined they have 1,000 to 5,000 characters, as real ones have
LONG = 1_000
ROUNDS = 5
LEAST_SECONDS = 0.15
MOST_OF_PARSE = 2.5
LEAST_OF_TRAFILATURA = 8
BARE, LAYOUT, GENERIC = "lxml, bare parse", "baotinh, known layout", "baotinh, generic reader"
TRAFILATURA = "trafilatura, all fields"


class PlainPage(ArticlePage):
    """What a layout of the public pages would be: headline and body in `article`, the rest in JSON-LD."""

    name = "plain"
    marks = select("article h1")
    titles = (css("article h1"),)
    containers = (select("article"),)
    drops = select("aside, nav, footer, [class*=related], [class*=share]")
    dates = (linked("datePublished"), meta("article:published_time"))
    bylines = (linked("author"),)


def demo_pages() -> list[Page]:
    """Pages of the demo newspaper in ONECMS markup, made as large as real ones, their articles as long."""
    stories = demo_papers()[0].stories
    parts = [
        [stories[(at + part * 7) % len(stories)] for part in range(1 + at % MOST_PARTS)] for at in range(len(stories))
    ]
    long = [replace(mine[0], paragraphs=tuple(chain(*(part.paragraphs for part in mine))), events=()) for mine in parts]
    papers = [Newspaper(long, weight=weight) for weight in WEIGHTS]
    shown = [(paper, state.story) for paper in papers for state in islice(paper.visible(), PAGES_EACH)]
    return [(site(paper).answer(paper.path(story)).render(), paper.address(story)) for paper, story in shown]


def public_pages(number: int) -> list[Page]:
    """Some of the public news pages kept beside the project that the plain layout reads; none where they are not."""
    found = []
    for truth in sorted(CORPORA.glob("*/truth.jsonl")):
        for told in map(json.loads, truth.read_text("utf-8").split("\n")[:-1]):
            page = gzip.decompress((truth.parent / "pages" / f"{told['id']}.html.gz").read_bytes())
            if SMALLEST <= len(page) <= LARGEST:
                reading = read(page, told["url"], (PlainPage,))
                if isinstance(reading, Article) and reading.reader == PlainPage.reader() and len(reading.body) > LONG:
                    found.append((page, told["url"]))
    return found[:: max(1, len(found) // number)][:number]


def readers(layout: type[ArticlePage]) -> dict[str, Reader]:
    """Our own readers and trafilatura, then the peers that are installed."""
    from trafilatura import bare_extraction, extract

    known: dict[str, Reader] = {
        BARE: lambda page, _: html.document_fromstring(page),
        LAYOUT: lambda page, url: read(page, url, (layout,)),
        GENERIC: read,
        "trafilatura, text only": lambda page, url: extract(page, url=url),
        TRAFILATURA: lambda page, url: bare_extraction(page, url=url, with_metadata=True),
    }
    for name, make in (("readability-lxml", readability), ("newspaper4k", newspaper), ("news-please", newsplease)):
        try:
            known[f"{name} {metadata.version(name)}"] = make()
        except (ImportError, metadata.PackageNotFoundError):
            print(f"left out: {name} is not installed (`make peers`)")
    return known


def readability() -> Reader:
    from readability import Document

    return lambda page, url: Document(page.decode("utf-8", "replace"), url=url).summary()


def newspaper() -> Reader:
    from newspaper import Article

    def parse(page: bytes, url: str) -> object:
        article = Article(url, fetch_images=False)
        article.download(input_html=page.decode("utf-8", "replace"))
        return article.parse()

    return parse


def newsplease() -> Reader:
    from newsplease import NewsPlease

    return lambda page, url: NewsPlease.from_html(page.decode("utf-8", "replace"), url=url, fetch_images=False)


def measure(pages: Sequence[Page], known: dict[str, Reader], rounds: int) -> dict[str, float]:
    """CPU milliseconds a page by reader."""
    totals = dict.fromkeys(known, 0.0)
    for page, url in pages:
        for name, reader in known.items():
            totals[name] += best(partial(reader, page, url), rounds)
    return {name: total / len(pages) * 1000 for name, total in totals.items()}


def best(call: Callable[[], object], rounds: int) -> float:
    """CPU seconds of the best call; quick ones are called more often. A call that fails counts all the same."""
    taken: list[float] = []
    while len(taken) < rounds or sum(taken) < LEAST_SECONDS:
        start = time.process_time()
        with contextlib.suppress(Exception):
            call()
        taken.append(time.process_time() - start)
    return min(taken)


def report(title: str, pages: Sequence[Page], taken: dict[str, float]) -> None:
    """Print one table, milliseconds and how many times the bare parse, and what the layout is to keep to."""
    sizes = sorted(len(page) // 1000 for page, _ in pages)
    print(f"\n{title}: {len(pages)} pages of {sizes[0]}–{sizes[-1]} kB")
    print(f"{'reader':32} {'ms a page':>10} {'× bare parse':>13}")
    for name, milliseconds in taken.items():
        print(f"{name:32} {milliseconds:10.2f} {milliseconds / taken[BARE]:13.1f}")
    print(f"known layout: {taken[LAYOUT] / taken[BARE]:.1f} × the bare parse (at most {MOST_OF_PARSE})")
    print(f"trafilatura: {taken[TRAFILATURA] / taken[LAYOUT]:.1f} × the known layout (at least {LEAST_OF_TRAFILATURA})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--public", type=int, default=20, help="How many of the public pages.")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    socket.socket.connect = refuse  # type: ignore[assignment, method-assign]
    versions = (f"{name} {metadata.version(name)}" for name in ("lxml", "trafilatura"))
    print(f"Python {platform.python_version()}, {', '.join(versions)}")
    pages = demo_pages()
    report("Demo newspaper, ONECMS", pages, measure(pages, readers(OneCmsPage), chosen.rounds))
    if public := public_pages(chosen.public):
        report("Public news pages", public, measure(public, readers(PlainPage), chosen.rounds))


def refuse(*_: object) -> None:
    """Stand in for socket.connect: a reader that would fetch something is told no."""
    raise OSError("no network in a benchmark")


if __name__ == "__main__":
    main()
