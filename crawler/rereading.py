"""The last bytes of every article, read again by the present readers: what they would change, and changing it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archive import warc
from archive.encodings import UndecodableError, decoded
from archive.items import Article
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
    from pathlib import Path

COMPARED = (
    "title", "lead", "body", "published_at", "modified_at", "authors", "section", "tags", "language", "image_url",
    "images", "comment_count", "source_url", "reader",
)  # fmt: skip
BATCH = 100
LAST = """SELECT articles.*, revisions.capture_id AS last_capture FROM articles
    JOIN revisions ON revisions.article_id = articles.id
    WHERE withdrawn_at IS NULL AND articles.id > ?
      AND number = (SELECT max(number) FROM revisions WHERE article_id = articles.id)
    ORDER BY articles.id LIMIT ?"""


@dataclass(frozen=True, slots=True)
class Rereading:
    """One article that another reader reads otherwise: its key, both readers, and the fields that differ."""

    url: str
    before: str
    after: str
    fields: tuple[str, ...]
    article: Article


class Nobody:
    """An archive that knows no article: the bytes are judged as if they had just come."""

    def is_known(self, url: str) -> bool:  # noqa: ARG002 - asked by the judge
        """Nothing is known."""
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

    Only articles that another reader (or another version) read last are looked at. Saved readings are
    revisions of kind `reader`. `lost` is told of articles (url, reason) whose bytes cannot be read. Raises
    ArchiveError.
    """
    found: list[Rereading] = []
    with closing(open_read_only(database)) as conn:
        for row in rows(conn):
            change = _changed(conn, data, row, lost)
            found.extend([change] if change is not None else [])
    if apply and found:
        with Store(database) as store:
            for start in range(0, len(found), BATCH):
                articles = [change.article for change in found[start : start + BATCH]]
                run_id = store.conn.execute("SELECT max(id) FROM runs").fetchone()[0]
                store.save(run_id, [], articles)
    return found


def rows(conn: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    """Every article with its last capture, some at a time."""
    last = 0
    while page := conn.execute(LAST, (last, BATCH)).fetchall():
        yield from page
        last = page[-1]["id"]


def _changed(
    conn: sqlite3.Connection, data: Path, row: sqlite3.Row, lost: Callable[[str, str], None]
) -> Rereading | None:
    spider = sources().get(row["source"])
    capture_row = conn.execute("SELECT * FROM captures WHERE id = ?", (row["last_capture"],)).fetchone()
    if spider is None or capture_row is None:
        lost(row["url"], "its source has no spider" if spider is None else "no capture is recorded")
        return None
    capture = as_capture(conn, capture_row)
    file, offset = capture.revisit_of or (capture.file, capture.offset)
    try:
        record = warc.read(data, file, offset)
        body = decoded(record.headers, record.body)
    except (ArchiveError, UndecodableError) as error:
        lost(row["url"], str(error))
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
    return Rereading(row["url"], row["reader"], item.reader, fields, replace(item, url=row["url"]))
