"""What is due for another look: young articles often, old ones rarely, restless ones sooner."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from archive.times import stamp

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

LADDER = (
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
    timedelta(days=2),
    timedelta(days=7),
    timedelta(days=30),
    timedelta(days=180),
)
"""The ages at which an article is looked at again; after the last one, that often."""
SECOND_LOOK = timedelta(hours=6)
"""How long an article must have been missing before it counts as gone."""
SETTLED = timedelta(days=1)
"""The age after which an article that never changed is taken for a quiet one."""

ADDRESS = """coalesce((SELECT captures.url FROM revisions JOIN captures ON captures.id = capture_id
    WHERE article_id = articles.id ORDER BY number DESC LIMIT 1), articles.url)"""
DUE = f"""SELECT id, {ADDRESS} AS address FROM articles
    WHERE source = ? AND next_check_at <= ? AND withdrawn_at IS NULL ORDER BY next_check_at"""  # noqa: S608


def next_check(since: datetime, seen_at: datetime, changes: int) -> datetime:
    """Tell when an article is to be looked at again after the look at `seen_at`.

    `since` is when it was published (or went missing), `changes` how often it was edited or gained comments
    before. The next step of LADDER is taken that is not nearly reached; an article that has changed waits
    half as long, one that never did half as long again once it is older than SETTLED. Never below 30 min;
    in whole seconds, as the looks are.
    """
    age = max(seen_at - since, timedelta())
    wait = next((step - age for step in LADDER if age <= step * 0.75), LADDER[-1])
    if changes:
        wait /= 2
    elif age > SETTLED:
        wait *= 1.5
    return seen_at + max(wait - wait % timedelta(seconds=1), LADDER[0])


def second_look(missing_since: datetime) -> datetime:
    """Tell when a missing article is to be looked at again, to learn whether it is gone."""
    return missing_since + SECOND_LOOK


def due(conn: sqlite3.Connection, source: str, now: datetime, limit: int | None = None) -> list[str]:
    """List the addresses of a source's articles whose next look is due, as they were last fetched.

    With a `limit`, one half are those that fell due last (mostly the young, that change most), the other
    those that have waited longest, so that neither keeps the other out for ever.
    """
    values = (source, stamp(now))
    if limit is None:
        return [row["address"] for row in conn.execute(DUE, values)]
    newest = conn.execute(f"{DUE} DESC LIMIT ?", (*values, limit - limit // 2)).fetchall()
    oldest = conn.execute(f"{DUE} LIMIT ?", (*values, limit)).fetchall()
    chosen = {row["id"]: row["address"] for row in (*newest, *oldest)}
    return list(chosen.values())[:limit]
