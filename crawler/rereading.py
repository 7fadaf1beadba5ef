"""The last bytes of every article, read again by the present readers: what they would change, and changing it."""

from __future__ import annotations

import os
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from archive import warc
from archive.encodings import UndecodableError, decoded
from archive.items import Article
from archive.pool import processes
from archive.reading import prepare
from archive.runs import as_capture
from archive.schema import ArchiveError, open_read_only
from archive.store import Store
from archive.warc_form import header
from crawler.judge import Answer, Judge
from crawler.pages import GenericPage
from crawler.replay import sources

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

COMPARED = (
    "title", "lead", "body", "published_at", "modified_at", "authors", "section", "tags", "language", "image_url",
    "images", "comment_count", "source_url", "reader",
)  # fmt: skip
BATCH = 100
AHEAD = 4
"""Parts a process that are read before they are taken."""
LAST_ID = 2**63 - 1
LAST = """SELECT articles.*, revisions.capture_id AS last_capture FROM articles
    JOIN revisions ON revisions.article_id = articles.id
    WHERE withdrawn_at IS NULL AND articles.id > ? AND articles.id <= ?
      AND number = (SELECT max(number) FROM revisions WHERE article_id = articles.id)
    ORDER BY articles.id"""
IS_WITHDRAWN = "SELECT withdrawn_at IS NOT NULL FROM articles WHERE id = ?"
ENDS = "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM articles) WHERE place % ? = 0"


@dataclass(frozen=True, slots=True)
class Rereading:
    """One article that another reader reads otherwise: its key, both readers, and the fields that differ."""

    url: str
    before: str
    after: str
    fields: tuple[str, ...]


@dataclass(slots=True)
class Found:
    """What a part of the articles came to: those that are read otherwise, and those (url, reason) that are lost."""

    changes: list[tuple[Rereading, Article]] = field(default_factory=list)
    lost: list[tuple[str, str]] = field(default_factory=list)


class Nobody:
    """An archive that knows no article: the bytes are judged as if they had just come."""

    def is_known(self, url: str) -> bool:  # noqa: ARG002 - asked by the judge
        """Nothing is known."""
        return False

    def is_recorded(self, url: str) -> bool:  # noqa: ARG002 - asked by the judge
        """No address is."""
        return False

    def reader_of(self, url: str) -> str | None:  # noqa: ARG002 - asked by the judge
        """Nothing was read."""
        return None

    def is_read_from(self, url: str, place: tuple[str, int]) -> bool:  # noqa: ARG002 - asked by the judge
        """Nothing was read."""
        return False


def reread(
    database: Path, data: Path, *, apply: bool, lost: Callable[[str, str], None] = lambda *_: None
) -> list[Rereading]:
    """What the present readers make otherwise of the articles' last bytes; with `apply` it is saved.

    Only articles that another reader (or another version) read last are looked at, by all cores. Saved readings
    are revisions of kind `reader`, saved as they come: killed, it goes on where it was when it is run again.
    `lost` is told of articles (url, reason) whose bytes cannot be read. Raises ArchiveError.
    """
    changes: list[Rereading] = []
    with closing(open_read_only(database)) as conn:
        ends = [row[0] for row in conn.execute(ENDS, (BATCH,))]
    for found in _parts(partial(read_part, database, data), list(zip([0, *ends], [*ends, LAST_ID], strict=True))):
        for address, reason in found.lost:
            lost(address, reason)
        changes += [change for change, _ in found.changes]
        if apply and found.changes:
            _save(database, [article for _, article in found.changes])
    return changes


def _parts(work: Callable[[tuple[int, int]], Found], spans: list[tuple[int, int]]) -> Iterator[Found]:
    """Read the spans of articles in their order, some ahead of the one that is taken."""
    if len(spans) == 1:
        yield work(spans[0])
        return
    jobs = os.cpu_count() or 1
    with processes(jobs) as pool:
        waiting: deque[Future[Found]] = deque()
        for span in spans:
            waiting.append(pool.submit(work, span))
            if len(waiting) > AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _save(database: Path, articles: list[Article]) -> None:
    with Store(database) as store:
        run_id = store.conn.execute("SELECT max(id) FROM runs").fetchone()[0]
        store.save(run_id, [], articles)


def read_part(database: Path, data: Path, span: tuple[int, int]) -> Found:
    """Read the articles of a span (after one id, up to another) again; runs in a process of its own."""
    found = Found()
    with closing(open_read_only(database)) as conn:
        for row in conn.execute(LAST, span).fetchall():
            change = _changed(conn, data, row, found.lost)
            found.changes += [change] if change is not None else []
    return found


def _changed(
    conn: sqlite3.Connection, data: Path, row: sqlite3.Row, lost: list[tuple[str, str]]
) -> tuple[Rereading, Article] | None:
    spider = sources().get(row["source"])
    capture_row = conn.execute("SELECT * FROM captures WHERE id = ?", (row["last_capture"],)).fetchone()
    if spider is None or capture_row is None:
        lost.append((row["url"], "its source has no spider" if spider is None else "no capture is recorded"))
        return None
    capture = as_capture(conn, capture_row)
    file, offset = capture.revisit_of or (capture.file, capture.offset)
    try:
        record = warc.read(data, file, offset)
        body = decoded(record.headers, record.body)
    except (ArchiveError, UndecodableError) as error:
        if not conn.execute(IS_WITHDRAWN, (row["id"],)).fetchone()[0]:  # else it has just been taken out
            lost.append((row["url"], str(error)))
        return None
    layouts = (*spider.layouts, GenericPage)
    judge = Judge(spider.name, spider.as_source().domains, layouts, Nobody(), lambda _: None)
    answer = Answer(row["url"], capture.url, record.status, capture, body, header(record.headers, "content-type"))
    item = judge.conclude(answer, judge.read(answer))
    if not isinstance(item, Article) or item.reader == row["reader"]:
        return None
    columns: dict[str, Any] = dict(prepare(item).columns)
    if row["comment_count"] is not None:  # a later look or a feed may have said it: the older bytes are no rival
        columns.pop("comment_count", None)
    fields = tuple(name for name in COMPARED if name in columns and columns[name] != row[name])
    return Rereading(row["url"], row["reader"], item.reader, fields), replace(item, url=row["url"])
