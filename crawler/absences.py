"""Gone articles, held until it is clear that the paper stands: one that fails as a whole marks nothing missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.items import Article, Gone, Unchanged

if TYPE_CHECKING:
    from archive.items import Item

MASS_LOSS = 5
"""So many articles gone in a run, and fewer present than gone, mean that the paper fails, not its articles."""


@dataclass(slots=True)
class Absences:
    """What one run found gone, and how many articles it found present."""

    held: list[Gone] = field(default_factory=list)
    present: int = 0
    believed: int = 0

    def holds(self, item: Item | None) -> bool:
        """Take note of an item; whether it is to be held back for now."""
        if isinstance(item, Gone):
            self.held.append(item)
            return True
        self.present += isinstance(item, Article | Unchanged)
        return False

    def released(self, *, at_end: bool = False) -> list[Gone]:
        """Those that may be believed now; at the end of a run a handful is believed in any case."""
        few = at_end and len(self.held) < MASS_LOSS
        if not self.held or not (few or len(self.held) <= self.present):
            return []
        released, self.held = self.held, []
        self.believed += len(released)
        return released
