"""Commands for what is kept: snapshot, verify, backup, restore, withdraw."""

from __future__ import annotations

import json
import shlex
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.backup_files import Copied
    from archive.cli import Context
    from archive.verify import Result
    from archive.withdraw import Outcome

CATEGORIES = ("court-order", "privacy", "other")
PARTIAL = 2
"""Exit code of what was done, though not all is well."""
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show on a terminal (stderr) how far each step has come; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:>24}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    steps: dict[str, Any] = {}
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as shown:

        def report(step: str, done: int, total: int) -> None:
            if step not in steps:
                steps[step] = shown.add_task(step)
            shown.update(steps[step], completed=done, total=max(total, 1))

        yield report


def megabytes(size: int) -> str:
    """Write a number of bytes for people."""
    return f"{size / 1e6:,.1f} MB"


@click.command()
@click.option("--keep-all", is_flag=True, help="Thin no older snapshots.")
@click.pass_context
def snapshot(ctx: click.Context, *, keep_all: bool) -> None:
    """Write a dated copy of the archive for others, with a manifest.

    Older ones are thinned: 14 days, 8 weeks and every month are kept. Exits with 2 when files of captures are
    missing or cut short.
    """
    from archive.snapshot import snapshot as make

    begun = perf_counter()
    with progress() as report:
        content = make(ctx.obj.data, datetime.now(UTC), report, thin=not keep_all).content
    click.echo(f"{ctx.obj.data / 'snapshots' / content['name']}")
    for file in content["files"]:
        click.echo(f"  {file['name']:<12} {megabytes(file['bytes']):>12}  sha256 {file['sha256']}")
    click.echo(f"  {content['rows']['articles']:,} articles, {content['rows']['captures']:,} captures")
    if content["thinned"]:
        click.echo(f"  thinned: {', '.join(content['thinned'])}")
    click.echo(f"  {perf_counter() - begun:.1f} s")
    for file in content["cut"]:
        click.echo(f"baotinh: {file}: is missing or cut short, and with it captures: run `baotinh verify`", err=True)
    ctx.exit(PARTIAL if content["cut"] else 0)


@click.command()
@click.option("--jobs", type=click.IntRange(1), help="Processes; one a core by default.")
@click.option("--quick", is_flag=True, help="Do not compare the search indexes word for word.")
@AS_JSON
@click.pass_context
def verify(ctx: click.Context, jobs: int | None, *, quick: bool, as_json: bool) -> None:
    """Check database, captures, manifests and snapshots; exit 1 on any fault."""
    from archive.verify import verify as check

    begun = perf_counter()
    with progress() as report:
        result = check(ctx.obj.data, report, jobs=jobs, index=not quick)
    if as_json:
        click.echo(json.dumps(_as_object(result), ensure_ascii=False, indent=1))
    else:
        _print_result(result, perf_counter() - begun)
    ctx.exit(1 if result.faults else 0)


def _as_object(result: Result) -> dict[str, Any]:
    faults = [{"file": one.file, "offset": one.offset, "message": one.message} for one in result.faults]
    return {"faults": faults, "notes": result.notes, "bytes": result.bytes, "records": result.records}


def _print_result(result: Result, seconds: float) -> None:
    for fault in result.faults:
        click.echo(f"fault: {' '.join(str(fault).split())}")
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    speed = f"{megabytes(result.bytes)} in {seconds:.1f} s"
    found = f"{len(result.faults):,} faults" if result.faults else "no fault"
    click.echo(f"{found}: {result.records:,} records of captures and all of the archive, {speed}", err=True)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_context
def backup(ctx: click.Context, folder: Path) -> None:
    """Copy database, captures and snapshots to FOLDER; what has not changed is not copied again.

    Exits with 2 when files of captures are missing or cut short, or only the backup still has them.
    """
    from archive.backup import backup as make

    with progress() as report:
        copied = make(ctx.obj.data, folder, datetime.now(UTC), report)
    _print_copied(folder, copied)
    for file in copied.foreign:
        click.echo(f"note: {file}: not a file of the archive, not copied: move it away", err=True)
    for file in copied.lost:
        click.echo(f"baotinh: {file}: is in the backup and no longer in the archive: copy it back", err=True)
    for file in copied.missing:
        click.echo(f"baotinh: {file}: is missing or cut short, and with it captures: run `baotinh verify`", err=True)
    ctx.exit(PARTIAL if copied.lost or copied.missing else 0)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def restore(context: Context, folder: Path) -> None:
    """Bring the backup in FOLDER back into an empty data folder."""
    from archive.restore import restore as bring_back

    with progress() as report:
        copied = bring_back(folder, context.data, report)
    _print_copied(context.data, copied)
    click.echo(f"Check it: baotinh --data {shlex.quote(str(context.data))} verify")


def _print_copied(target: Path, copied: Copied) -> None:
    click.echo(
        f"{target}: {copied.files:,} files copied ({megabytes(copied.bytes)}), "
        f"{copied.kept:,} were there, {copied.removed:,} removed"
    )


def check_order(ctx: click.Context) -> None:
    """Refuse options of `withdraw` that do not belong together (click.UsageError)."""
    given = {name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    url, listed, undo = (ctx.params[name] for name in ("url", "listed", "undo"))
    orders = {"reason": "--reason", "category": "--category", "seal": "--seal or --remove"}
    orders["drop_snapshots"] = "--drop-snapshots"
    strange = next((option for name, option in orders.items() if name in given), None)
    if listed and (url or undo or strange or "key" in given):
        raise click.UsageError("--list stands alone", ctx)
    if not listed and not url:
        raise click.UsageError("name the address to withdraw, or --list", ctx)
    if undo and strange:
        raise click.UsageError(f"--undo gives back what was sealed: leave {strange} away", ctx)
    if "key" in given and not ctx.params["seal"]:
        raise click.UsageError("--remove keeps nothing that a key could open: leave --key away", ctx)
    if not listed and not undo and not (ctx.params["reason"] or "").strip():
        raise click.UsageError("give the reason with --reason; it is kept, and not published", ctx)


@click.command()
@click.argument("url", required=False)
@click.option("--reason", metavar="TEXT", help="Why, in words: kept with the withdrawal, not published.")
@click.option("--category", type=click.Choice(CATEGORIES), default="other", show_default=True, help="Is published.")
@click.option("--seal/--remove", default=True, help="Encrypt the captures (default), or remove them for good.")
@click.option(
    "--key",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="BAOTINH_SEAL_KEY",
    default=lambda: Path(click.get_app_dir("baotinh")) / "seal.key",
    show_default="seal.key in your configuration folder",
    help="File of the key that seals; made when missing.",
)
@click.option("--undo", is_flag=True, help="Give back what was sealed.")
@click.option("--drop-snapshots", is_flag=True, help="Remove the snapshots that were made before, too.")
@click.option("--list", "listed", is_flag=True, help="List all withdrawals.")
@AS_JSON
@click.pass_context
def withdraw(  # noqa: PLR0913 — one a command-line option
    ctx: click.Context,
    url: str | None,
    reason: str | None,
    category: Any,
    key: Path,
    *,
    seal: bool,
    undo: bool,
    drop_snapshots: bool,
    listed: bool,
    as_json: bool,
) -> None:
    """Take the article at URL out of the archive, for a court order or for privacy.

    Its text leaves pages, search, feeds, exports and new snapshots; a tombstone with the date and the category
    stays. Its captures are sealed, so that --undo can give them back, or removed.
    """
    from archive import withdraw as withdrawals

    check_order(ctx)
    data, now = ctx.obj.data, datetime.now(UTC).replace(microsecond=0)
    if listed or not url:
        _print_list(withdrawals.listing(data), as_json=as_json)
    elif undo:
        _print_outcome("given back", withdrawals.undo(data, url, key, now), as_json=as_json)
    else:
        order = withdrawals.Order(url, reason or "", category, now, key if seal else None, drop_snapshots)
        _print_outcome("sealed" if seal else "removed", withdrawals.withdraw(data, order), as_json=as_json)
        if seal and not as_json:
            click.echo(f"  the key is {key}: without it nobody can undo this; keep a copy apart from the archive")


def _print_outcome(done: str, outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({name: getattr(outcome, name) for name in outcome.__slots__}, ensure_ascii=False))
        return
    click.echo(f"withdrawal {outcome.number}: {outcome.url}: {outcome.captures:,} captures {done}")
    for url in outcome.shared:
        click.echo(f"  the same bytes are another article, which stays: {url}")
    for url in outcome.alike:
        click.echo(f"  the same text, its copy or its translation is another article, which stays: {url}")
    if outcome.snapshots:
        click.echo(f"  older snapshots still hold the text: {', '.join(outcome.snapshots)} (--drop-snapshots)")
    for path in outcome.copies:
        click.echo(f"  a copy of the archive still holds the text: {path}")
    if not outcome.cleaned:
        click.echo("  a reader keeps parts of the text in archive.db-wal: they go when it ends and a crawl writes")


def _print_list(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        state = (
            f"undone {row['undone_at'][:10]}" if row["undone_at"] else f"{row['method']}, {row['captures']} captures"
        )
        reason = "?" if row["reason"] is None else " ".join(row["reason"].split())
        click.echo(
            f"{row['id']:>4}  {row['withdrawn_at'][:10]}  {row['category']:<11}  {state}  {row['url']}  {reason}"
        )
    if not rows:
        click.echo("Nothing was withdrawn.", err=True)


data_commands: list[click.Command] = [snapshot, verify, backup, restore, withdraw]
