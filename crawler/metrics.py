"""Metrics of the last runs as a Prometheus text file, for the textfile collector of node_exporter."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from crawler.extensions import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

MODE = 0o644  # the collector runs as another user


class Ended(Protocol):
    """A receipt of a run: its times are aware, None when it never began."""

    @property
    def source(self) -> str:
        """The name of its spider."""

    @property
    def exit_code(self) -> int:
        """0, 1, 2 or 75."""

    @property
    def counts(self) -> Mapping[str, Any]:
        """What `runs.counts` holds; empty when the run never began."""

    @property
    def started_at(self) -> datetime | None:
        """When it began."""

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric (a gauge): its name after `baotinh_last_run_`, its help, and the label beside `source`."""

    name: str
    help: str
    label: str = ""


OUTCOME = Family("outcome", "1 for the outcome of the last run, 0 for the others.", "outcome")
EXIT_CODE = Family("exit_code", "Exit code: 0 ok, 1 failed, 2 partial, 75 already running.")
START = Family("start_timestamp_seconds", "When the last run began.")
END = Family("end_timestamp_seconds", "When the last run ended.")
DURATION = Family("duration_seconds", "How long the last run took.")
STOPPED = Family("stopped", "1 for the reason that ended the last run early.", "reason")
COUNTED = (
    ("requests", Family("requests", "Requests sent.")),
    ("bytes", Family("bytes", "Bytes received.")),
    ("listed", Family("listed", "Articles that feeds, sitemaps and sections listed, known ones too.")),
    ("failed", Family("failed", "Article pages that did not answer or answered with an error.")),
    ("crawl_delay", Family("crawl_delay_seconds", "Crawl-delay that robots.txt asks for.")),
)
TABLES = (
    ("statuses", Family("responses", "Responses by HTTP status.", "status")),
    ("listings", Family("listings", "Feeds, sitemaps and sections by what became of them.", "result")),
    ("refused", Family("refused", "Requests that were not sent, by reason.", "reason")),
    ("robots", Family("robots", "What robots.txt answered where it gave no rules, with the reason.", "answer")),
    ("failures", Family("failures", "Requests without a good answer, by status or error.", "kind")),
    ("not_articles", Family("not_articles", "Pages that could not be read as articles, by reason.", "reason")),
    ("fill", Family("fill_ratio", "Share of the articles read that had the field.", "field")),
)
WAITS = Family("waits", "How often a host was given time: Retry-After, or a back-off after an error.")
WAITED = Family("waited_seconds", "How long that was in all.")
ARTICLES = Family("articles", "Articles by what the archive made of them.", "result")
RESULTS = ("new", "revised", "same", "unchanged", "missing", "gone", "restored")
FAMILIES = (
    OUTCOME, EXIT_CODE, START, END, DURATION, STOPPED, *(family for _, family in COUNTED), WAITS, WAITED, ARTICLES,
    *(family for _, family in TABLES),
)  # fmt: skip

Sample = tuple[Family, str, float]
"""A family, the value of its own label ("" where it has none), and the number."""


def samples(run: Ended) -> Iterator[Sample]:
    """Every number of one run; what is unknown is left out."""
    for code, outcome in OUTCOMES.items():
        yield OUTCOME, outcome, float(code == run.exit_code)
    yield EXIT_CODE, "", run.exit_code
    if run.started_at and run.ended_at:
        yield START, "", run.started_at.timestamp()
        yield END, "", run.ended_at.timestamp()
        yield DURATION, "", (run.ended_at - run.started_at).total_seconds()
    if run.counts:
        yield from counted(run.counts)


def counted(counts: Mapping[str, Any]) -> Iterator[Sample]:
    """Every number of the counts of a run."""
    if counts.get("stopped"):
        yield STOPPED, str(counts["stopped"]), 1
    for key, family in COUNTED:
        if counts.get(key) is not None:
            yield family, "", counts[key]
    for key, family in TABLES:
        for value, number in counts.get(key, {}).items():
            yield family, value, number
    if "waits" in counts:
        yield WAITS, "", counts["waits"]["times"]
        yield WAITED, "", counts["waits"]["seconds"]
    for result in RESULTS:  # the ledger leaves out what did not happen
        yield ARTICLES, result, counts.get(result, 0)


def metrics(runs: Iterable[Ended]) -> str:
    """The text of the file: Prometheus text format 0.0.4, every family once, the sources in their order."""
    found: dict[str, list[str]] = {family.name: [] for family in FAMILIES}
    for run in runs:
        for family, value, number in samples(run):
            labels = f'source="{escaped(run.source)}"'
            if family.label:
                labels += f',{family.label}="{escaped(value)}"'
            found[family.name].append(f"baotinh_last_run_{family.name}{{{labels}}} {number:.15g}")
    lines = []
    for family in FAMILIES:
        if found[family.name]:
            name = f"baotinh_last_run_{family.name}"
            lines += [f"# HELP {name} {family.help}", f"# TYPE {name} gauge", *found[family.name]]
    return "".join(f"{line}\n" for line in lines)


def escaped(value: str) -> str:
    """A label's value as the format wants it: backslash, double quote and line feed escaped."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write_metrics(path: Path, runs: Iterable[Ended]) -> None:
    """Write the metrics of these runs to `path` in one step: who reads sees the old file or the new one.

    Raises OSError when the file or its folder cannot be written; the old file is then still there.
    """
    # A hidden name without .prom: the collector must not take the unfinished file for one of its own.
    handle, unfinished = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(metrics(runs))
            os.fchmod(file.fileno(), MODE)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
