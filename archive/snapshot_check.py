"""Snapshots, their manifests and sealed packs checked against the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import manifest, warc_packing
from archive.fault import Fault
from archive.files import PARTIAL, digest_of
from archive.manifest import CHAIN, LATEST, MANIFEST, NAME, SUMS
from archive.schema import ArchiveError
from archive.warc_check import Checked

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from archive.manifest import Link

FOLDER = "snapshots"


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file (relative to the data folder) whose first `bytes` bytes must have this sha256 (hex).

    `whole`: it has no more bytes than these.
    """

    file: str
    bytes: int
    sha256: str
    whole: bool = False


def files(data: Path, chain: list[Link], faults: list[Fault]) -> Iterator[Hashed]:
    """List every file that a manifest vouches for, and note what is missing, foreign or not as the chain has it."""
    standing = manifest.standing(chain)
    for name, link in standing.items():
        yield from _snapshot_files(data, name, link, faults)
    for link in chain:
        if link.content["kind"] == "withdrawal":
            yield from _sealed_files(link, chain)
    faults.extend(_foreign(data, set(standing)))
    faults.extend(_end(data, chain))


def unchained(conn: sqlite3.Connection, chain: list[Link]) -> Iterator[Fault]:
    """Name the withdrawals, and their undoings, that the chain of manifests does not record."""
    said = {
        link.content["withdrawal"]["id"]: link.content["withdrawal"] for link in chain if "withdrawal" in link.content
    }
    for id_, undone_at in conn.execute("SELECT id, undone_at FROM withdrawals WHERE state IN ('done', 'undone')"):
        if id_ not in said or said[id_].get("undone_at") != undone_at:
            yield Fault(f"{FOLDER}/{CHAIN}", None, f"withdrawal {id_}: the chain of manifests does not record it")


def _end(data: Path, chain: list[Link]) -> Iterator[Fault]:
    """Check the chain's last manifest, which no other follows, and `latest.json`, each by the other."""
    found, expected = _bytes_of(data / FOLDER / LATEST), manifest.latest(chain)
    if (chain or found is not None) and found != expected:
        offset = first_difference(found, expected)
        yield Fault(f"{FOLDER}/{LATEST}", offset, "does not name the newest snapshot and the end of the chain")
        if chain:
            last = f"{FOLDER}/{CHAIN}/{chain[-1].number:06}.json"
            yield Fault(last, None, f"is not the manifest that {LATEST} names: one of the two is wrong")


def _bytes_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def first_difference(found: bytes | None, expected: bytes) -> int | None:
    """Return the byte at which two contents part, None where there is nothing to compare."""
    if found is None:
        return None
    pairs = enumerate(zip(found, expected, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(found), len(expected)))


def check_digest(data: Path, hashed: Hashed) -> Checked:
    """Check one file against its digest."""
    found = Checked(bytes=hashed.bytes if hashed.whole else 0)  # WARC files are counted where their records are
    path = data / hashed.file
    try:
        size = path.stat().st_size
        if size < hashed.bytes or (hashed.whole and size != hashed.bytes):
            found.faults.append(Fault(hashed.file, None, f"has {size:,} bytes; its manifest says {hashed.bytes:,}"))
        elif digest_of(path, hashed.bytes) != hashed.sha256:
            found.faults.append(Fault(hashed.file, None, "its bytes do not agree with the sha256 in its manifest"))
            found.faults += [] if hashed.whole else _altered(path, hashed)
    except FileNotFoundError:
        found.faults.append(Fault(hashed.file, None, "is missing"))
    except (OSError, ArchiveError) as error:
        found.faults.append(Fault(hashed.file, None, f"cannot be read: {error}"))
    return found


def _altered(path: Path, hashed: Hashed) -> Iterator[Fault]:
    """Name the records of a WARC file that are packed otherwise than they were written."""
    for offset, address in warc_packing.altered(path, hashed.bytes):
        yield Fault(hashed.file, offset, f"the record of {address} is not packed as it was written")


def _snapshot_files(data: Path, name: str, link: Link, faults: list[Fault]) -> Iterator[Hashed]:
    folder = f"{FOLDER}/{name}"
    if not (data / folder).is_dir():
        faults.append(Fault(folder, None, "the snapshot is missing, and no manifest says that it was thinned"))
        return
    raw = manifest.encode(link.content)
    expected = {MANIFEST: raw, SUMS: manifest.sums(link.content, raw)}
    for file, content in expected.items():
        found = _bytes_of(data / folder / file)
        if found != content:
            offset = first_difference(found, content)
            faults.append(Fault(f"{folder}/{file}", offset, "is not as the chain of manifests has it"))
    for described in link.content["files"]:
        yield Hashed(f"{folder}/{described['name']}", described["bytes"], described["sha256"], whole=True)
    known = {*expected, *(described["name"] for described in link.content["files"])}
    strangers = sorted({path.name for path in (data / folder).iterdir()} - known)
    faults += [Fault(f"{folder}/{stranger}", None, "is not in the manifest") for stranger in strangers]


def _sealed_files(link: Link, chain: list[Link]) -> Iterator[Hashed]:
    """List the private files of a withdrawal; the pack goes when it is undone."""
    number = link.content["withdrawal"]["id"]
    later = (other.content for other in chain if other.number > link.number)
    undone = any(other.get("withdrawal", {}).get("id") == number for other in later)
    for described in link.content["files"]:
        if not (undone and described["name"].endswith(".sealed")):
            yield Hashed(described["name"], described["bytes"], described["sha256"], whole=True)


def _foreign(data: Path, standing: set[str]) -> Iterator[Fault]:
    """Name what lies among the snapshots and belongs to none."""
    if not (data / FOLDER).is_dir():
        return
    for path in sorted((data / FOLDER).iterdir()):
        file = f"{FOLDER}/{path.name}"
        if path.name in {*standing, CHAIN, LATEST}:
            continue
        if path.name.endswith(PARTIAL):
            yield Fault(file, None, "a snapshot was interrupted: the next one clears it away")
        elif NAME.fullmatch(path.name):
            yield Fault(file, None, "a snapshot that is not in the chain of manifests")
        else:
            yield Fault(file, None, "not a file of the archive: move it away")
