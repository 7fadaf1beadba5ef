"""A seeded archive of any size for measurements: syllables of real Vietnamese, drawn by Zipf's law."""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import keys, tokens
from archive.key_tables import KEPT, key_triggers
from archive.query import words
from archive.schema import connect, folded_columns, migrate, search_triggers
from archive.search_key import PER_SOURCE
from archive.text import fold, needs_fold, nfc

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

CONTENT = Path(__file__).parents[2] / "crawler" / "demo" / "content"
SEED = 34
LAST_DAY = date(2026, 8, 31)
YEARS = 10
SOURCES = 34
TITLE, LEAD, BODY = 10, 30, 525
RARE_SHARE, RARE_WORDS = 0.004, 60_000
ARABIC_SHARE, EDITED_SHARE, GONE_SHARE, COMMENTED_SHARE = 0.005, 0.05, 0.005, 0.15
SECTIONS = (
    "Thời sự", "Kinh tế", "Xã hội", "Văn hóa", "Du lịch", "Y tế", "Giáo dục", "Thể thao", "Nông nghiệp",
    "Môi trường", "Pháp luật", "Quốc tế",
)  # fmt: skip
TRIGGER = re.compile(r"CREATE TRIGGER (\w+)")
BULK = 2_000
TEXTS = 100_000


class Zipf:
    """Draws from words by Zipf's law (rank + 2, exponent 1), the first ones most often."""

    def __init__(self, population: Sequence[str], draw: random.Random) -> None:
        self.population = population
        self.weights = list(accumulate(1 / (rank + 2) for rank in range(len(population))))
        self.draw = draw

    def some(self, number: int) -> list[str]:
        """Draw so many, with repetition."""
        return self.draw.choices(self.population, cum_weights=self.weights, k=number)


def syllables(pattern: str) -> list[str]:
    """Return the words of the demo's stories, the most frequent first."""
    counts: Counter[str] = Counter()
    for path in sorted(CONTENT.glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            story = json.loads(line)
            text = " ".join((story["title"], story.get("lead") or "", *story["paragraphs"]))
            counts.update(word for word in words(nfc(text).lower()) if not word.isdigit())
    return [word for word, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


class Press:
    """Writes articles that never were: the same ones for the same seed and number.

    Up to 100,000 texts are written; a larger archive prints them again, each time with its own day, newspaper,
    section, authors and tags.
    """

    def __init__(self, number: int, seed: int = SEED) -> None:
        self.number = number
        self.draw = draw = random.Random(seed)  # noqa: S311 — a benchmark
        self.common = Zipf(syllables("vi-*.jsonl"), draw)
        self.rare = Zipf([self._rare() for _ in range(RARE_WORDS)], draw)
        self.arabic = Zipf(syllables("arabic.jsonl"), draw)
        self.sections = Zipf(SECTIONS, draw)
        self.authors = Zipf([" ".join(self.common.some(3)).title() for _ in range(400)], draw)
        self.tags = Zipf([" ".join(self.common.some(2)) for _ in range(3_000)], draw)
        self.sources = Zipf([f"paper{number:02}" for number in range(1, SOURCES + 1)], draw)
        self.texts: list[dict[str, Any]] = []

    def _rare(self) -> str:
        letters = ("bcdghklmnpqrstvxz", "aeiouy")
        return "".join(self.draw.choice(letters[place % 2]) for place in range(self.draw.randint(5, 9)))

    def _words(self, number: int, among: Zipf) -> str:
        drawn = among.some(number)
        if among is self.common:
            for _ in range(round(number * RARE_SHARE + self.draw.random() - 0.5)):
                drawn[self.draw.randrange(number)] = self.rare.some(1)[0]
        sentences = (drawn[start : start + 18] for start in range(0, number, 18))
        written = [" ".join(sentence).capitalize() + "." for sentence in sentences]
        return "\n\n".join(" ".join(written[start : start + 5]) for start in range(0, len(written), 5))

    def text(self, place: int) -> dict[str, Any]:
        """Return one of the texts, writing it when it is wanted first."""
        if place == len(self.texts):
            arabic = self.draw.random() < ARABIC_SHARE
            among = self.arabic if arabic else self.common
            parts = {"title": self._words(TITLE, among).rstrip("."), "lead": self._words(LEAD, among)}
            parts["body"] = self._words(BODY, among)
            folds = {f"{name}_fold": fold(text) if needs_fold(text) else None for name, text in parts.items()}
            self.texts.append({**parts, **folds, "language": "ar" if arabic else "vi"})
        return self.texts[place]

    def article(self, id_: int, day: date) -> dict[str, Any]:
        """Write one article of a day, as a row of the table `articles` (and whether it was `edited`)."""
        draw, source = self.draw, self.sources.some(1)[0]
        seen = f"{day}T{draw.randrange(24):02}:{draw.randrange(60):02}:00+00:00"
        return {
            "id": id_,
            "search_key": keys.key_of(day) + int(source[-2:]) * PER_SOURCE + id_ % PER_SOURCE,
            "source": source,
            "url": f"https://{source}.example/bai-{id_}.html",
            **self.text((id_ - 1) % min(self.number, TEXTS)),
            "published_at": f"{day}T12:00:00+07:00",
            "authors": json.dumps(self.authors.some(draw.choice((0, 1, 1, 1, 2))), ensure_ascii=False),
            "section": self.sections.some(1)[0],
            "tags": json.dumps(sorted(set(self.tags.some(3))), ensure_ascii=False),
            "comment_count": draw.randint(1, 90) if draw.random() < COMMENTED_SHARE else draw.choice((None, 0)),
            "reader": "onecms/1",
            "gone_at": seen if draw.random() < GONE_SHARE else None,
            "edited": draw.random() < EDITED_SHARE,
        } | dict.fromkeys(("first_seen", "last_seen", "last_changed"), seen)

    def days(self) -> Iterator[list[dict[str, Any]]]:
        """Write all articles over ten years, oldest first, the same number every day, in order of their keys."""
        total = YEARS * 365
        ids = iter(range(1, self.number + 1))
        for place in range(total):
            day = LAST_DAY - timedelta(days=total - 1 - place)
            number = self.number * (place + 1) // total - self.number * place // total
            yield sorted((self.article(next(ids), day) for _ in range(number)), key=itemgetter("search_key"))


REVISION = """
INSERT INTO revisions (article_id, number, kind, seen_at, reader, digest, title, body)
VALUES (:id, :number, :kind, :first_seen, 'onecms/1', '', :title, '')
"""


def write_articles(conn: sqlite3.Connection, batch: list[dict[str, Any]]) -> None:
    """Write articles in order of their keys, their revisions, and `articles_fts` without its triggers."""
    names = [name for name in batch[0] if name != "edited"]
    values = ", ".join(f":{name}" for name in names)
    conn.executemany(f"INSERT INTO articles ({', '.join(names)}) VALUES ({values})", batch)  # noqa: S608 — names
    index = (
        f"INSERT INTO articles_fts(rowid, title, lead, body) SELECT search_key, {folded_columns('articles')} "  # noqa: S608
        "FROM articles WHERE search_key BETWEEN ? AND ? ORDER BY search_key"
    )
    conn.execute(index, (batch[0]["search_key"], batch[-1]["search_key"]))
    for number, kind in ((1, "first"), (2, "content")):
        conn.executemany(REVISION, [{**row, "number": number, "kind": kind} for row in batch if row["edited"]])


class KeyWriter:
    """Writes the key tables of a corpus without `keys_pending`; each text is taken apart once."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self.known: dict[str, str] = {}
        keys.claim(conn)

    def write(self, batch: list[dict[str, Any]]) -> None:
        """Index articles, which come in order of their keys."""
        writer = keys.Writer(self.conn)
        for row in batch:
            kept = tokens.Kept(*(row[name] for name in KEPT))
            if kept.body not in self.known:
                self.known[kept.body] = " ".join(tokens.of_texts(kept.title, kept.lead, kept.body))
            held = {"gone": row["gone_at"], "comments": row["comment_count"], "edited": row["edited"]}
            states = {tokens.state(state) for state in tokens.STATES if held[state]}
            writer.add(row["search_key"], [self.known[kept.body], *tokens.of_facts(row["search_key"], kept), *states])
            writer.days[keys.day_of(row["search_key"])] += 1
        writer.count_days()


def prepare(path: Path) -> sqlite3.Connection:
    """Open a new archive for a bulk load: sources, no triggers, no journal."""
    path.unlink(missing_ok=True)
    conn = connect(path)
    migrate(conn)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "foreign_keys = OFF"):
        conn.execute(f"PRAGMA {pragma}")
    for name in TRIGGER.findall(search_triggers() + key_triggers()):
        conn.execute(f"DROP TRIGGER {name}")
    for number in range(1, SOURCES + 1):
        row = (f"paper{number:02}", number, f"Báo số {number}", f"Tỉnh {number % 20}")
        conn.execute("INSERT INTO sources (name, number, title, province) VALUES (?, ?, ?, ?)", row)
    return conn


def batches(press: Press) -> Iterator[list[dict[str, Any]]]:
    """Yield the days of a corpus, a few together."""
    batch: list[dict[str, Any]] = []
    for day in press.days():
        batch += day
        if len(batch) >= BULK:
            yield batch
            print(f"{batch[-1]['id']:,} of {press.number:,}", file=sys.stderr)
            batch = []
    if batch:
        yield batch


def build(path: Path, number: int, *, seed: int = SEED) -> None:
    """Make an archive of so many articles in bulk; one that is interrupted is built anew."""
    making = path.with_suffix(".part")
    with closing(prepare(making)) as conn:
        key_writer = KeyWriter(conn)
        for batch in batches(Press(number, seed)):
            conn.execute("BEGIN")
            write_articles(conn, batch)
            key_writer.write(batch)
            conn.execute("COMMIT")
        conn.executescript(search_triggers() + key_triggers())
        conn.execute("PRAGMA journal_mode = WAL")
    making.rename(path)


if __name__ == "__main__":
    build(Path(sys.argv[1]), int(sys.argv[2]))
