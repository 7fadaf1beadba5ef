"""What killed runs captured but never recorded: read from their WARC files, never fetched again."""

from __future__ import annotations

import json
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from archive import runs
from archive.times import moment
from crawler.absences import Absences
from crawler.named import Named

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator

    from archive.items import Capture, Item
    from crawler.discovery import Entry
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
    absences, named = Absences(), Named(lambda name: counts.update([name]))
    for capture, record in runs.unrecorded(session.store.conn, session.data, run):
        captures.append(capture)
        ended = capture.fetched_at
        answer = rebuild.answer(record, capture)
        items.extend(listed(rebuild.entries(record) if answer is None else (), capture, judge, named))
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
    counts.update(session.store.save(run["id"], [], list(named.items(judge))))
    _close(session, run, ended, dict(counts))
    if counts["healed"]:
        name, number = session.source.name, counts["healed"]
        logger.warning("%s: took in %d captures of a run that %s", name, number, how_ended(run))
    return counts["healed"]


def listed(entries: Iterable[Entry], capture: Capture, judge: Judge, named: Named) -> Iterator[Item]:
    """What a captured listing says of known articles; what it calls others is remembered in `named`."""
    for entry in entries:
        yield from judge.listed([entry], capture)
        if not judge.known.is_known(entry.url):
            named.take(entry.url, capture)


def how_ended(run: sqlite3.Row) -> str:
    """How a run ended that left something behind, in words; one that did not say was killed."""
    if run["outcome"] is None:
        return "was cut off"
    counts = json.loads(run["counts"])
    why = counts.get("failure") or counts.get("stopped")
    return f"ended as {run['outcome']}" + (f": {why}" if why else "")


def _close(session: Session, run: sqlite3.Row, ended: Any, counts: dict[str, int]) -> None:
    conn = session.store.conn
    last = conn.execute("SELECT max(fetched_at) FROM captures WHERE run_id = ?", (run["id"],)).fetchone()[0]
    when = moment(last or run["started_at"]) if ended is None else ended
    known = json.loads(run["counts"])
    runs.close_run(conn, run["id"], when, run["outcome"] or KILLED, run["exit_code"], known | counts)
