"""The command `baotinh`: crawl, parse and demo here; the archive's own commands beside them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import click

from archive.cli import Commands, Context, archive_commands
from crawler import __version__
from crawler.demo.command import demo
from crawler.extensions import OK, OUTCOMES
from crawler.parse import parse
from crawler.progress import BOARD
from crawler.run import Plan, Receipt, project_settings, run, spiders, worst
from crawler.sources import sources as sources_command


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


for command in (*archive_commands, demo, parse, sources_command):
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


@main.command()
@click.argument("sources", nargs=-1, metavar="SOURCE…")
@click.option("--all", "everything", is_flag=True, help="Crawl every newspaper.")
@click.option("-s", "settings", multiple=True, metavar="NAME=VALUE", callback=assignments, help="A Scrapy setting.")
@click.option(
    "-a",
    "arguments",
    multiple=True,
    metavar="NAME=VALUE",
    callback=assignments,
    help="A spider argument, such as origin=URL.",
)
@click.option("--limit", type=click.IntRange(min=0), help="New articles a source at most.")
@click.option(
    "--recheck",
    type=click.Choice(["due", "all", "none"]),
    default="due",
    show_default=True,
    help="Which known articles to look at again.",
)
@click.pass_obj
def crawl(
    context: Context, sources: tuple[str, ...], settings: dict[str, str], arguments: dict[str, str],
    limit: int | None, recheck: str, *, everything: bool,
) -> None:  # fmt: skip
    """Crawl newspapers: new articles, and known ones that are due for another look.

    Exits with 0 when all went well, 1 when a source failed, 2 when one is partial, 75 when one is running.
    """
    names = chosen(sources, everything=everything)
    given: dict[str, Any] = {**arguments, "recheck": recheck}
    if limit is not None:
        given["limit"] = limit
    receipts = crawl_all([Plan(name, given) for name in names], context, settings)
    for receipt in receipts:
        click.echo(summary(receipt), err=receipt.exit_code != OK)
    raise SystemExit(worst(receipt.exit_code for receipt in receipts))


def crawl_all(plans: list[Plan], context: Context, settings: dict[str, str]) -> list[Receipt]:
    """Run the plans at the same time under a progress board and return their receipts."""
    merged = project_settings()
    merged.setdict({"DATA_DIR": str(context.data), "LOG_INSTALL_ROOT_HANDLER": False}, priority="cmdline")
    merged.setdict(settings, priority="cmdline")
    log_to_stderr("DEBUG" if context.debug else settings.get("LOG_LEVEL", "WARNING"))
    BOARD.show("baotinh crawl")
    try:
        return run([plans], merged)
    finally:
        BOARD.hide()


def log_to_stderr(level: str) -> None:
    """Send log lines of `level` and above to standard error as plain text."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.setLevel(level)  # on the handler: Scrapy sets the levels of the loggers anew
    logging.getLogger().addHandler(handler)


def summary(receipt: Receipt) -> str:
    """One line on how a crawl ended."""
    if receipt.failure is not None:
        return f"baotinh: {receipt.source}: {OUTCOMES[receipt.exit_code]}: {receipt.failure}"
    counts = receipt.counts
    found = ", ".join(f"{n} {outcome}" for outcome, n in sorted(receipt.outcomes.items())) or "nothing new"
    return (
        f"{receipt.source}: {OUTCOMES[receipt.exit_code]}: {found}; "
        f"{counts['requests']} requests, {counts['bytes']:,} bytes, {counts['failed']} failed"
    )


if __name__ == "__main__":
    main()
