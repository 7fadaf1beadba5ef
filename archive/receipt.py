"""What a backup says of itself, and whether its database is still the one that was backed up."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from archive.backup_files import DATABASE
from archive.fault import Fault
from archive.files import digest_of, write_whole
from archive.schema import ArchiveError
from archive.times import stamp
from archive.warc_check import Checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

RECEIPT = "backup.json"
FORMAT, BEFORE = 3, 2
"""Version of the receipt's form, and the one before, which had no `own`."""
OWN = "own"
"""What the receipt calls the sha256 (hex) of all else that it says."""


def receipt(folder: Path) -> dict[str, Any] | None:
    """Read what a backup says of itself, None where there is nothing; raises ArchiveError when it cannot be read.

    `sha256` lists the digests (hex) that its database may have: two in the moment when it is replaced.
    """
    path = folder / RECEIPT
    if not path.is_file():
        return None
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
        form, _ = said["format"], said["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{path}: damaged: use another backup, or another folder for a new one") from error
    if form not in {FORMAT, BEFORE}:
        raise ArchiveError(f"{path}: made by another version of baotinh (format {form}): update, or use another folder")
    return said


def write(folder: Path, now: datetime, digests: Sequence[str]) -> None:
    """Write the receipt of a backup whose database may have these digests (hex)."""
    content = {"format": FORMAT, "created_at": stamp(now), "sha256": digests}
    write_whole(folder / RECEIPT, _encoded(content | {OWN: _digest(content)}))


def _encoded(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1).encode()


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_encoded(content)).hexdigest()


def _is_whole(folder: Path, said: Mapping[str, Any]) -> bool:
    """Tell whether a receipt is, byte for byte, what was written."""
    rest = {name: value for name, value in said.items() if name != OWN}
    expected = rest if rest["format"] == BEFORE and OWN not in said else rest | {OWN: _digest(rest)}
    return (folder / RECEIPT).read_bytes() == _encoded(expected)


def check(folder: Path) -> Checked:
    """Check a backup's receipt, and against it the database: each of its bytes, those that nothing reads too."""
    found = Checked()
    try:
        said = receipt(folder)
    except ArchiveError as error:
        found.faults.append(Fault(RECEIPT, None, str(error).removeprefix(f"{folder / RECEIPT}: ")))
        return found
    if said is not None and not _is_whole(folder, said):
        found.faults.append(Fault(RECEIPT, None, "damaged: back up again, which writes it anew"))
    elif said is not None and digest_of(folder / DATABASE) not in said["sha256"]:
        found.faults.append(Fault(DATABASE, None, f"is not as it was backed up ({RECEIPT})"))
    return found
