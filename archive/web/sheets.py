"""Rows for spreadsheets: CSV in which no cell is taken for a formula, ours and Datasette's own."""

from __future__ import annotations

import csv
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from datasette.views import base

if TYPE_CHECKING:
    from collections.abc import Iterable

UNSEEN = "\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069"
"""Marks without width, which some programs drop before they look at a cell."""
FORMULA = re.compile(rf"[\t\r\n\0]|[\s{UNSEEN}]*[=+\-@＝＋－＠]")
"""What a spreadsheet takes for a formula at the beginning of a cell, or for the end of the cell before (OWASP)."""


def neutral(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: a leading apostrophe where a text might be one."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


class Writer:
    """Writes rows as CSV (RFC 4180), every text in quotes: a list separator of `;` splits no cell in two."""

    def __init__(self, out: Any) -> None:
        self._rows = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)

    def writerow(self, row: Iterable[object]) -> Any:
        """Write a row and return what `write` of the target gave back: Datasette awaits it."""
        return self._rows.writerow([neutral(cell) for cell in row])


def take_over() -> None:
    """Let Datasette write its own CSV so, streams and queries included: it has no hook for that format."""
    base.csv = SimpleNamespace(writer=Writer)
