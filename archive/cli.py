"""The archive's own commands, and how every command of baotinh says what went wrong."""

from __future__ import annotations

import errno
import json
import sqlite3
import sys
import unicodedata
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from archive import search
from archive.health_view import health_
from archive.reindex import reindex
from archive.schema import ADVICE, ArchiveError, BusyError, connect, migrate, open_read_only

if TYPE_CHECKING:
    from pathlib import Path

    from rich.text import Text

DISK_FULL = "the disk is full: make room, then run again; all that was saved before is kept"

USAGE, BUSY = 64, 75
"""Exit codes: EX_USAGE and EX_TEMPFAIL of sysexits.h."""


@dataclass(frozen=True, slots=True)
class Context:
    """What all commands know: the data folder, whether it was given, whether errors show tracebacks."""

    data: Path
    debug: bool = False
    explicit_data: bool = False

    @property
    def database(self) -> Path:
        """The archive's own file."""
        return self.data / "archive.db"


def complaint(error: Exception) -> str:
    """Say in one line what went wrong and what to do."""
    if isinstance(error, sqlite3.Error):
        advice = ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        text = f"the archive: {advice} ({error})" if advice else f"the archive: {error}"
    elif isinstance(error, OSError):
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        text = DISK_FULL if full else f"{error.filename or 'system'}: {error.strerror or error}"
    else:
        text = str(error)
    return " ".join(text.split())


class Commands(click.Group):
    """A group whose commands end with one line `baotinh: …` and exit code 1 where they cannot go on.

    It is 75 where another process is at the same work. That holds for ArchiveError, sqlite3.Error and OSError;
    with --debug, and for anything else, the traceback is shown.
    """

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command and exit; a mistyped call is one line and exit code 64 (EX_USAGE of sysexits.h).

        Click's own 2 would be taken for a partial crawl.
        """
        run: Any = super().main
        if not extra.pop("standalone_mode", True):
            return run(*args, **extra, standalone_mode=False)
        try:
            code = run(*args, **extra, standalone_mode=False)
        except click.ClickException as error:
            click.echo(f"baotinh: {' '.join(error.format_message().split())}", err=True)
            sys.exit(USAGE if isinstance(error, click.UsageError) else 1)
        except click.Abort:
            click.echo("baotinh: stopped", err=True)
            sys.exit(130)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (ArchiveError, sqlite3.Error, OSError) as error:
            context = ctx.find_object(Context)
            closed_pipe = isinstance(error, OSError) and error.errno == errno.EPIPE
            if closed_pipe or (context and context.debug):
                raise
            click.echo(f"baotinh: {complaint(error)}", err=True)
            ctx.exit(BUSY if isinstance(error, BusyError) else 1)


@click.command()
@click.pass_obj
def init(context: Context) -> None:
    """Make the archive, or bring it to this version's schema."""
    with closing(connect(context.database)) as conn:
        applied = migrate(conn)
    click.echo(f"{context.database}: {', '.join(applied) if applied else 'up to date'}")


def printable(text: str) -> str:
    """Make stored text safe for a terminal: control characters (escape sequences) become blanks."""
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)


def emphasised(text: str) -> Text:
    """Give what was found in `text` an emphasis that terminals show."""
    from rich.text import Text

    shown = Text()
    for piece in text.split(search.START):
        found, end, rest = piece.rpartition(search.END)
        shown.append(printable(found), style="bold yellow" if end else "")
        shown.append(printable(rest))
    return shown


def print_hits(hits: list[search.Hit], total: int) -> None:
    """Print what was found as a table, newest first, with the number of all matches below."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), show_header=True)
    table.add_column("published", no_wrap=True)
    table.add_column("source", no_wrap=True)
    table.add_column("article", overflow="fold")
    for hit in hits:
        url = Text(printable(hit.url), style="dim", overflow="fold")
        article = Text("\n").join([emphasised(hit.title_marked), emphasised(hit.snippet), url])
        table.add_row((hit.published_at or "?")[:10], hit.source, article)
    console.print(table)
    known = "more than 10,000" if total > search.COUNT_LIMIT else f"{total:,}"
    console.print(f"{len(hits):,} of {known} articles", style="dim", highlight=False)


def check_words(ctx: click.Context, _: click.Parameter, words: tuple[str, ...]) -> str:
    """Join the words of a query; `-word` excludes, so that only `--word` can be a mistaken option."""
    for word in words:
        if word.startswith("--"):
            raise click.NoSuchOption(word, ctx=ctx)
    return " ".join(words)


@click.command(name="search", context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1, required=True, callback=check_words)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Articles to show.")
@click.option("--best", is_flag=True, help="Best matches first (up to 5,000 matches), not the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of objects.")
@click.pass_obj
def search_(context: Context, query: str, limit: int, *, best: bool, as_json: bool) -> None:
    """Find articles: words, "a phrase", -without, begin*, OR.

    Marks and case do not matter: `lam dong` finds Lâm Đồng. Where marks are typed, articles that have them
    come first.
    """
    with closing(open_read_only(context.database)) as conn:
        hits = search.find(conn, query, limit=limit, order="best" if best else "newest")
        total = search.count(conn, query)
    if as_json:
        keys = ("url", "title", "source", "published_at", "snippet")
        objects = [{key: getattr(hit, key) for key in keys} for hit in hits]
        for found in objects:
            found["snippet"] = search.plain(found["snippet"])
        click.echo(json.dumps(objects, ensure_ascii=False, indent=2))
    elif hits:
        print_hits(hits, total)
    elif search.match(query) is None:
        click.echo("There is nothing to search for: type at least one word.", err=True)
    else:
        click.echo("No article matches.", err=True)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.pass_obj
def serve(context: Context, port: int, host: str) -> None:
    """Serve the archive to browsers with Datasette, read-only."""
    from archive import serve as server

    server.serve(context.data, host=host, port=port, announce=lambda url: click.echo(f"baotinh: {url}"))


archive_commands: list[click.Command] = [init, reindex, search_, serve, health_]
