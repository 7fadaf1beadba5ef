"""The command `baotinh health`: the verdicts as a table or as JSON, and an exit code for monitoring."""

from __future__ import annotations

import json
import os
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import click

from archive.health import Health, Verdict, health
from archive.schema import ArchiveError, open_read_only
from archive.times import PAPER_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archive.cli import Context

WIDE = 240
NAMED = 3
"""Forbidden listings that are named; the others are counted."""
VERDICTS: tuple[str, ...] = get_args(Verdict)
STYLES = {
    "fresh": "green", "quiet": "yellow", "late": "yellow", "changed layout": "bold magenta", "robots": "bold red",
    "blocked": "bold red", "dead": "bold red", "failed": "bold red", "running": "cyan", "never": "dim",
}  # fmt: skip


def named_verdicts(_context: click.Context, _option: click.Parameter, value: str | None) -> frozenset[str]:
    """Verdicts out of a list with commas; a hyphen stands for a blank. Raises BadParameter for an unknown one."""
    names = frozenset(name.strip().replace("-", " ") for name in (value or "").split(",") if name.strip())
    unknown = sorted(names - set(VERDICTS))
    if unknown:
        raise click.BadParameter(f"no verdict {unknown[0]!r}: give some of {', '.join(VERDICTS)}")
    return names


@click.command(name="health")
@click.option("--source", help="One newspaper only.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of objects.")
@click.option(
    "--fail-on", metavar="VERDICT,…", callback=named_verdicts,
    help="Exit with 1 when a newspaper has one of these verdicts, such as blocked,dead,changed-layout.",
)  # fmt: skip
@click.pass_obj
def health_(context: Context, source: str | None, fail_on: frozenset[str], *, as_json: bool) -> None:
    """Say how each newspaper fares, since when, and what speaks for it.

    Every verdict compares a newspaper with its own past: fresh, quiet (nothing new for far longer than usual),
    late (no run for far longer than usual), changed layout, robots, blocked, dead (nothing answers), failed
    (the fault is ours), running, never.
    """
    with closing(open_read_only(context.database)) as conn:
        found = health(conn, datetime.now(UTC), source)
    if source and not found:
        raise ArchiveError(f"the archive knows no newspaper {source!r}: `baotinh health` names all it knows")
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=2))
    elif found:
        print_table(found)
    else:
        click.echo("The archive knows no newspaper yet: crawl one.", err=True)
    raise SystemExit(1 if any(one.finding.verdict in fail_on for one in found) else 0)


def print_table(found: list[Health]) -> None:
    """Print one row a source; times are those of the papers' zone (+07:00)."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from archive.cli import printable  # which lists this command

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("source", "verdict", "since", "last run"):
        table.add_column(name, no_wrap=True)
    table.add_column("evidence", overflow="fold")
    for one in found:
        verdict = Text(one.finding.verdict, style=STYLES[one.finding.verdict])
        table.add_row(
            one.source, verdict, local(one.finding.since), local(one.last_run), Text(printable(sentence(one)))
        )
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:  # in cron's mail and in logs, evidence is one line
        console.width = WIDE
    console.print(table)


def local(moment: datetime | None) -> str:
    """A time as the papers' clocks show it, to the minute; "" for an unknown one."""
    return f"{moment.astimezone(PAPER_ZONE):%Y-%m-%d %H:%M}" if moment else ""


def sentence(one: Health) -> str:
    """The evidence in words."""
    evidence = one.finding.evidence
    match one.finding.verdict:
        case "never":
            return "no run yet"
        case "running":
            return "its first run is not over"
        case "fresh":
            words = f"{evidence['new_in_a_day']} new in a day, the newest of {newest(evidence)}"
        case "quiet":
            words = quiet(evidence)
        case "late":
            words = f"no run for {evidence['hours']} h (usually {evidence['usual_hours']} h)"
        case _:
            words = trouble(evidence)
    words += roads(evidence.get("silent", ()), evidence.get("forbidden", {}))
    return f"{words}; running since {local(one.running_since)}" if one.running_since else words


def roads(silent: Iterable[str], forbidden: Mapping[str, str]) -> str:
    """Which listings never gave anything, and which are forbidden (by address, why); "" where all are open."""
    why = {"robots": "robots.txt forbids it"}
    closed = {url: f"{url} ({why.get(reason, f'it answers {reason}')})" for url, reason in forbidden.items()}
    never = ", ".join(closed.pop(url, url) for url in silent)
    words = f"; nothing ever came from {never}" if never else ""
    if closed:
        words += f"; no way to {', '.join(list(closed.values())[:NAMED])}"
    return words + (f" and {len(closed) - NAMED} more" if len(closed) > NAMED else "")


def quiet(evidence: Mapping[str, Any]) -> str:
    """How long nothing new has come."""
    usual = f" (usually {evidence['usual_hours']} h at most in a day)" if "usual_hours" in evidence else ""
    return f"nothing new for {evidence['hours']} h{usual}; the newest of {newest(evidence)}"


def newest(evidence: Mapping[str, Any]) -> str:
    """The day of the newest article."""
    return str(evidence["newest_article"] or "no article")[:10]


def trouble(evidence: Mapping[str, Any]) -> str:
    """What failed: fields, listings, or the numbers of the last run."""
    parts = [
        f"{name} on {values['now']:.0%} of pages (usually {values['usual']:.0%})"
        for name, values in evidence.get("fields", {}).items()
    ]
    if "listed" in evidence:
        parts.append("{now} addresses listed (usually {usual:.0f})".format(**evidence["listed"]))
    if "runs" in evidence:
        parts.append("the last run" if evidence["runs"] == 1 else f"the last {evidence['runs']} runs")
    parts += [str(evidence[key]) for key in ("failure", "stopped") if key in evidence]
    for key in ("statuses", "failures", "listings", "robots", "refused", "not_articles"):
        numbers = ", ".join(f"{name}: {n}" for name, n in evidence.get(key, {}).items() if n)
        parts += [f"{key.replace('_', ' ')} {numbers}"] if numbers else []
    return "; ".join(parts)
