"""The health of each source: one verdict, since when, and the numbers that speak for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from archive.fill import fallen_fields
from archive.times import PAPER_ZONE, stamp
from archive.usual import ENOUGH, Run, ceiling, past_runs, shortfall

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import date

Verdict: TypeAlias = Literal[
    "fresh", "quiet", "late", "changed layout", "robots", "blocked", "dead", "failed", "running", "never"
]

BLOCKING = ("401", "403", "429")
BARRED = ("challenge", "login")
"""Failures of listings that answer 200 with something in their place that keeps a crawler out."""
ANSWERED = (*BARRED, "unreadable", "undecodable", "too_large", "redirect_loop", "scheme", "foreign_host", "port")
"""Failures that came with an answer."""
EVIDENCE = ("failure", "stopped", "statuses", "failures", "listings", "robots", "refused", "not_articles")
INTERVALS = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, the moment since which it holds (None: unknown), and its evidence (keys are public)."""

    verdict: Verdict
    since: datetime | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one source; `running_since` is the start of a run without an end (running, or killed)."""

    source: str
    title: str
    finding: Finding
    last_run: datetime | None = None
    last_outcome: str | None = None
    running_since: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that `baotinh health --json` prints; times are UTC, null is unknown."""
        return {
            "source": self.source,
            "title": self.title,
            "verdict": self.finding.verdict,
            "since": self.finding.since and stamp(self.finding.since),
            "last_run": self.last_run and stamp(self.last_run),
            "last_outcome": self.last_outcome,
            "running_since": self.running_since and stamp(self.running_since),
            "evidence": dict(self.finding.evidence),
        }


@dataclass(frozen=True, slots=True)
class Past:
    """What a verdict rests on: a source's runs of the last weeks, its latest articles, and the time now.

    `ended` and `complete` are in order of time. `readers` are (first_seen, whether a layout of the paper read
    it, not the generic one) of the latest articles, the oldest first.
    """

    now: datetime
    runs: Sequence[Run]
    newest: str | None
    readers: Sequence[tuple[datetime, bool]]

    @property
    def ended(self) -> list[Run]:
        """The crawls that ended."""
        return [run for run in self.runs if run.is_over and run.is_crawl]

    @property
    def complete(self) -> list[Run]:
        """Those that ended by themselves after every listing had answered."""
        return [run for run in self.runs if run.is_complete]


def health(conn: sqlite3.Connection, now: datetime, source: str | None = None) -> list[Health]:
    """The health of every source, or of one, in the order of their numbers; reads ranges of indexes only.

    Raises ArchiveError when the counts of a run are damaged.
    """
    rows = conn.execute(
        "SELECT name, title FROM sources WHERE ? IS NULL OR name = ? ORDER BY number", (source, source)
    ).fetchall()
    return [of_source(name, title, past(conn, name, now)) for name, title in rows]


def past(conn: sqlite3.Connection, source: str, now: datetime) -> Past:
    """Read what a verdict on `source` rests on: the weeks before its last run, however long ago that was."""
    last = conn.execute("SELECT max(started_at) FROM runs WHERE source = ?", (source,)).fetchone()[0]
    until = datetime.fromisoformat(last) + timedelta(seconds=1) if last else now
    latest = conn.execute(
        "SELECT first_seen, reader NOT LIKE 'generic/%', published_at FROM articles"
        " WHERE source = ? ORDER BY published_at DESC LIMIT 200",
        (source,),
    ).fetchall()
    runs = past_runs(conn, source, until)
    newest = (latest[0][2] or latest[0][0]) if latest else None
    return Past(now, runs, newest, [(datetime.fromisoformat(row[0]), bool(row[1])) for row in latest[::-1]])


def of_source(name: str, title: str, known: Past) -> Health:
    """The health of one source out of its past: the first judgement that applies."""
    ended = known.ended
    last_open = known.runs[-1] if known.runs and not known.runs[-1].is_over else None
    running = last_open.started_at if last_open else None
    if not ended:
        return Health(name, title, Finding("running" if running else "never", running), running_since=running)
    judgements = (trouble, late, changed_layout, quiet)
    finding = next((found for judge in judgements if (found := judge(known)) is not None), fresh(known))
    finding = with_roads(finding, known)
    return Health(name, title, finding, ended[-1].started_at, ended[-1].outcome, running)


def with_roads(finding: Finding, known: Past) -> Finding:
    """A finding that also names the listings that never gave anything (`silent`) and those that are `forbidden`.

    The former by their addresses, the latter by address with the reason: `robots`, 401 or 403.
    """
    silent = next((run.counts.get("silent") for run in reversed(known.complete)), None)
    roads = {"silent": silent, "forbidden": known.ended[-1].counts.get("forbidden")}
    return replace(finding, evidence={**finding.evidence, **{name: said for name, said in roads.items() if said}})


def trouble(known: Past) -> Finding | None:
    """What kept the last run from its work, and since which run that has been so."""
    ended = known.ended
    refused = [run.number("refused", "robots") for run in known.complete]
    usual = ceiling(refused) if len(refused) >= ENOUGH else 0.0
    verdict = symptom(ended[-1], usual)
    if verdict is None:
        return None
    streak = list(takewhile(lambda run: symptom(run, usual) == verdict, reversed(ended)))
    counts = ended[-1].counts
    evidence = {"runs": len(streak)} | {key: counts[key] for key in EVIDENCE if counts.get(key)}
    return Finding(verdict, streak[-1].started_at, evidence)


def symptom(run: Run, usual_refusals: float) -> Verdict | None:
    """What is wrong with one run by itself; `usual_refusals` is what robots.txt may refuse as it always did."""
    if run.counts.get("failure"):
        return "failed"
    heard = bool(run.number("listings", "answered")) or not run.number("listings", "asked")
    if is_blocked(run, heard=heard):
        return "blocked"
    if run.counts.get("stopped") == "down":
        return "dead"
    answers, _, errors = answered(run)
    if answers and is_forbidden(run, usual_refusals, heard=heard):
        return "robots"
    if not heard:
        # One answer may be that of robots.txt; where more came than failed, the listings have moved.
        return "changed layout" if answers - 1 > errors else "dead"
    return "failed" if run.outcome == "failed" else None


def is_forbidden(run: Run, usual_refusals: float, *, heard: bool) -> bool:
    """Whether robots.txt kept back most of what a run wanted: its listings, or more pages than it always did."""
    refused = run.number("refused", "robots")
    if not heard:
        return 2 * refused >= run.number("listings", "asked")
    return refused > usual_refusals and refused >= run.number("requests")


def is_blocked(run: Run, *, heard: bool) -> bool:
    """Whether the paper kept a run out: it was stopped so, or refusals or challenges took the pages' place."""
    if run.counts.get("stopped") in {"blocked", "asked to wait"}:
        return True
    _, refusals, errors = answered(run)
    got_nothing = not heard or (run.number("failed") and not run.read and not run.number("unchanged"))
    failures = run.table("failures")
    shut = min(run.number("listings", "failed"), sum(failures.get(kind, 0) for kind in (*BLOCKING, *BARRED)))
    if shut and 2 * shut >= run.number("listings", "asked"):
        return True
    challenges = run.number("not_articles", "challenge")
    return bool((got_nothing and refusals > errors) or (challenges and 2 * challenges >= run.read + run.unread))


def answered(run: Run) -> tuple[int, int, int]:
    """How many answers a run got: ordinary ones, refusals (401, 403, 429, BARRED), and errors (5xx or no answer)."""
    statuses, failures = run.table("statuses"), run.table("failures")
    refusals = sum(n for status, n in statuses.items() if status in BLOCKING)
    barred = sum(failures.get(kind, 0) for kind in BARRED)
    errors = sum(n for status, n in statuses.items() if status.startswith("5"))
    silent = sum(n for kind, n in failures.items() if not kind.isdigit() and kind not in ANSWERED)
    return sum(statuses.values()) - refusals - barred - errors, refusals + barred, errors + silent


def late(known: Past) -> Finding | None:
    """No run for far longer than between the source's runs: cron or the machine, not the paper."""
    starts = [run.started_at for run in known.runs][-INTERVALS - 1 :]
    gaps = [(after - before).total_seconds() for before, after in pairwise(starts)]
    waited = (known.now - starts[-1]).total_seconds()
    if len(gaps) < ENOUGH or waited <= max(ceiling(gaps), *gaps):
        return None
    evidence = {"hours": hours(waited), "usual_hours": hours(median(gaps)), "runs": len(starts)}
    return Finding("late", starts[-1], evidence)


def changed_layout(known: Past) -> Finding | None:
    """A field is found far less often than before, or far fewer addresses are listed."""
    fields, since = fallen_fields(known.runs, known.readers)
    evidence: dict[str, Any] = {"fields": fields} if fields else {}
    moments = [since] if since else []
    complete = known.complete
    short = shortfall(complete[:-1], complete[-1].number("listed"), complete[-1].started_at) if complete else None
    if short is not None:
        few = list(takewhile(lambda run: run.number("listed") < short.least, reversed(complete)))
        moments.append(few[-1].started_at)
        evidence["listed"] = {"now": short.listed, "usual": short.usual, "floor": short.least}
    return Finding("changed layout", min(moments), evidence) if moments else None


def quiet(known: Past) -> Finding | None:
    """The paper answers, and nothing new has come for far longer than on its other days.

    Per day, the longest time that had passed without anything new counts: nights and weekends are usual.
    Days of the same weekday are compared where there are ENOUGH.
    """
    complete = known.complete
    if not complete:
        return None
    fruitful = [run for run in known.ended if run.number("new")]
    last, since = complete[-1], fruitful[-1].started_at if fruitful else complete[0].started_at
    waited = (last.started_at - since).total_seconds()
    evidence = {"hours": hours(waited), "newest_article": known.newest}
    if known.newest is None:
        return Finding("quiet", since, evidence)
    if not fruitful:
        return Finding("quiet", since, evidence) if waited >= ENOUGH * 86400 else None
    compared = [seconds for day, seconds in silences(known.ended).items() if day.weekday() == weekday(last)]
    if len(compared) < ENOUGH:
        compared = list(silences(known.ended).values())
    if len(compared) < ENOUGH or waited <= ceiling(compared):
        return None
    return Finding("quiet", since, {**evidence, "usual_hours": hours(median(compared)), "days": len(compared)})


def silences(runs: Sequence[Run]) -> dict[date, float]:
    """Per day of the papers: the longest time (seconds) without anything new, up to the last run with any."""
    longest: dict[date, float] = {}
    waiting: dict[date, float] = {}
    before: datetime | None = None
    for run in runs:
        if before is not None:
            day = run.started_at.astimezone(PAPER_ZONE).date()
            waiting[day] = max(waiting.get(day, 0.0), (run.started_at - before).total_seconds())
        if run.number("new"):
            before = run.started_at
            for day, seconds in waiting.items():
                longest[day] = max(longest.get(day, 0.0), seconds)
            waiting.clear()
    return longest


def weekday(run: Run) -> int:
    """The weekday of a run as the papers count days, Monday is 0."""
    return run.started_at.astimezone(PAPER_ZONE).weekday()


def fresh(known: Past) -> Finding:
    """Nothing speaks against the source: how much is new in the last day of its runs, and the newest article."""
    last = known.ended[-1]
    new = sum(r.number("new") for r in known.ended if last.started_at - r.started_at < timedelta(days=1))
    evidence = {"new_in_a_day": new, "newest_article": known.newest}
    return Finding("fresh", next((r.started_at for r in reversed(known.ended) if r.number("new")), None), evidence)


def hours(seconds: float) -> float:
    """Seconds as hours, to a tenth."""
    return round(seconds / 3600, 1)
