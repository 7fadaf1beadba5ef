"""The command `baotinh`: crawl, parse and demo here; the archive's own commands beside them."""

from __future__ import annotations

import logging
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli import Commands, Context, archive_commands, complaint
from archive.data_cli import data_commands
from archive.health_view import roads
from crawler import __version__
from crawler.demo.command import demo
from crawler.extensions import BUSY, FAILED, OK, OUTCOMES, PARTIAL
from crawler.fixtures import fixture
from crawler.jsonlog import log_json as write_json_logs
from crawler.metrics import write_metrics
from crawler.newsource import new_source
from crawler.parse import parse
from crawler.ping import Ping
from crawler.progress import BOARD
from crawler.replay_command import replay
from crawler.run import Plan, Receipt, project_settings, run, spiders, worst
from crawler.sources import sources as sources_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scrapy.settings import Settings


STOPPED = {
    "blocked": "the paper blocks us: look at its answers, write to it, come less often",
    "down": "the paper does not answer: try again later",
    "robots": "robots.txt forbids every listing: nothing may be fetched",
    "asked to wait": "the paper asks for a longer wait than a run lasts: try again later",
}
"""Why a run was stopped, in words."""

logger = logging.getLogger(__name__)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), envvar="BAOTINH_DATA", show_envvar=True,
    default=Path("data"), show_default=True, help="Folder of the archive.",
)  # fmt: skip
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="baotinh")
@click.pass_context
def main(context: click.Context, data: Path, *, debug: bool) -> None:
    """Keep the archive of Vietnam's provincial press: crawl it, read it, search it, serve it."""
    context.obj = Context(data=data, debug=debug)


for command in (*archive_commands, *data_commands, demo, fixture, new_source, parse, replay, sources_command):
    main.add_command(command)


def assignments(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE pairs as a dict; raises BadParameter for anything else."""
    pairs = [value.partition("=") for value in values]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise click.BadParameter(f"give NAME=VALUE, not {name!r}")
    return {name: value for name, _, value in pairs}


def chosen(names: tuple[str, ...], *, everything: bool) -> list[str]:
    """The sources to crawl; raises UsageError for none, for both kinds of choice, and for an unknown one."""
    known = spiders()
    if everything == bool(names):
        raise click.UsageError("name the sources to crawl, or give --all")
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(f"unknown source {unknown[0]!r}: `scrapy list` names those there are")
    return list(dict.fromkeys(names)) or [name for name in known if not name.startswith("demo_")]


def passed_on(command: Any) -> Any:
    """The options that every crawling command hands on: to Scrapy, to the operator's tools."""
    textfile = click.Path(dir_okay=False, path_type=Path)
    pairs: dict[str, Any] = {"multiple": True, "metavar": "NAME=VALUE", "callback": assignments}
    options = (
        click.option("-s", "settings", **pairs, help="Scrapy setting."),
        click.option("-a", "arguments", **pairs, help="Spider argument, such as origin=URL."),
        click.option("--log-json", is_flag=True, help="One JSON object a line on standard error."),
        click.option("--ping", metavar="URL", callback=pinged, help="Address to ask at start, success and failure."),
        click.option("--metrics", type=textfile, callback=in_a_folder, help="Prometheus textfile to write at the end."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def in_a_folder(_context: click.Context, _option: click.Parameter, value: Path | None) -> Path | None:
    """A file to be written after the crawl; raises BadParameter where its folder is missing, before it."""
    if value is not None and not value.parent.is_dir():
        raise click.BadParameter(f"there is no folder {value.parent}")
    return value


def pinged(_context: click.Context, _option: click.Parameter, value: str | None) -> Ping | None:
    """The ping for an address; raises BadParameter for one that is not http(s)."""
    try:
        return Ping(value) if value else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@main.command()
@click.argument("sources", nargs=-1, metavar="SOURCE…")
@click.option("--all", "everything", is_flag=True, help="Crawl every newspaper.")
@click.option("--limit", type=click.IntRange(min=0), help="New articles a source at most.")
@click.option(
    "--recheck",
    type=click.Choice(["due", "all", "none"]),
    help="Which known articles to look at again: those that are due (if nothing is said), all, or none.",
)
@passed_on
@click.pass_obj
def crawl(context: Context, /, sources: tuple[str, ...], limit: int | None, recheck: str | None, **handed: Any) -> None:
    """Crawl newspapers: new articles, and known ones that are due for another look.

    Exits with 0 when all went well, 1 when a source failed, 2 when one is partial, 75 when one is running.
    """
    names = chosen(sources, everything=handed.pop("everything"))
    named = {"recheck": recheck, "limit": limit}
    given: dict[str, Any] = {**handed.pop("arguments"), **{name: v for name, v in named.items() if v is not None}}
    crawl_all([Plan(name, given) for name in names], context, **handed)


@main.command()
@click.argument("source")
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day.")
@click.option("--to", "until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The last day.")
@passed_on
@click.pass_obj
def backfill(context: Context, /, source: str, since: datetime, until: datetime, **handed: Any) -> None:
    """Crawl what a newspaper published between two days, newest first; run it again to go on.

    Follows dated sitemaps, dated archives and section pages as far as the paper has them. What is known
    already is not fetched again, so that it may be stopped at any time. Exit codes are those of `crawl`.
    """
    if until < since:
        raise click.UsageError(f"--to {until:%Y-%m-%d} lies before --from {since:%Y-%m-%d}")
    [name] = chosen((source,), everything=False)
    days = {"since": f"{since:%Y-%m-%d}", "until": f"{until:%Y-%m-%d}"}
    uncapped = dict.fromkeys(("RUN_REQUESTS", "RUN_BYTES", "RUN_MINUTES", "DEPTH_LIMIT"), "0")
    handed["settings"] = {**uncapped, **handed["settings"]}
    crawl_all([Plan(name, {**handed.pop("arguments"), **days})], context, **handed)


def crawl_all(
    plans: list[Plan], context: Context, settings: dict[str, str], *, log_json: bool, ping: Ping | None,
    metrics: Path | None,
) -> None:  # fmt: skip
    """Run the plans at the same time, say how each ended, and exit with the worst exit code."""
    merged = project_settings()
    refuse_words(settings, merged)
    merged.setdict({"DATA_DIR": str(context.data), "LOG_INSTALL_ROOT_HANDLER": False}, priority="cmdline")
    merged.setdict(settings, priority="cmdline")
    level = "DEBUG" if context.debug else settings.get("LOG_LEVEL", "INFO" if log_json else "WARNING")
    with ping or nullcontext() as call:
        receipts = watched([plans], merged, level, log_json=log_json)
        code = worst(receipt.exit_code for receipt in receipts)
        if call is not None:
            call.exit_code = code
    for receipt in receipts:
        if log_json:
            logger.info(summary(receipt), extra={"source": receipt.source})
        else:
            click.echo(summary(receipt), err=receipt.exit_code != OK)
    if metrics is not None:
        write_metrics(metrics, receipts)
    raise SystemExit(code)


def refuse_words(given: Mapping[str, str], known: Settings) -> None:
    """Raise UsageError for a setting whose value is no number although its default is one."""
    for name, value in given.items():
        default = known.get(name)
        if isinstance(default, bool) or not isinstance(default, int | float):
            continue
        try:
            float(value)
        except ValueError:
            raise click.UsageError(f"-s {name}={value}: give a number") from None


def watched(rounds: list[list[Plan]], settings: Settings, level: str, *, log_json: bool) -> list[Receipt]:
    """Run under JSON logs, or under plain logs and the progress board."""
    if log_json:
        write_json_logs(level)
        return run(rounds, settings)
    log_to_stderr(level)
    BOARD.show("baotinh crawl")
    try:
        return run(rounds, settings)
    finally:
        BOARD.hide()


def log_to_stderr(level: str) -> None:
    """Send log lines of `level` and above to standard error as plain text."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.setLevel(level)  # on the handler: Scrapy sets the levels of the loggers anew
    logging.getLogger().addHandler(handler)


def why_failed(counts: Mapping[str, Any]) -> str:
    """Why no listing of a paper could be read, in words."""
    if counts["robots"].get("unreachable"):
        reasons = ", ".join(reason for reason in counts["robots"] if reason != "unreachable")
        return f"robots.txt cannot be read ({reasons}), so nothing may be fetched: try again later"
    if counts["stopped"]:
        return STOPPED.get(counts["stopped"], str(counts["stopped"]))
    troubles = counts["failures"] or {kind: count for kind, count in counts["refused"].items() if count}
    kinds = ", ".join(f"{count} × {kind}" for kind, count in troubles.items()) or "none answered"
    return f"no listing could be read ({kinds})"


def summary(receipt: Receipt) -> str:
    """One line on how a crawl ended."""
    if receipt.failure is not None:
        outcome = "" if receipt.exit_code == BUSY else f"{receipt.source}: {OUTCOMES[receipt.exit_code]}: "
        return f"baotinh: {outcome}{complaint(receipt.failure)}"
    counts = receipt.counts
    if receipt.exit_code == FAILED:
        return f"baotinh: {receipt.source}: failed: {why_failed(counts)}; {traffic(counts)}"
    found = ", ".join(f"{n} {outcome}" for outcome, n in sorted(receipt.outcomes.items())) or "nothing new"
    outcome = OUTCOMES[receipt.exit_code] + (f" ({why_partial(counts)})" if receipt.exit_code == PARTIAL else "")
    return f"{receipt.source}: {outcome}: {found}; {traffic(counts)}, {counts['failed']} failed{silent(counts)}"


def why_partial(counts: Mapping[str, Any]) -> str:
    """What a run missed, in words."""
    listings = counts["listings"]
    parts = [counts["stopped"] and f"stopped: {counts['stopped']}", counts["shortfall"]]
    parts += [f"listings {name}: {listings[name]}" for name in ("failed", "refused") if listings.get(name)]
    parts += [f"{count} × {kind}" for kind, count in {**counts["failures"], **counts["not_articles"]}.items()]
    parts.append(withheld(counts["absences"]))
    return ", ".join(filter(None, parts)) or "more was found than one run takes"


def withheld(absences: Mapping[str, int]) -> str:
    """How many known articles seemed gone, and were not believed to be."""
    many = absences.get("withheld", 0)
    seen = ", ".join(name for name in absences if name != "withheld")
    return f"{many} articles gone at once ({seen}): the paper fails, none is marked missing" if many else ""


def silent(counts: Mapping[str, Any]) -> str:
    """Which listings have never given anything or are forbidden, and how many answered by each road."""
    closed = roads(counts["silent"] or (), counts["forbidden"])
    answered = ", ".join(f"{road} {count}" for road, count in counts["roads"].items()) or "none"
    return f"{closed} (answered: {answered})" if closed else ""


def traffic(counts: Mapping[str, Any]) -> str:
    """What a crawl cost the paper, and the paper us: requests, bytes, share of 304, refusals of robots.txt, waits."""
    return (
        f"{counts['requests']} requests, {counts['bytes']:,} bytes, {counts['share_304'] or 0:.0%} not modified, "
        f"{counts['refused']['robots']} refused by robots.txt, waited {counts['waits']['seconds']:.0f} s"
    )


if __name__ == "__main__":
    main()
