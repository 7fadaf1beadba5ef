"""`baotinh demo`: the simulated newspaper is crawled over several of its days, and its archive is served."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from archive.cli import Context
from archive.schema import ArchiveError, open_read_only
from crawler.demo.paper import PAPER_HOST, SYNDICATOR_HOST, demo_papers
from crawler.demo.server import Server, serve
from crawler.extensions import OK
from crawler.progress import BOARD
from crawler.run import Plan, Receipt, project_settings, run

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.demo.paper import Newspaper

SOURCES = {"demo_suoicat": PAPER_HOST, "demo_vietnam": SYNDICATOR_HOST}
DAYS = range(5)
LOOPBACK = {
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "BACKOFF_SECONDS": 0.1,
    "LOG_LEVEL": "WARNING",
}
"""Settings for a newspaper on this machine: nobody is disturbed by haste."""

COUNTS = {
    "sources": "SELECT count(*) FROM sources",
    "articles": "SELECT count(*) FROM articles",
    "revisions": "SELECT count(*) FROM revisions",
    "edited articles": "SELECT count(DISTINCT article_id) FROM revisions WHERE number > 1",
    "comment counts": "SELECT count(*) FROM comment_counts",
    "gone articles": "SELECT count(*) FROM articles WHERE gone_at IS NOT NULL",
    "runs": "SELECT count(*) FROM runs",
    "captures": "SELECT count(*) FROM captures",
}


def rounds(server: Server, papers: tuple[Newspaper, ...], days: range = DAYS) -> Iterator[list[Plan]]:
    """One round of crawls for each day of the newspaper, which is set before the round begins."""
    for day in days:
        server.set_clock(day)
        BOARD.title = f"day {day + 1} of {len(days)} ({papers[0].now:%d/%m/%Y})"
        offset = (papers[0].now - datetime.now(UTC)).total_seconds()
        settings = {**LOOPBACK, "CLOCK_OFFSET": offset}
        yield [
            Plan(source, {"origin": server.addresses[host], "recheck": "all", "days": 90}, settings)
            for source, host in SOURCES.items()
        ]


def crawl_days(data: Path) -> list[Receipt]:
    """Crawl the demo newspapers on each of their days into `data` and return the receipts."""
    papers = demo_papers()
    settings = project_settings()
    settings.setdict({"DATA_DIR": str(data), "LOG_INSTALL_ROOT_HANDLER": False}, priority="cmdline")
    with serve(*papers) as server:
        BOARD.show("baotinh demo")
        try:
            return run(rounds(server, papers), settings)
        finally:
            BOARD.hide()


def refuse_foreign(data: Path) -> None:
    """Raise ArchiveError when the archive in `data` holds sources that are not the demo's."""
    if not Context(data).database.exists():
        return
    with closing(open_read_only(Context(data).database)) as conn:
        others = [name for (name,) in conn.execute("SELECT name FROM sources") if name not in SOURCES]
    if others:
        raise ArchiveError(
            f"{data} holds other sources ({others[0]}, …): give the demo a folder of its own with --data DIR"
        )


def totals(conn: sqlite3.Connection) -> dict[str, int]:
    """What the archive holds, counted."""
    return {name: conn.execute(query).fetchone()[0] for name, query in COUNTS.items()}


def report(data: Path, receipts: list[Receipt]) -> None:
    """Print what was archived, and where it lies."""
    with closing(open_read_only(Context(data).database)) as conn:
        for name, count in totals(conn).items():
            click.echo(f"{count:>8,}  {name}")
    files = sorted((data / "warc").rglob("*.warc.gz"))
    size = sum(path.stat().st_size for path in files)
    click.echo(f"archive:  {Context(data).database}")
    click.echo(f"captured: {data / 'warc'} ({len(files)} WARC files, {size / 1e6:.1f} MB)")
    for receipt in receipts:
        if receipt.exit_code != OK:
            what = receipt.failure or json.dumps(dict(receipt.counts), ensure_ascii=False)
            click.echo(f"baotinh: {receipt.source}: exit code {receipt.exit_code}: {what}", err=True)


@click.command()
@click.option("--serve/--no-serve", "serve_it", default=True, help="Serve the archive when the crawl is over.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any free port.")
@click.pass_context
def demo(context: click.Context, /, port: int, **options: Any) -> None:
    """Crawl a simulated newspaper over five of its days, then serve its archive.

    Writes to the folder `demo` in the data folder, or to the folder that --data names.
    """
    given: Context = context.obj
    explicit = context.find_root().get_parameter_source("data") == ParameterSource.COMMANDLINE
    data = given.data if explicit else given.data / "demo"
    refuse_foreign(data)
    if options["serve_it"]:
        from archive.serve import listen

        listen("127.0.0.1", port).close()  # before the crawl: a port in use is better known at once
    receipts = crawl_days(data)
    report(data, receipts)
    failed = [receipt for receipt in receipts if receipt.exit_code != OK]
    if failed:
        raise SystemExit(failed[0].exit_code)
    if options["serve_it"]:
        from archive import serve as server

        server.serve(data, host="127.0.0.1", port=port, announce=lambda url: click.echo(f"baotinh: {url}"))
