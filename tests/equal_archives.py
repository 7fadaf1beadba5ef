"""Whether two archives are equal: the same rows joined on the article's url, whatever their ids and places are."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

QUERIES = {
    "sources": "SELECT * FROM sources",
    "articles": "SELECT articles.*, search_key / 1000000 AS day_and_source FROM articles",
    "aliases": "SELECT aliases.url AS alias, articles.url FROM aliases JOIN articles ON articles.id = article_id",
    "revisions": """SELECT revisions.*, articles.url AS of, captures.url AS captured, captures.fetched_at AS at
        FROM revisions JOIN articles ON articles.id = article_id LEFT JOIN captures ON captures.id = capture_id""",
    "comment_counts": """SELECT comment_counts.*, articles.url AS of FROM comment_counts
        JOIN articles ON articles.id = article_id""",
    "captures": """SELECT captures.*, firsts.url AS first_url, firsts.fetched_at AS first_at FROM captures
        LEFT JOIN captures AS firsts ON firsts.id = captures.revisit_of""",
    "links": "SELECT links.*, articles.url AS of FROM links JOIN articles ON articles.id = from_article",
    "search": "SELECT count(*) AS n FROM articles_fts WHERE articles_fts MATCH 'suoi'",
}
LEFT_OUT = {
    "id", "search_key", "article_id", "capture_id", "run_id", "file", "offset", "length", "revisit_of", "from_article",
    "to_article",
}  # fmt: skip


def rows(path: Path, name: str, without: Iterable[str] = ()) -> list[str]:
    """Every row of one table as text, in order, without what may differ."""
    conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    conn.row_factory = sqlite3.Row
    skip = LEFT_OUT | set(without)
    try:
        found: list[dict[str, Any]] = [dict(row) for row in conn.execute(QUERIES[name])]
    finally:
        conn.close()
    texts = [{key: value for key, value in row.items() if key not in skip} for row in found]
    return sorted(json.dumps(text, ensure_ascii=False, sort_keys=True, default=str) for text in texts)


def differences(one: Path, other: Path, *, without: dict[str, set[str]] | None = None) -> dict[str, list[str]]:
    """Rows of each table that only one of the two archives holds, a sign before each."""
    found: dict[str, list[str]] = {}
    for name in QUERIES:
        skip = (without or {}).get(name, set())
        left, right = rows(one, name, skip), rows(other, name, skip)
        only = [f"- {row}" for row in sorted(set(left) - set(right))] + [
            f"+ {row}" for row in sorted(set(right) - set(left))
        ]
        if only or len(left) != len(right):
            found[name] = only or [f"{len(left)} rows against {len(right)}"]
    return found
