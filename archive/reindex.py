"""The command `reindex`: brings the newsroom's search up to the articles, or builds it anew."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from archive.cli import Context


@click.command()
@click.option("--all", "anew", is_flag=True, help="Drop the index and build it anew.")
@click.pass_obj
def reindex(context: Context, *, anew: bool) -> None:
    """Index what other tools wrote into the archive; the crawler keeps the search index up by itself.

    An index of another version of baotinh is built anew. Others may read and write meanwhile; interrupted, it
    goes on where it was.
    """
    from archive import keys
    from archive.schema import ArchiveError, connect, migrate, plain_errors

    if not context.database.is_file():
        raise ArchiveError(f"{context.database}: there is no archive: crawl first, or give its folder with --data")
    with plain_errors(context.database), closing(connect(context.database)) as conn:
        migrate(conn)
        if anew or not keys.is_current(conn):
            keys.clear(conn)
        total = keys.waiting(conn)
        with click.progressbar(length=total, label="indexing", file=sys.stderr) as bar:
            keys.reindex(conn, progress=bar.update)
    click.echo(f"{context.database}: {total:,} articles indexed" if total else f"{context.database}: up to date")
