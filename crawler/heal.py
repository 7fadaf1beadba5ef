"""What killed runs captured but never recorded: read from their WARC files, never fetched again."""

from __future__ import annotations

import json
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from archive import runs
from archive.times import moment
from crawler.absences import Absences

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from archive.items import Capture, Item
    from crawler.judge import Judge
    from crawler.recorded import Recorded
    from crawler.session import Session

    Count = Callable[[str], None]

logger = logging.getLogger(__name__)

BATCH = 100
KILLED = "killed"


def heal(session: Session, judge: Judge, recorded: Callable[..., Recorded]) -> int:
    """Take in what earlier runs of this source left behind; returns how many captures that were.

    Each such run is closed with the outcome `killed`, at the time of its last capture. Raises ArchiveError.
    """
    healed = 0
    for run in runs.unfinished(session.store.conn, session.source.name):
        if run["id"] != session.run_id:
            healed += _heal_run(session, run, judge, recorded)
    return healed


def _heal_run(session: Session, run: sqlite3.Row, judge: Judge, recorded: Callable[..., Recorded]) -> int:
    """Record one killed run's captures in batches, each with what its pages read as."""
    counts: Counter[str] = Counter()
    rebuild = recorded(lambda name: counts.update([name]))
    captures: list[Capture] = []
    items: list[Item] = []
    ended = None
    absences = Absences()
    for capture, record in runs.unrecorded(session.store.conn, session.data, run):
        captures.append(capture)
        ended = capture.fetched_at
        items.extend(judge.feed_items(rebuild.entries(record), capture))
        answer = rebuild.answer(record, capture)
        if answer is not None:
            if capture.revisit_of is not None and not judge.unchanged(answer) and answer.gone_reason is None:
                answer = rebuild.restored(answer, session.data)
            item = judge.conclude(answer, None if judge.settled(answer) else judge.read(answer))
            if not absences.holds(item) and item is not None:
                items.append(item)
            items.extend(absences.released())
        if len(captures) >= BATCH:
            counts.update(session.store.save(run["id"], captures, items))
            counts["healed"] += len(captures)
            captures, items = [], []
    items.extend(absences.released(at_end=True))
    counts.update(session.store.save(run["id"], captures, items))
    counts["healed"] += len(captures)
    _close(session, run, ended, dict(counts))
    if counts["healed"]:
        logger.warning("%s: took in %d captures of a run that was cut off", session.source.name, counts["healed"])
    return counts["healed"]


def _close(session: Session, run: sqlite3.Row, ended: Any, counts: dict[str, int]) -> None:
    conn = session.store.conn
    last = conn.execute("SELECT max(fetched_at) FROM captures WHERE run_id = ?", (run["id"],)).fetchone()[0]
    when = moment(last or run["started_at"]) if ended is None else ended
    known = json.loads(run["counts"])
    runs.close_run(conn, run["id"], when, run["outcome"] or KILLED, run["exit_code"], known | counts)
