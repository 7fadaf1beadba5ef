"""Measures the search page's own query path over a large archive: `make bench-search`.

Every class of query plain, with facets, with a date range, with a newspaper and best first, in CPU milliseconds of
this process, its expressions compiled anew each time; beside it what stock Datasette asks for the same words
(`_search`: a join with `articles_fts`, newest first, and the number of hits). The archive is built once.
"""

from __future__ import annotations

import argparse
import gc
import random
import re
import resource
import sqlite3
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import corpus

from archive import engine, patterns, search
from archive.query import words
from archive.results import Wanted
from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

STOCK_LIMIT_MS = 3_000
STOCK_QUERIES = 8
SEED = 7


@dataclass(frozen=True)
class Words:
    """Words of the corpus by how frequent they are, and a source of phrases that it holds."""

    folded: list[str]
    marked: list[str]
    rare: list[str]
    texts: list[list[str]]
    draw: random.Random

    def common(self) -> str:
        """Return one of the 30 most frequent syllables."""
        return self.draw.choice(self.folded[:30])

    def middling(self) -> str:
        """Return a syllable of middling frequency."""
        return self.draw.choice(self.folded[100:500])

    def seldom(self) -> str:
        """Return an infrequent syllable."""
        return self.draw.choice(self.folded[500:1500])

    def phrase(self, number: int) -> list[str]:
        """Return so many neighbours out of a text, as written."""
        text = self.draw.choice(self.texts)
        start = self.draw.randrange(len(text) - number)
        return text[start : start + number]

    def twin(self, word: str) -> str:
        """Return another marked syllable that folds to the same."""
        twins = [other for other in self.marked if fold(other) == fold(word) and other != word]
        return self.draw.choice(twins or [word])


def gather(conn: sqlite3.Connection) -> Words:
    """Read a sample of the corpus."""
    draw = random.Random(SEED)  # noqa: S311 — a benchmark
    last = conn.execute("SELECT max(id) FROM articles").fetchone()[0]
    ids = [draw.randint(1, last) for _ in range(400)]
    rows = (
        conn.execute("SELECT body FROM articles WHERE id = ? AND language = 'vi'", (id_,)).fetchone() for id_ in ids
    )
    texts = [list(words(row[0].lower())) for row in rows if row]
    marked = Counter(word for text in texts for word in text)
    folded = Counter(fold(word) for text in texts for word in text)
    known = set(corpus.syllables("vi-*.jsonl"))
    rare = [word for word in marked if word not in known and word.isascii()]
    common = [word for word, _ in folded.most_common() if word not in rare]
    return Words(common, [word for word, _ in marked.most_common() if word in known], rare, texts, draw)


def quoted(phrase: list[str]) -> str:
    """Write a phrase as a reader types it."""
    return f'"{" ".join(phrase)}"'


def plain(phrase: list[str]) -> list[str]:
    """Return the words without marks."""
    return [fold(word) for word in phrase]


CLASSES: Mapping[str, Callable[[Words], str]] = {
    "rare word": lambda w: w.draw.choice(w.rare),
    "common word": lambda w: w.common(),
    "two common": lambda w: f"{w.common()} {w.common()}",
    "three mixed": lambda w: f"{w.common()} {w.middling()} {w.seldom()}",
    "2 neighbours, unquoted": lambda w: " ".join(plain(w.phrase(2))),
    "3 neighbours with marks, unquoted": lambda w: " ".join(w.phrase(3)),
    "2-syllable phrase": lambda w: quoted(plain(w.phrase(2))),
    "4-word phrase": lambda w: quoted(plain(w.phrase(4))),
    "rare phrase of common syllables": lambda w: quoted([w.common() for _ in range(3)]),
    "common -common": lambda w: f"{w.common()} -{w.common()}",
    "middling -top 5": lambda w: f"{w.middling()} " + " ".join(f"-{word}" for word in w.folded[:5]),
    "prefix of 2 or 3 letters": lambda w: f"{(w.middling() + 'an')[: w.draw.choice((2, 3))]}*",
    "prefix of 4 letters and more": lambda w: f"{w.draw.choice(w.rare)[:4]}*",
    "prefix of 1 letter": lambda w: f"{w.common()[0]}*",
    "OR": lambda w: f"{w.common()} OR {w.middling()}",
    "marked word": lambda w: w.draw.choice(w.marked[:600]),
    "marked phrase": lambda w: quoted(w.phrase(w.draw.choice((2, 3)))),
    "marked phrase, exact form rare or absent": lambda w: quoted([w.twin(word) for word in w.phrase(2)]),
    "no hit, 3-4 syllables": lambda w: quoted([w.seldom() for _ in range(w.draw.choice((3, 4)))]),
    "one slip of the keyboard": lambda w: f"{w.middling()} {w.middling()}qx",
    "nothing but -common": lambda w: f"-{w.common()}",
    "hostile: 8 common terms": lambda w: " ".join(w.folded[:8]),
    "hostile: 6-word phrase of top syllables": lambda w: quoted([w.draw.choice(w.folded[:8]) for _ in range(6)]),
    "hostile: 64 words": lambda w: " ".join(w.draw.choice(w.folded[:300]) for _ in range(64)),
    "nothing but the page": lambda _: "",
}


MODES = ("plain", "facets", "dates", "source", "best")


def modes(text: str, draw: random.Random) -> Iterator[tuple[str, Wanted, bool]]:
    """Yield a query plain, with facets, with a range of days, with a newspaper, and the best first."""
    wanted = Wanted(q=text)
    until = corpus.LAST_DAY - timedelta(days=draw.randrange(3_000))
    yield "plain", wanted, False
    yield "facets", wanted, True
    yield "dates", wanted.but(since=until - timedelta(days=draw.choice((30, 365))), until=until), True
    yield "source", wanted.but(source=f"paper{draw.randint(1, corpus.SOURCES):02}"), True
    yield "best", wanted.but(order="best"), True


STOCK = """
SELECT {} FROM articles
WHERE search_key IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?) {}
"""
PAGE, COUNT = STOCK.format("*", "ORDER BY search_key DESC LIMIT 51"), STOCK.format("count(*)", "")


def stock(conn: sqlite3.Connection, text: str) -> None:
    """Ask what stock Datasette asks for a table with `_search`; stopped after three seconds."""
    expression = search.match(text)
    if expression is None:
        return
    until = time.process_time() + STOCK_LIMIT_MS / 1_000
    conn.set_progress_handler(lambda: time.process_time() > until, 10_000)
    try:
        for sql in (PAGE, COUNT):
            conn.execute(sql, (expression,)).fetchall()
    except sqlite3.OperationalError as error:
        if error.args != ("interrupted",):
            raise
    finally:
        conn.set_progress_handler(None, 0)


def figures(times: list[float]) -> str:
    """Write p50, p95 and max."""
    if not times:
        return "–"
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"{statistics.median(ordered):.0f}/{p95:.0f}/{ordered[-1]:.0f}"


def measure_class(conn: sqlite3.Connection, known: Words, texts: list[str], stock_queries: int) -> str:
    """Return a line of the table: each mode, the searches that were cut off, and stock Datasette."""
    times: defaultdict[str, list[float]] = defaultdict(list)
    partial = 0
    for text in texts:
        for mode, wanted, facets in modes(text, known.draw):
            engine.answer(conn, wanted, facets=facets)  # what it reads is then in the cache of the system
            re.purge()
            patterns._word.cache_clear()  # its words nobody asked for before
            before = time.process_time()
            found = engine.answer(conn, wanted, facets=facets)
            times[mode].append((time.process_time() - before) * 1_000)
            partial += found.partial
    for text in texts[:stock_queries]:
        stock(conn, text)
        before = time.process_time()
        stock(conn, text)
        times["stock"].append((time.process_time() - before) * 1_000)
    cells = [figures(times[mode]) for mode in MODES]
    return f"{' | '.join(cells)} | {partial} of {len(MODES) * len(texts)} | {figures(times['stock'])}"


def measure(conn: sqlite3.Connection, number: int, only: str, stock_queries: int) -> None:
    """Print the table."""
    known = gather(conn)
    print(f"CPU ms p50/p95/max of {number} queries a class, of {stock_queries} for stock Datasette")
    print(f"| class | {' | '.join(MODES)} | cut off | stock |\n|{'---|' * (len(MODES) + 3)}")
    for name, make in CLASSES.items():
        texts = [make(known) for _ in range(number)]
        if only in name:
            print(f"| {name} | {measure_class(conn, known, texts, stock_queries)} |", flush=True)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
    print(f"largest memory of this process: {used:.0f} MB")


def main() -> None:
    """Build the archive where there is none, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path, help="the archive, built when it is missing")
    parser.add_argument("--articles", type=int, default=1_000_000, help="articles to build it with")
    parser.add_argument("--queries", type=int, default=40, help="queries a class")
    parser.add_argument("--only", default="", help="classes whose name holds this")
    parser.add_argument("--no-stock", action="store_true", help="leave stock Datasette out, which takes seconds")
    options = parser.parse_args()
    if not options.archive.exists():
        corpus.build(options.archive, options.articles)
    gc.collect()
    gc.freeze()  # as the server does: a full collection would be charged to whatever search it falls into
    conn = sqlite3.connect(f"file:{options.archive.resolve()}?mode=ro", uri=True, isolation_level=None)
    measure(conn, options.queries, options.only, 0 if options.no_stock else STOCK_QUERIES)


if __name__ == "__main__":
    main()
