"""The fault table: what a crawl does, records and stores under each fault. `make faults` prints it.

usage: python tests/fault_table.py [--json]
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from fault_kinds import FAULTS
from fault_lab import Row, in_one_process
from fault_machine import FAULTS as OF_THE_MACHINE
from fault_machine import on_this_machine
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

CAPPED = 60


def rows() -> list[Row]:
    """Every fault met, in order."""
    with tempfile.TemporaryDirectory(prefix="baotinh-faults-") as folder:
        return [*in_one_process(Path(folder), FAULTS), *on_this_machine(Path(folder))]


def expected() -> dict[str, Mapping[str, object]]:
    """What must come of each fault, by its name."""
    return {fault.name: fault.expect for fault in FAULTS} | OF_THE_MACHINE


def differs(row: Mapping[str, object], expect: Mapping[str, object]) -> dict[str, object]:
    """What is otherwise than expected: the facts of a row by the names of what is expected of it.

    `at_most` bounds the requests: how many more go out before a run has stopped depends on the machine's haste.
    """
    facts: dict[str, object] = {**row["recorded"], **row["stored"], **row}
    facts["at_most"] = max(expect.get("at_most", 0), row["requests"])
    return {name: facts.get(name) for name, value in expect.items() if facts.get(name) != value}


def words(values: Mapping[str, object]) -> str:
    """Facts in few words."""
    return "; ".join(
        f"{name} " + (", ".join(f"{k} {n}" for k, n in value.items()) if isinstance(value, dict) else str(value))
        for name, value in values.items()
    )


def show(found: list[Row]) -> int:
    """Print the table; returns how many rows are not as expected."""
    table = Table(title="What a crawl makes of each fault", title_justify="left")
    for name in ("fault", "did", "recorded", "stored", "health"):
        table.add_column(name, overflow="fold")
    wrong = 0
    for row in found:
        failed = differs(asdict(row), expected()[row.fault])
        wrong += bool(failed)
        if failed:
            print(f"{row.fault}: {failed} instead of {expected()[row.fault]}", file=sys.stderr)
        did = f"{row.requests} requests, {min(row.seconds, CAPPED):.1f} s, exit {row.exit} ({row.outcome})"
        stored = words({name: n for name, n in row.stored.items() if n})
        table.add_row(row.fault, did, words(row.recorded), stored, row.health, style="red" if failed else "")
    console = Console(width=None if sys.stdout.isatty() else 180)
    console.print(table)
    console.print(f"{len(found)} faults, {wrong} not as expected")
    return wrong


if __name__ == "__main__":
    met = rows()
    if "--json" in sys.argv[1:]:
        print(json.dumps([asdict(row) for row in met]))
    else:
        sys.exit(1 if show(met) else 0)
