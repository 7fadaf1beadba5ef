"""Withdrawals: a text leaves the archive, its captures are sealed, a tombstone and an entry in the chain stay."""

from __future__ import annotations

import base64
import json
import os
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from archive import addresses, erase, manifest, seal
from archive.files import PARTIAL, check_room, keeping, write_whole
from archive.schema import ArchiveError, connect, open_read_only, plain_errors, transaction
from archive.times import stamp
from archive.warc import read
from archive.withdrawal import add_link, end_undoing, finish, pack_path, private_path, settle
from archive.withdrawn import canonical_of, check_left, find

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from archive.manifest import Link
    from archive.withdrawn import Found

Category: TypeAlias = Literal["court-order", "privacy", "other"]
CATEGORIES: tuple[Category, ...] = ("court-order", "privacy", "other")

INSERT = """
INSERT INTO withdrawals (article_id, url, category, method, state, withdrawn_at) VALUES (?, ?, ?, ?, 'pending', ?)
RETURNING id
"""
BEGUN = "SELECT id FROM withdrawals WHERE state = 'pending' AND method = ?"
ROOM = 64 * 2**20
"""Bytes of the archive that one step of the merge writes anew at most, first to the log."""
LISTED = """
SELECT withdrawals.*, (SELECT count(*) FROM sealed_captures WHERE withdrawal_id = withdrawals.id) AS captures
FROM withdrawals ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What an operator asks for: `key` is the file that locks the captures, None to remove them for good.

    `drop_snapshots` removes the snapshots that were made before, which still hold the text.
    """

    url: str
    reason: str
    category: Category
    at: datetime
    key: Path | None
    drop_snapshots: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done: the withdrawal's number, how many captures, and what still holds the same text.

    `shared` are addresses of other articles with the very same bytes, `alike` of those with the same text, and
    of copies and translations, `snapshots` the names of snapshots made before, `copies` other databases in the
    data folder, which replays made or left unfinished. `cleaned` is False when a reader kept the write-ahead log
    from being emptied.
    """

    number: int
    url: str
    captures: int
    shared: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    cleaned: bool = True
    copies: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


def withdraw(data: Path, order: Order) -> Outcome:
    """Withdraw an article, or the captures of any other address, and return what was done.

    The order holds against a crash at any point: what was begun is finished by the next withdrawal, and the
    same order given again is told what came of it. Raises ArchiveError when nothing is known of the address, or
    it has been withdrawn and nothing came since.
    """
    key = None if order.key is None else seal.read_key(order.key, data, make=True)
    with keeping(data), closing(_open(data)) as conn, plain_errors(data / "archive.db"):
        begun = [row["id"] for row in conn.execute(BEGUN, (_method(order),))]
        chain = settle(data, conn)
        found = find(conn, order.url)
        number = _ended(conn, begun, found)
        if number is not None:
            return _outcome(data, conn, chain, number, found, cleaned=True)
        check_left(conn, order.url, found)
        _check_writable(data, {capture["file"] for capture in found.captures})
        _check_room(data, found)
        with transaction(conn):
            number = _record(conn, order, found)
            _write_private(data, conn, number, order, found, key)
            erase.erase(conn, found.article, found.captures, stamp(order.at))
        cleaned = finish(data, conn, chain, number)
        return _outcome(data, conn, chain, number, found, cleaned=cleaned)


def _outcome(
    data: Path, conn: sqlite3.Connection, chain: list[Link], number: int, found: Found, *, cleaned: bool
) -> Outcome:
    sealed = conn.execute("SELECT count(*) FROM sealed_captures WHERE withdrawal_id = ?", (number,)).fetchone()[0]
    replays = [path for path in sorted(data.glob("replay/*")) if path.suffix in {".db", PARTIAL}]
    copies = tuple(str(path.relative_to(data)) for path in replays)
    snapshots = tuple(manifest.standing(chain))
    return Outcome(number, found.url, sealed, found.shared, snapshots, cleaned, copies, found.alike)


def _ended(conn: sqlite3.Connection, begun: Sequence[int], found: Found) -> int | None:
    """Return the withdrawal of what was found that an earlier call began; None where it has more to withdraw."""
    if found.captures:
        return None
    same = {row["id"] for row in conn.execute("SELECT id FROM withdrawals WHERE url = ?", (found.url,))}
    return max(same & set(begun), default=None)


def undo(data: Path, url: str, key_file: Path, at: datetime) -> Outcome:
    """Give back what was sealed: the texts, the search, the captured bytes; returns what was done.

    Raises ArchiveError when the address is not withdrawn, when its captures were removed, or when the key
    is not the one that sealed them.
    """
    with keeping(data), closing(_open(data)) as conn:
        chain = settle(data, conn)
        rows = _standing(conn, url)
        if any(row["method"] == "remove" for row in rows):
            raise ArchiveError(f"{url}: its captures were removed, not sealed: there is nothing to restore")
        key = seal.read_key(key_file, data, make=False)
        packs = [(row, _open_pack(data, row["id"], key)) for row in reversed(rows)]
        records = [part for _, pack in packs for part in pack["records"]]
        _check_writable(data, {part["file"] for part in records})
        with plain_errors(data / "archive.db"), transaction(conn):
            for row, pack in packs:
                erase.restore(conn, row["article_id"], pack)
                conn.execute(
                    "UPDATE withdrawals SET state = 'undoing', undone_at = ? WHERE id = ?", (stamp(at), row["id"])
                )
        erase.overwrite(data, [(part["file"], part["offset"], base64.b64decode(part["bytes"])) for part in records])
        for row, _ in packs:
            add_link(data, conn, chain, row["id"])
        end_undoing(data, conn, [row["id"] for row, _ in packs])
        return Outcome(rows[-1]["id"], rows[-1]["url"], len(records))


def listing(data: Path) -> list[dict[str, Any]]:
    """List every withdrawal, oldest first: columns of the table, number of captures, and the reason's words."""
    with closing(open_read_only(data / "archive.db")) as conn:
        rows = [dict(row) for row in conn.execute(LISTED)]
    for row in rows:
        row["reason"] = None
        with suppress(OSError, ValueError, KeyError):
            row["reason"] = json.loads(private_path(data, row["id"]).read_bytes())["reason"]
    return rows


def _open(data: Path) -> sqlite3.Connection:
    open_read_only(data / "archive.db").close()  # says what is wrong, and makes nothing
    return connect(data / "archive.db")


def _check_writable(data: Path, files: Iterable[str]) -> None:
    """Raise ArchiveError before anything is done where the captures, or the chain, could not be written afterwards."""
    for path in (*(data / file for file in sorted(files)), data / "snapshots", data / "snapshots" / manifest.CHAIN):
        if path.exists() and not os.access(path, os.W_OK):
            raise ArchiveError(f"{path}: cannot be written: check its permissions; nothing was done")


def _check_room(data: Path, found: Found) -> None:
    """Raise ArchiveError where the disk could fill up halfway: the pack, and the log of what is written anew."""
    size = sum(int(capture["length"]) for capture in found.captures)
    check_room(data, 2 * size + 2 * min((data / "archive.db").stat().st_size, ROOM))


def _method(order: Order) -> str:
    return "remove" if order.key is None else "seal"


def _record(conn: sqlite3.Connection, order: Order, found: Found) -> int:
    article_id = None if found.article is None else found.article["id"]
    values = (article_id, found.url, order.category, _method(order), stamp(order.at))
    number = int(conn.execute(INSERT, values).fetchone()[0])
    for capture in found.captures:
        conn.execute("INSERT INTO sealed_captures VALUES (?, ?)", (capture["id"], number))
    return number


def _write_private(
    data: Path, conn: sqlite3.Connection, number: int, order: Order, found: Found, key: bytes | None
) -> None:
    """Write the reason's words and, to be sealed, the pack of all that is taken away; before the commit."""
    private = {"reason": order.reason, "drop_snapshots": order.drop_snapshots}
    write_whole(private_path(data, number), json.dumps(private, ensure_ascii=False).encode(), mode=0o600)
    withdrawal = conn.execute("SELECT * FROM withdrawals WHERE id = ?", (number,)).fetchone()
    records = []
    for capture in found.captures:
        seal.tombstone(capture, withdrawal)  # raises before anything is changed
        raw = _bytes_of(data, capture)
        place = {"file": capture["file"], "offset": capture["offset"]}
        records.append(place | {"bytes": base64.b64encode(raw).decode()})
    if key is not None:
        pack = erase.texts(conn, found.article, found.captures) | {"records": records}
        write_whole(pack_path(data, number), seal.lock(key, json.dumps(pack).encode(), _label(number)), mode=0o600)


def _bytes_of(data: Path, capture: sqlite3.Row) -> bytes:
    """Read the bytes of a record, which must be what its row says: nothing else is ever overwritten."""
    record = read(data, capture["file"], capture["offset"])
    digest = record.capture(capture["file"]).digest
    if (record.length, digest) != (capture["length"], capture["digest"]):
        raise ArchiveError(f"{capture['file']}: byte {capture['offset']} holds another record: run `baotinh verify`")
    path: Path = data / capture["file"]
    with path.open("rb") as stream:
        stream.seek(record.offset)
        return stream.read(record.length)


def _standing(conn: sqlite3.Connection, url: str) -> list[sqlite3.Row]:
    """Return the withdrawals of an address that can be undone, oldest first."""
    key = canonical_of(url)
    article = addresses.find(conn, key)
    query = """SELECT * FROM withdrawals WHERE state = 'done'
        AND (article_id = ? OR (article_id IS NULL AND url = ?)) ORDER BY id"""
    rows = conn.execute(query, (article and article["id"], key)).fetchall()
    if not rows:
        raise ArchiveError(f"{url}: is not withdrawn: `baotinh withdraw --list` names what is")
    return rows


def _open_pack(data: Path, number: int, key: bytes) -> dict[str, Any]:
    path = pack_path(data, number)
    if not path.is_file():
        raise ArchiveError(f"{path}: the sealed captures are missing: put the file back from a backup")
    opened: dict[str, Any] = json.loads(seal.unlock(key, path.read_bytes(), _label(number)))
    return opened


def _label(number: int) -> str:
    return f"withdrawal {number}"
