"""`baotinh replay`: captures read by the present readers, into a new archive or, with --apply, into this one."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import Progress

from archive.carried import Carried, UnsettledError
from archive.carried import read as read_carried
from archive.files import PARTIAL as UNFINISHED
from archive.files import alone, made_by, sync
from archive.pool import processes
from archive.schema import ArchiveError, NewerError
from archive.seal import count_tombstones
from archive.store import Store
from crawler.extensions import PARTIAL
from crawler.replay import Replay, sources
from crawler.replay_files import Files
from crawler.rereading import COMPARED, Rereading, reread

if TYPE_CHECKING:
    from archive.cli import Context

SHOWN = 20


@dataclass(slots=True)
class Outcome:
    """What a replay came to: articles in the new archive, outcomes counted, and lines on what it lacks."""

    articles: int
    counts: Counter[str]
    lacking: list[str]


def replay_into(target: Path, files: Files, sorted_paths: dict[str, list[Path]], carried: Carried) -> Outcome:
    """Replay files, sorted by source, into a new archive at `target`; all cores read."""
    counts: Counter[str] = Counter()
    workers = os.cpu_count() or 1
    with Store(target) as store, processes(workers) as pool:
        pool.submit(os.getpid).result()  # the workers start before this process opens anything else
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("replay", total=None)
            for name, paths in sorted_paths.items():
                store.register(sources()[name].as_source())
                carried.begin(store.conn, name)
                one_more = partial(progress.advance, task)
                told = Replay(sources()[name], store, files.data, pool, one_more, carried.sealed, files.records)
                for path in paths:
                    told.run(path)
                counts.update(told.counts)
            carried.end(store.conn)
        articles = store.conn.execute("SELECT count(*) FROM articles").fetchone()[0]
    return Outcome(articles, counts, files.lacking)


def carried_over(context: Context, paths: list[Path], *, from_archive: bool) -> Carried:
    """What the withdrawals of this archive left, for its own replay; says so where withdrawn captures are lacking."""
    tombstones = sum(map(count_tombstones, paths))
    carried, why = Carried(), "they are replayed with --from-archive alone"
    if from_archive and context.database.is_file():
        try:
            return read_carried(context.database)
        except (UnsettledError, NewerError):
            raise  # what was withdrawn may still be in the captures, and would be brought back
        except ArchiveError as error:
            if not tombstones:
                return carried
            why = str(error)
    elif from_archive:
        why = f"{context.database} is not there"
    if tombstones:
        click.echo(f"note: {tombstones:,} captures were withdrawn, and their articles are left out: {why}", err=True)
    return carried


def whole_or_nothing(target: Path, files: Files, sorted_paths: dict[str, list[Path]], carried: Carried) -> Outcome:
    """Replay under another name, and give the archive its own when it is whole: a failure leaves nothing behind.

    Raises BusyError when another process is replaying into the same archive.
    """
    unfinished = target.with_name(f"{target.name}{UNFINISHED}")
    leftovers = [unfinished.with_name(unfinished.name + ending) for ending in ("", "-wal", "-shm")]
    with alone(target.with_name(f".{target.name}.lock"), f"{target}: another replay is writing it"):
        refuse_existing(target)  # that other one may just have ended
        for path in leftovers:
            path.unlink(missing_ok=True)
        try:
            outcome = replay_into(unfinished, files, sorted_paths, carried)
            refuse_outdated(files, carried)
            sync(unfinished)
            unfinished.rename(target)
        finally:
            for path in leftovers:
                path.unlink(missing_ok=True)
    return outcome


def refuse_existing(target: Path) -> None:
    """Raise UsageError where the new archive would replace something."""
    if target.exists():
        raise click.UsageError(f"{target} exists: name another file with --into, or remove it")


def refuse_outdated(files: Files, carried: Carried) -> None:
    """Raise ArchiveError when a text was withdrawn, or given back, since the replay began: it may have been read."""
    if files.database is None or not files.database.is_file():
        return
    try:
        now = read_carried(files.database)
    except UnsettledError:
        raise
    except ArchiveError:
        return  # a damaged one, of which nothing was carried over
    if now.hanging != carried.hanging:
        raise ArchiveError(f"{files.database}: a withdrawal came while its captures were replayed: replay again")


def show(changes: list[Rereading]) -> None:
    """Print what the present readers would change, by field, with the first of each."""
    fields = Counter(name for change in changes for name in change.fields)
    for change in changes[:SHOWN]:
        click.echo(f"{change.url}: {', '.join(change.fields)} ({change.before} → {change.after})")
    if len(changes) > SHOWN:
        click.echo(f"… and {len(changes) - SHOWN:,} more")
    total = ", ".join(f"{fields[name]:,} {name}" for name in COMPARED if fields[name]) or "nothing"
    click.echo(f"The present readers change {len(changes):,} articles: {total}.")


def replay_files(context: Context, warc: tuple[Path, ...], target: Path) -> Outcome:
    """Replay WARC files, or without any all those of the archive, into a new archive."""
    files = Files(context.data.resolve(), None if warc else context.database)
    paths = [path.resolve() for path in warc] or files.of_the_archive()
    carried = carried_over(context, paths, from_archive=not warc)
    sorted_paths = files.by_source(paths, carried)
    if not sorted_paths:
        named = ", ".join(map(str, warc)) or f"{context.data / 'warc'}: crawl first"
        raise ArchiveError(f"no captures in {named}")
    with made_by(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        return whole_or_nothing(target, files, sorted_paths, carried)


def show_changes(context: Context, *, apply: bool) -> None:
    """Print, and with `apply` write, what the present readers change; exit code 2 when bytes cannot be read."""
    lost: list[str] = []
    changes = reread(context.database, context.data, apply=apply, lost=lambda url, why: lost.append(f"{url}: {why}"))
    show(changes)
    for line in lost[:SHOWN]:
        click.echo(f"baotinh: not read again: {line}", err=True)
    if lost:
        click.echo(f"baotinh: {len(lost):,} articles could not be read again: run `baotinh verify`", err=True)
        raise SystemExit(PARTIAL)


@click.command()
@click.argument("warc", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from-archive", is_flag=True, help="Replay every WARC file of the data folder.")
@click.option(
    "--into", type=click.Path(dir_okay=False, path_type=Path), help="The new archive [DATA/replay/archive.db]."
)
@click.option("--reread", "only_reread", is_flag=True, help="Show what the present readers would change, and no more.")
@click.option("--apply", "apply_it", is_flag=True, help="Write those changes into this archive, as revisions of ours.")
@click.pass_obj
def replay(
    context: Context,
    warc: tuple[Path, ...],
    into: Path | None,
    *,
    from_archive: bool,
    only_reread: bool,
    apply_it: bool,
) -> None:
    """Read captures again, in time order, through the present readers; nothing is fetched.

    WARC files, or all those of the archive, give a new archive: with the same readers it equals this one. Damaged
    places are named and left out; exits with 2 then, and when files of the archive are missing.
    --reread shows, and --apply writes, what newer readers make of the articles that this archive holds.
    """
    if only_reread or apply_it:
        if warc or from_archive or into:
            raise click.UsageError("--reread and --apply read this archive's own captures: give no WARC files")
        show_changes(context, apply=apply_it)
        return
    if from_archive == bool(warc):
        raise click.UsageError("name WARC files, or give --from-archive, --reread or --apply")
    target = into or context.data / "replay" / "archive.db"
    refuse_existing(target)
    outcome = replay_files(context, warc, target)
    outcomes = ", ".join(f"{count:,} {name}" for name, count in sorted(outcome.counts.items()))
    click.echo(f"{target}: {outcome.articles:,} articles ({outcomes or 'nothing was read'})")
    for line in outcome.lacking:
        click.echo(f"baotinh: {line}", err=True)
    if outcome.lacking:
        raise SystemExit(PARTIAL)
