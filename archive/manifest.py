"""Manifests of snapshots and withdrawals, the chain that links them, and which snapshots are kept."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from archive.files import PARTIAL, discard, write_whole
from archive.schema import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

Content: TypeAlias = dict[str, Any]

FORMAT = 1
"""Version of the manifest's own form: it rises when a key changes its meaning or goes."""
MANIFEST, SUMS, LATEST, CHAIN = "manifest.json", "SHA256SUMS", "latest.json", "chain"
DATABASE, TEXT = "archive.db", "text.db.zst"

NAME = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.([1-9]\d*))?")
LINK_NAME = re.compile(r"(\d{6,})\.json")
DAILY, WEEKLY = 14, 8

REQUIRED = {
    "snapshot": frozenset({"name", "created_at", "files", "previous"}),
    "withdrawal": frozenset({"withdrawal", "files", "previous"}),
}
"""The kinds of manifests, and the keys without which one cannot be followed."""


@dataclass(frozen=True, slots=True)
class Link:
    """One manifest of the chain: its number (from 1), the sha256 (hex) of its bytes, and what it says."""

    number: int
    sha256: str
    content: Content


def age_key(name: str) -> tuple[date, int]:
    """Return what snapshots are sorted by: the day and, within it, the number; ValueError for no such name."""
    parts = NAME.fullmatch(name)
    if parts is None:
        raise ValueError(f"no name of a snapshot: {name!r}")
    return date.fromisoformat(parts[1]), int(parts[2] or 1)


def next_name(day: date, taken: Iterable[str]) -> str:
    """Name a snapshot after its day (UTC); a second one of the day is `<day>.2`, then `<day>.3`."""
    numbers = [number for taken_day, number in map(age_key, taken) if taken_day == day]
    return f"{day}.{max(numbers) + 1}" if numbers else day.isoformat()


def kept(names: Iterable[str]) -> set[str]:
    """Choose which snapshots stay: the newest of each of 14 days, of 8 weeks (ISO 8601), of every month.

    Days and weeks count where they have a snapshot. All of the newest day stay. The names that are not
    chosen are to be thinned.
    """
    newest_first = sorted(names, key=age_key, reverse=True)
    of_day: dict[date, str] = {}
    for name in newest_first:
        of_day.setdefault(age_key(name)[0], name)
    of_week: dict[tuple[int, int], str] = {}
    of_month: dict[tuple[int, int], str] = {}
    for day, name in of_day.items():
        of_week.setdefault(day.isocalendar()[:2], name)
        of_month.setdefault((day.year, day.month), name)
    chosen = {*list(of_day.values())[:DAILY], *list(of_week.values())[:WEEKLY], *of_month.values()}
    last_day = next(iter(of_day), None)
    return chosen | {name for name in newest_first if age_key(name)[0] == last_day}


def encode(content: Mapping[str, Any]) -> bytes:
    """Write a manifest as the bytes that are hashed: JSON, indented, UTF-8, one line end."""
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()


def decode(path: Path, raw: bytes) -> Content:
    """Read a manifest; raises ArchiveError when it is none, or of a newer baotinh."""
    try:
        content = dict(json.loads(raw))
        form, kind = content["format"], content["kind"]
        missing = set(REQUIRED.get(kind, ())) - content.keys()
        for key, named in (("files", "name"), ("warc", "file")):
            for part in content.get(key, ()):
                missing |= {named, "bytes", "sha256"} - part.keys()
        if kind == "snapshot" and not missing:
            age_key(content["name"])
        if kind == "withdrawal" and not missing:
            missing |= {"id"} - content["withdrawal"].keys()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveError(f"{path}: not a manifest: put the file back from a backup") from error
    if form != FORMAT or kind not in REQUIRED:
        raise ArchiveError(f"{path}: written by a newer baotinh ({kind}, format {form}): update to read it")
    if missing:
        raise ArchiveError(f"{path}: not a whole manifest ({min(missing)} is missing): put it back from a backup")
    return content


def read_chain(snapshots: Path, complain: Callable[[Path, str], None] | None = None) -> list[Link]:
    """Read every manifest in order, oldest first; an archive without any has an empty chain.

    A manifest that does not follow from the one before it, or is missing or unreadable, is told to
    `complain` (path, reason); without `complain` it raises ArchiveError.
    """
    links: list[Link] = []
    paths = _link_paths(snapshots)
    for number in range(1, max(paths, default=0) + 1):
        path = paths.get(number, _link_path(snapshots, number))
        try:
            links.append(_read_link(path, number, links[-1] if links else None))
        except (ArchiveError, OSError) as error:
            if complain is None:
                raise ArchiveError(f"{path}: the chain of manifests is broken here: run `baotinh verify`") from error
            complain(path, str(error).removeprefix(f"{path}: "))
    return links


def following(chain: Sequence[Link], content: Mapping[str, Any]) -> Content:
    """Complete a manifest with its format and the reference to the one before it."""
    return {"format": FORMAT, **content, "previous": _reference(chain[-1] if chain else None)}


def append(snapshots: Path, chain: list[Link], content: Content) -> Link:
    """Put a completed manifest (of `following`) at the end of the chain, and renew `latest.json`."""
    raw = encode(content)
    link = Link(len(chain) + 1, hashlib.sha256(raw).hexdigest(), content)
    write_whole(_link_path(snapshots, link.number), raw)
    chain.append(link)
    write_whole(snapshots / LATEST, latest(chain))
    return link


def latest(chain: Sequence[Link]) -> bytes:
    """Write `latest.json`: the newest snapshot that was not dropped (null when none is left), and the chain's end."""
    held = standing(chain)
    found: Content = {"snapshot": None}
    if held:
        name = max(held, key=age_key)
        link = held[name]
        files = {"database": f"{name}/{DATABASE}", "text": f"{name}/{TEXT}", "manifest": f"{name}/{MANIFEST}"}
        found = {"snapshot": name, "created_at": link.content["created_at"], **files, "manifest_sha256": link.sha256}
    return encode({"format": FORMAT, **found, "chain": _reference(chain[-1] if chain else None)})


def standing(chain: Iterable[Link]) -> dict[str, Link]:
    """Return the manifests of the snapshots that should be there: made, and neither thinned nor dropped since."""
    held: dict[str, Link] = {}
    for link in chain:
        for name in link.content.get("thinned", ()):
            held.pop(name, None)
        if link.content["kind"] == "snapshot":
            held[link.content["name"]] = link
    return held


def warc_digests(chain: Iterable[Link]) -> dict[str, tuple[int, str]]:
    """Return how many bytes from its start each WARC file is known by, and their sha256 (hex)."""
    known: dict[str, tuple[int, str]] = {}
    for link in chain:
        for file in link.content.get("warc", ()):
            known[file["file"]] = (file["bytes"], file["sha256"])
    return known


def sums(content: Mapping[str, Any], raw: bytes) -> bytes:
    """Write SHA256SUMS of a snapshot for `sha256sum -c`: its files, and its manifest, whose bytes are `raw`."""
    digests = [(file["sha256"], file["name"]) for file in content["files"]]
    digests.append((hashlib.sha256(raw).hexdigest(), MANIFEST))
    return "".join(f"{digest}  {name}\n" for digest, name in digests).encode()


def folders(snapshots: Path) -> list[str]:
    """List the snapshots that lie in the folder, oldest first; other names are not looked at."""
    if not snapshots.is_dir():
        return []
    names = (path.name for path in snapshots.iterdir() if path.is_dir() and NAME.fullmatch(path.name))
    return sorted(names, key=age_key)


def settle(snapshots: Path) -> list[Link]:
    """Finish or clear away what an interrupted run left behind, and return the chain.

    A snapshot that was published but not yet chained is chained; half-written ones go; those that a manifest
    calls thinned go. The caller holds the keeper's lock.
    """
    for path in snapshots.glob(f"*{PARTIAL}"):
        discard(path)
    chain = read_chain(snapshots)
    _check_end(snapshots, chain)
    chained = {link.content["name"] for link in chain if link.content["kind"] == "snapshot"}
    for name in folders(snapshots):
        path = snapshots / name / MANIFEST
        if name not in chained and path.is_file():
            content = decode(path, path.read_bytes())
            if content.get("previous") == _reference(chain[-1] if chain else None):
                append(snapshots, chain, content)
    if chain and (not (snapshots / LATEST).is_file() or (snapshots / LATEST).read_bytes() != latest(chain)):
        write_whole(snapshots / LATEST, latest(chain))
    drop_thinned(snapshots, chain)
    return chain


def _check_end(snapshots: Path, chain: Sequence[Link]) -> None:
    """Raise ArchiveError when `latest.json` does not name an end that the chain has, or had: one of them is wrong.

    An end that the chain had is what an interrupted run left. The last manifest has no other witness but its
    own snapshot; to renew `latest.json` from it unseen would hide what happened to it.
    """
    path = snapshots / LATEST
    ends = [None, *map(_reference, chain)]
    if not path.is_file():
        return
    try:
        named = json.loads(path.read_bytes())["chain"]
    except (ValueError, KeyError, TypeError):
        named = _reference(chain[-1]) if chain and _is_witnessed(snapshots, chain[-1]) else path
    if named not in ends:
        raise ArchiveError(f"{path}: does not name the end of the chain of manifests: put both back from a backup")


def _is_witnessed(snapshots: Path, link: Link) -> bool:
    path = snapshots / str(link.content.get("name", "")) / MANIFEST
    return link.content["kind"] == "snapshot" and path.is_file() and path.read_bytes() == encode(link.content)


def drop_thinned(snapshots: Path, chain: Iterable[Link]) -> None:
    """Remove the folders of snapshots that the chain calls thinned; their manifests stay in the chain."""
    links = list(chain)
    gone = {name for link in links for name in link.content.get("thinned", ())} - set(standing(links))
    for name in gone & set(folders(snapshots)):
        discard(snapshots / name)


def _reference(link: Link | None) -> Content | None:
    return None if link is None else {"number": link.number, "sha256": link.sha256}


def _read_link(path: Path, number: int, before: Link | None) -> Link:
    raw = path.read_bytes()
    link = Link(number, hashlib.sha256(raw).hexdigest(), decode(path, raw))
    if link.content["previous"] != _reference(before):
        raise ArchiveError(f"{path}: does not follow from the manifest before it")
    return link


def _link_path(snapshots: Path, number: int) -> Path:
    return snapshots / CHAIN / f"{number:06}.json"


def _link_paths(snapshots: Path) -> dict[int, Path]:
    if not (snapshots / CHAIN).is_dir():
        return {}
    found = ((LINK_NAME.fullmatch(path.name), path) for path in (snapshots / CHAIN).iterdir())
    return {int(name[1]): path for name, path in found if name is not None}
