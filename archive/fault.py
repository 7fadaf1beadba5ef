"""One thing that is wrong with an archive, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in `file` (relative to the data folder), at byte `offset` where one can be named."""

    file: str
    offset: int | None
    message: str

    def __str__(self) -> str:
        place = self.file if self.offset is None else f"{self.file} at byte {self.offset}"
        return f"{place}: {self.message}"
