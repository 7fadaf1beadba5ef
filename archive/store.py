"""The archive's one writer: what a run captured and read becomes rows, in one transaction a batch."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Self, TypeAlias

from archive import addresses, keys, rows, runs, schedule
from archive.comments import usable
from archive.items import Article, FeedEntry, Gone
from archive.reading import Reading, prepare
from archive.schema import ArchiveError, connect, migrate, plain_errors, transaction
from archive.times import moment, stamp
from archive.urls import canonical

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from archive.items import Capture, Item, Source
    from archive.rows import Outcome

logger = logging.getLogger(__name__)

Place: TypeAlias = tuple[str, int]

REGISTER = """
INSERT INTO sources (name, number, title, province, domains, family, language)
VALUES (:name, :number, :title, :province, :domains, :family, :language)
ON CONFLICT (name) DO UPDATE SET number = excluded.number, title = excluded.title,
    province = excluded.province, domains = excluded.domains, family = excluded.family,
    language = excluded.language
"""
READ_FROM = """
SELECT captures.* FROM revisions JOIN captures ON captures.id = capture_id
WHERE article_id = ? ORDER BY number DESC LIMIT 1
"""
BYTES_OF = """
SELECT coalesce(first.file, captures.file), coalesce(first."offset", captures."offset")
FROM revisions JOIN captures ON captures.id = capture_id
LEFT JOIN captures AS first ON first.id = captures.revisit_of
WHERE article_id = ? ORDER BY number DESC LIMIT 1
"""


class Store:
    """An archive opened for writing, its schema brought up to this version. Several may write at once.

    `conn` is its connection. Every method raises ArchiveError when the archive is locked for longer than
    30 s, full, read-only, damaged or of a newer schema; what was saved before is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.conn = connect(path)
        try:
            with plain_errors(path):
                migrate(self.conn)
        except BaseException:
            self.conn.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the archive."""
        self.conn.close()

    def register(self, source: Source) -> None:
        """Write or renew the row of a newspaper.

        Raises ArchiveError when its number is another paper's, or has changed although it has articles.
        """
        values = {
            "name": source.name,
            "number": source.number,
            "title": source.title,
            "province": source.province,
            "domains": json.dumps(source.domains),
            "family": source.family,
            "language": source.language,
        }
        with plain_errors(self.path), transaction(self.conn):
            query = "SELECT * FROM sources WHERE name = ? OR number = ?"
            known = {row["name"]: dict(row) for row in self.conn.execute(query, (source.name, source.number))}
            mine = known.pop(source.name, None)
            if known:
                raise ArchiveError(f"{source.name}: number {source.number} is taken by {min(known)}: give it another")
            if mine is not None and mine["number"] != source.number and self._has_articles(source.name):
                raise ArchiveError(f"{source.name}: its articles are filed under number {mine['number']}: keep it")
            if mine != values:
                self.conn.execute(REGISTER, values)

    def open_run(self, source: str, started_at: datetime) -> int:
        """Write the row of a run that begins, and return its id."""
        with plain_errors(self.path):
            return runs.open_run(self.conn, source, started_at)

    def close_run(
        self,
        run_id: int,
        ended_at: datetime | None,
        outcome: str,
        exit_code: int | None,
        counts: Mapping[str, object],
    ) -> None:
        """Write how a run ended."""
        with plain_errors(self.path):
            runs.close_run(self.conn, run_id, ended_at, outcome, exit_code, counts)

    def save(self, run_id: int, captures: Sequence[Capture], items: Sequence[Item]) -> list[Outcome]:
        """Save a batch in one transaction and return the outcome of each item: all of it is kept, or none.

        The bytes of the captures must be on the disk already (`WarcWriter.sync`). The captures of the items
        are saved too. Times are those of the captures; items of one article come in order of time, and one
        that was saved before changes nothing. An item that cannot be saved (no title, no usable address) is
        refused with a warning; its capture stays.
        """
        ready = [_ready(item) for item in items]
        with plain_errors(self.path), transaction(self.conn):
            ids = self._save_captures(run_id, captures, items)
            outcomes = [self._save(item, prepared, ids) for item, prepared in zip(items, ready, strict=True)]
            keys.settle(self.conn)
            return outcomes

    def is_known(self, url: str) -> bool:
        """Tell whether an article is known under this address, in whatever spelling."""
        return self._find(url) is not None

    def is_recorded(self, url: str) -> bool:
        """Tell whether an article is known under just this spelling of its address."""
        with plain_errors(self.path):
            return addresses.is_recorded(self.conn, url)

    def reader_of(self, url: str) -> str | None:
        """Return name and version of what last read the article, None when it is not known."""
        row = self._find(url)
        return None if row is None else str(row["reader"])

    def reader_changed(self, url: str, reader: str) -> Capture | None:
        """Return what the article's last revision was read from, when another reader read it last.

        These bytes are to be read again, and saved as an Article with this capture, before a reading of
        newer bytes is: what differs is then a revision of kind `reader`, not an edit of the paper's. The
        bytes lie at `revisit_of` where that is set, else at (file, offset).
        """
        row = self._find(url)
        if row is None or row["reader"] == reader:
            return None
        with plain_errors(self.path):
            found = self.conn.execute(READ_FROM, (row["id"],)).fetchone()
            return None if found is None else runs.as_capture(self.conn, found)

    def is_read_from(self, url: str, place: Place) -> bool:
        """Tell whether the article's last revision was read from the bytes at `place`, a (file, offset)."""
        row = self._find(url)
        if row is None:
            return False
        with plain_errors(self.path):
            found = self.conn.execute(BYTES_OF, (row["id"],)).fetchone()
        return found is not None and tuple(found) == place

    def latest_capture(self, url: str) -> Capture | None:
        """Return the capture that holds the newest good bytes of the paper's address `url`, None without one.

        Its ETag and Last-Modified are the newest; its file and offset lead to the bytes.
        """
        with plain_errors(self.path):
            row = runs.latest_capture(self.conn, url)
            return None if row is None else runs.with_bytes(self.conn, row)

    def newest(self, urls: Iterable[str]) -> date | None:
        """Return the last day, in the paper's zone, on which any article of these was published; None if unknown."""
        rows = filter(None, map(self._find, urls))
        days = [moment(row["published_at"]).date() for row in rows if row["published_at"] is not None]
        return max(days, default=None)

    def due(self, source: str, now: datetime, limit: int | None = None) -> list[str]:
        """List the addresses of a source's articles that are due for another look (`archive.schedule`)."""
        with plain_errors(self.path):
            return schedule.due(self.conn, source, now, limit)

    def _find(self, url: str) -> sqlite3.Row | None:
        try:
            key = canonical(url)
        except ValueError:
            return None
        with plain_errors(self.path):
            return addresses.find_known(self.conn, key)

    def _has_articles(self, source: str) -> bool:
        query = "SELECT 1 FROM articles WHERE source = ? LIMIT 1"
        return self.conn.execute(query, (source,)).fetchone() is not None

    def _save_captures(self, run_id: int, captures: Iterable[Capture], items: Iterable[Item]) -> dict[Place, int]:
        """Save the rows of captures in the order of their records, so that a revisit follows what it names."""
        own = (item.capture for item in items if item.capture is not None)
        wanted = {(capture.file, capture.offset): capture for capture in (*captures, *own)}
        places = sorted(wanted)
        ids = runs.add_captures(self.conn, run_id, [wanted[place] for place in places])
        return dict(zip(places, ids, strict=True))

    def _save(self, item: Item, ready: Reading | str | None, ids: Mapping[Place, int]) -> Outcome:
        if ready is None or item.capture is None:
            return "refused"
        capture, seen_at = item.capture, stamp(item.capture.fetched_at)
        capture_id = ids[capture.file, capture.offset]
        if isinstance(ready, Reading):
            return rows.save_reading(self.conn, ready, capture_id)
        if isinstance(item, Gone):
            return rows.save_gone(self.conn, ready, seen_at)
        if isinstance(item, FeedEntry):
            return self._save_listed(item, ready, seen_at, capture_id)
        seen = addresses.spellings((item.url, capture.url))
        return rows.save_unchanged(self.conn, ready, seen, seen_at)

    def _save_listed(self, item: FeedEntry, key: str, seen_at: str, capture_id: int) -> Outcome:
        if item.comment_count is not None:
            count = usable(item.comment_count)
            return "refused" if count is None else rows.save_count(self.conn, key, count, seen_at, capture_id)
        row = addresses.find_known(self.conn, key)
        if row is None or row["withdrawn_at"] is not None:
            return "unknown" if row is None else "withdrawn"
        return addresses.note(self.conn, row["id"], key, item.url)


def _ready(item: Item) -> Reading | str | None:
    """Do what needs no archive before the write lock is taken; None when the item cannot be saved."""
    try:
        return prepare(item) if isinstance(item, Article) else canonical(item.url)
    except ValueError as error:
        logger.warning("refused: %s: %s", item.url, error)
        return None
