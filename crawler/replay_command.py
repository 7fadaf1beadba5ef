"""`baotinh replay`: captures read by the present readers, into a new archive or, with --apply, into this one."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import Progress

from archive.schema import ArchiveError, open_read_only
from archive.store import Store
from archive.warc import records
from crawler.replay import Replay, sources
from crawler.rereading import COMPARED, Rereading, reread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.cli import Context

SHOWN = 20


def by_source(paths: Iterable[Path]) -> dict[str, list[Path]]:
    """WARC files in the order of their first captures, by the source that their addresses belong to.

    Raises ArchiveError for a file whose addresses are no known source's.
    """
    found: defaultdict[str, list[tuple[str, Path]]] = defaultdict(list)
    for path in paths:
        first = next(records(path), None)
        if first is not None:
            found[source_of(path, first.url)].append((first.fetched_at.isoformat(), path))
    return {name: [path for _, path in sorted(files)] for name, files in sorted(found.items())}


def source_of(path: Path, url: str) -> str:
    """The source of a WARC file: the folder it lies in, else whose host its first address names."""
    from archive.urls import in_domains

    if path.parent.name in sources():
        return path.parent.name
    for name, spider in sources().items():
        if in_domains(url, spider.as_source().domains):
            return name
    raise ArchiveError(f"{path}: {url} is an address of no source: `baotinh sources` names those there are")


def replay_into(target: Path, data: Path, files: dict[str, list[Path]]) -> Counter[str]:
    """Replay the files into a new archive at `target`; all cores read. Returns outcomes, counted."""
    counts: Counter[str] = Counter()
    workers = os.cpu_count() or 1
    with Store(target) as store, ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        pool.submit(os.getpid).result()  # the workers start before this process opens anything else
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("replay", total=None)
            for name, paths in files.items():
                store.register(sources()[name].as_source())
                told = Replay(sources()[name], store, data, pool, lambda: progress.advance(task))
                for path in paths:
                    told.run(path)
                counts.update(told.counts)
    return counts


def whole_or_nothing(target: Path, data: Path, files: dict[str, list[Path]]) -> Counter[str]:
    """Replay under another name, and give the archive its own when it is whole: a failure leaves nothing behind."""
    partial = target.with_name(f"{target.name}.partial")
    leftovers = [partial.with_name(partial.name + ending) for ending in ("", "-wal", "-shm")]
    for path in leftovers:
        path.unlink(missing_ok=True)
    try:
        counts = replay_into(partial, data, files)
        partial.rename(target)
    finally:
        for path in leftovers:
            path.unlink(missing_ok=True)
    return counts


def show(changes: list[Rereading]) -> None:
    """Print what the present readers would change, by field, with the first of each."""
    fields = Counter(name for change in changes for name in change.fields)
    for change in changes[:SHOWN]:
        click.echo(f"{change.url}: {', '.join(change.fields)} ({change.before} → {change.after})")
    if len(changes) > SHOWN:
        click.echo(f"… and {len(changes) - SHOWN:,} more")
    total = ", ".join(f"{fields[name]:,} {name}" for name in COMPARED if fields[name]) or "nothing"
    click.echo(f"The present readers change {len(changes):,} articles: {total}.")


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

    WARC files, or all those of the archive, give a new archive: with the same readers it equals this one.
    --reread shows, and --apply writes, what newer readers make of the articles that this archive holds.
    """
    if only_reread or apply_it:
        if warc or from_archive or into:
            raise click.UsageError("--reread and --apply read this archive's own captures: give no WARC files")
        show(reread(context.database, context.data, apply=apply_it))
        return
    if from_archive == bool(warc):
        raise click.UsageError("name WARC files, or give --from-archive, --reread or --apply")
    target = into or context.data / "replay" / "archive.db"
    if target.exists():
        raise click.UsageError(f"{target} exists: name another file with --into, or remove it")
    paths = [path.resolve() for path in warc] or sorted(context.data.resolve().glob("warc/*/*.warc.gz"))
    files = by_source(paths)
    if not files:
        raise ArchiveError(f"no captures under {context.data / 'warc'}: crawl first")
    target.parent.mkdir(parents=True, exist_ok=True)
    counts = whole_or_nothing(target, context.data.resolve(), files)
    with closing(open_read_only(target)) as conn:
        articles = conn.execute("SELECT count(*) FROM articles").fetchone()[0]
    outcomes = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    click.echo(f"{target}: {articles:,} articles ({outcomes})")
