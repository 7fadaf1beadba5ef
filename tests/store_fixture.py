"""Captures and items for tests of the archive: a press of our own, on an hour-by-hour clock."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from archive.items import Article, Capture, FeedEntry, Gone, Source, Unchanged

if TYPE_CHECKING:
    import sqlite3

PAPER = Source("baosuoicat", 900, "Báo Suối Cát", "Suối Cát", ("baosuoicat.example",), "onecms")
ICT = timezone(timedelta(hours=7))
START = datetime(2026, 9, 1, 2, tzinfo=UTC)
URL = "https://baosuoicat.example/cau-moi-qua-suoi-cat-100001.html"
TITLE = "Cầu mới qua Suối Cát thông xe trước mùa lũ"
LEAD = "Chín mươi hộ dân bản Láng không còn phải đi vòng mười hai cây số."
BODY = "Sáng 1/9, cầu Suối Cát thông xe.\n\nCầu dài 84 mét, tổng vốn 3,9 tỷ đồng.\n\nBà con Đá Đen rất mừng."
TABLES = ("sources", "runs", "captures", "articles", "aliases", "revisions", "comment_counts", "links")


def at(hours: float) -> datetime:
    """The clock of the tests, `hours` after its start."""
    return START + timedelta(hours=hours)


def capture(hours: float, url: str = URL, body: str = "", **fields: Any) -> Capture:
    """A capture made at that hour; its place and digest follow from time, address and body."""
    digest = hashlib.sha256(f"{url} {body or hours}".encode()).hexdigest()
    place = int(hours * 3_600) * 1_000 + int(hashlib.sha256(url.encode()).hexdigest(), 16) % 1_000
    made = Capture(
        url=url, fetched_from=url, fetched_at=at(hours), status=200, headers=(("ETag", '"1"'),),
        file="warc/baosuoicat/1.warc.gz", offset=place, length=900, digest=digest, etag='"1"',
    )  # fmt: skip
    return replace(made, **fields)


def article(hours: float, url: str = URL, **fields: Any) -> Article:
    """A reading of our article, captured at that hour."""
    made = Article(
        url=url, title=TITLE, lead=LEAD, body=BODY, published_at=datetime(2026, 9, 1, 8, 30, tzinfo=ICT),
        authors=("Nguyễn Hà",), section="Thời sự", tags=("cầu", "giao thông"), language="vi",
        reader="onecms/1", field_sources={"title": "selector"}, source=PAPER.name, capture=capture(hours, url),
    )  # fmt: skip
    return replace(made, **fields)


def unchanged(hours: float, url: str = URL) -> Unchanged:
    """The paper said "not modified" at that hour."""
    return Unchanged(PAPER.name, url, capture(hours, url, status=304, digest=None))


def gone(hours: float, url: str = URL) -> Gone:
    """The paper said 404 at that hour."""
    return Gone(PAPER.name, url, "404", capture(hours, url, status=404))


def feed_entry(hours: float, count: int, url: str = URL) -> FeedEntry:
    """A feed said at that hour how many comments the article has."""
    return FeedEntry(PAPER.name, url, count, capture(hours, "https://baosuoicat.example/rss/home.rss"))


def dump(conn: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as it is."""
    queries = {table: f"SELECT * FROM {table} ORDER BY 1, 2" for table in TABLES}  # noqa: S608 — our names
    return {table: [tuple(row) for row in conn.execute(query)] for table, query in queries.items()}


EQUAL_FORM = {
    "articles": """SELECT url, search_key / 1000000, source, title, lead, body, published_at, authors, section,
        comment_count, reader, field_sources, first_seen, last_seen, last_changed, next_check_at, missing_since,
        gone_at FROM articles""",
    "aliases": "SELECT aliases.url, articles.url FROM aliases JOIN articles ON articles.id = article_id",
    "captures": "SELECT url, fetched_at, status, digest, etag, headers, length FROM captures",
    "revisions": """SELECT articles.url, number, kind, seen_at, revisions.reader, revisions.digest,
        revisions.title, revisions.lead, revisions.body, changes, captures.url, fetched_at, captures.digest
        FROM revisions JOIN articles ON articles.id = article_id
        LEFT JOIN captures ON captures.id = capture_id""",
    "comment_counts": """SELECT articles.url, seen_at, count, captures.url, fetched_at FROM comment_counts
        JOIN articles ON articles.id = article_id LEFT JOIN captures ON captures.id = capture_id""",
}


def equal_form(conn: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """The archive as two equal ones agree on it: joined on the url, without ids, places and run ids."""
    return {name: sorted(map(tuple, conn.execute(query)), key=repr) for name, query in EQUAL_FORM.items()}
