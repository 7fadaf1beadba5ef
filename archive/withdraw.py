"""Withdrawals: a text leaves the archive, its captures are sealed, a tombstone and an entry in the chain stay."""

from __future__ import annotations

import base64
import json
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from archive import addresses, erase, manifest, seal
from archive.files import digest_of, discard, keeping, write_whole
from archive.schema import ArchiveError, connect, open_read_only, plain_errors, transaction
from archive.times import stamp
from archive.urls import canonical
from archive.warc import read
from archive.withdrawn import canonical_of, find

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from archive.manifest import Content, Link
    from archive.withdrawn import Found

Category: TypeAlias = Literal["court-order", "privacy", "other"]
CATEGORIES: tuple[Category, ...] = ("court-order", "privacy", "other")

FOLDER = "withdrawn"
"""Where the words of the reasons and the sealed packs lie, below the data folder: not for publication."""

INSERT = """
INSERT INTO withdrawals (article_id, url, category, method, state, withdrawn_at) VALUES (?, ?, ?, ?, 'pending', ?)
RETURNING id
"""
SEALED = """
SELECT captures.* FROM sealed_captures JOIN captures ON captures.id = capture_id
WHERE withdrawal_id = ? ORDER BY file, "offset"
"""
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

    `shared` are addresses of other articles with the very same bytes, `snapshots` the names of snapshots
    made before. `cleaned` is False when a reader kept the write-ahead log from being emptied.
    """

    number: int
    url: str
    captures: int
    shared: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    cleaned: bool = True


def withdraw(data: Path, order: Order) -> Outcome:
    """Withdraw an article, or the captures of any other address, and return what was done.

    The order holds against a crash at any point: what was begun is finished by the next withdrawal. Raises
    ArchiveError when nothing is known of the address, or it has been withdrawn and nothing came since.
    """
    key = None if order.key is None else seal.read_key(order.key, data, make=True)
    with keeping(data), closing(_open(data)) as conn:
        chain = settle(data, conn)
        found = find(conn, order.url)
        with plain_errors(data / "archive.db"), erase.overwriting(conn), transaction(conn):
            number = _record(conn, order, found)
            _write_private(data, conn, number, order, found, key)
            erase.erase(conn, found.article, stamp(order.at))
        _finish(data, conn, chain, number)
        cleaned = erase.scrub(conn, found.article)
        return Outcome(
            number,
            found.url,
            len(found.captures),
            found.shared,
            tuple(manifest.standing(chain)),
            cleaned,
        )


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
        with plain_errors(data / "archive.db"), transaction(conn):
            for row, pack in packs:
                erase.restore(conn, pack)
                conn.execute(
                    "UPDATE withdrawals SET state = 'undoing', undone_at = ? WHERE id = ?", (stamp(at), row["id"])
                )
        for row, pack in packs:
            _give_back(data, conn, chain, row["id"], pack)
        return Outcome(rows[-1]["id"], rows[-1]["url"], sum(len(pack["records"]) for _, pack in packs))


def listing(data: Path) -> list[dict[str, Any]]:
    """List every withdrawal, oldest first: columns of the table, number of captures, and the reason's words."""
    with closing(open_read_only(data / "archive.db")) as conn:
        rows = [dict(row) for row in conn.execute(LISTED)]
    for row in rows:
        row["reason"] = None
        with suppress(OSError, ValueError, KeyError):
            row["reason"] = json.loads(_private(data, row["id"]).read_bytes())["reason"]
    return rows


def is_withdrawn(conn: sqlite3.Connection, url: str) -> bool:
    """Tell whether an address, in any spelling, is that of a withdrawn article: it is not to be fetched again."""
    try:
        row = addresses.find(conn, canonical(url))
    except ValueError:
        return False
    return row is not None and row["withdrawn_at"] is not None


def settle(data: Path, conn: sqlite3.Connection) -> list[Link]:
    """Finish withdrawals that were interrupted, remove files of those that never were, and return the chain."""
    chain = manifest.settle(data / "snapshots")
    known = {row[0]: row[1] for row in conn.execute("SELECT id, state FROM withdrawals")}
    for path in (data / FOLDER).glob("*"):
        number = path.name.split(".")[0]
        if number.isdigit() and int(number) not in known:
            discard(path)
    for number in (number for number, state in known.items() if state == "pending"):
        _finish(data, conn, chain, number)
    return chain


def _open(data: Path) -> sqlite3.Connection:
    open_read_only(data / "archive.db").close()  # says what is wrong, and makes nothing
    return connect(data / "archive.db")


def _record(conn: sqlite3.Connection, order: Order, found: Found) -> int:
    article_id = None if found.article is None else found.article["id"]
    method = "remove" if order.key is None else "seal"
    values = (article_id, found.url, order.category, method, stamp(order.at))
    number = int(conn.execute(INSERT, values).fetchone()[0])
    for capture in found.captures:
        conn.execute("INSERT INTO sealed_captures VALUES (?, ?)", (capture["id"], number))
    return number


def _write_private(
    data: Path, conn: sqlite3.Connection, number: int, order: Order, found: Found, key: bytes | None
) -> None:
    """Write the reason's words and, to be sealed, the pack of all that is taken away; before the commit."""
    private = {"reason": order.reason, "drop_snapshots": order.drop_snapshots}
    write_whole(_private(data, number), json.dumps(private, ensure_ascii=False).encode(), mode=0o600)
    withdrawal = conn.execute("SELECT * FROM withdrawals WHERE id = ?", (number,)).fetchone()
    records = []
    for capture in found.captures:
        seal.tombstone(capture, withdrawal)  # raises before anything is changed
        raw = _bytes_of(data, capture)
        place = {"file": capture["file"], "offset": capture["offset"]}
        records.append(place | {"bytes": base64.b64encode(raw).decode()})
    if key is not None:
        pack = erase.texts(conn, found.article) | {"records": records}
        write_whole(_pack(data, number), seal.lock(key, json.dumps(pack).encode(), _label(number)), mode=0o600)


def _bytes_of(data: Path, capture: sqlite3.Row) -> bytes:
    """Read the bytes of a record, which must be what its row says: nothing else is ever overwritten."""
    record = read(data, capture["file"], capture["offset"])
    if (record.length, record.digest) != (capture["length"], capture["digest"]):
        raise ArchiveError(f"{capture['file']}: byte {capture['offset']} holds another record: run `baotinh verify`")
    path: Path = data / capture["file"]
    with path.open("rb") as stream:
        stream.seek(record.offset)
        return stream.read(record.length)


def _finish(data: Path, conn: sqlite3.Connection, chain: list[Link], number: int) -> None:
    """Overwrite the captures of a recorded withdrawal and chain it; doing so twice changes nothing."""
    row = conn.execute("SELECT * FROM withdrawals WHERE id = ?", (number,)).fetchone()
    captures = conn.execute(SEALED, (number,)).fetchall()
    records = [(capture["file"], capture["offset"], seal.tombstone(capture, row)) for capture in captures]
    erase.overwrite(data, records)
    drop = json.loads(_private(data, number).read_bytes())["drop_snapshots"]
    dropped = list(manifest.standing(chain)) if drop else []
    _chain(data, conn, chain, number, dropped)
    manifest.drop_thinned(data / "snapshots", chain)
    conn.execute("UPDATE withdrawals SET state = 'done' WHERE id = ?", (number,))


def _give_back(data: Path, conn: sqlite3.Connection, chain: list[Link], number: int, pack: dict[str, Any]) -> None:
    records = [(part["file"], part["offset"], base64.b64decode(part["bytes"])) for part in pack["records"]]
    erase.overwrite(data, records)
    _chain(data, conn, chain, number, [])
    with transaction(conn):
        conn.execute("DELETE FROM sealed_captures WHERE withdrawal_id = ?", (number,))
        conn.execute("UPDATE withdrawals SET state = 'undone' WHERE id = ?", (number,))
    discard(_pack(data, number))


def _chain(data: Path, conn: sqlite3.Connection, chain: list[Link], number: int, dropped: Sequence[str]) -> None:
    """Append to the chain that a withdrawal happened or was undone, with new digests of what it altered."""
    columns = "id, article_id, url, category, method, withdrawn_at, undone_at"
    row = dict(conn.execute(f"SELECT {columns} FROM withdrawals WHERE id = ?", (number,)).fetchone())  # noqa: S608
    if any(link.content.get("withdrawal") == row for link in chain):
        return
    known = manifest.warc_digests(chain)
    altered = dict.fromkeys(capture["file"] for capture in conn.execute(SEALED, (number,)))
    warc = [
        {"file": file, "bytes": known[file][0], "sha256": digest_of(data / file, known[file][0])}
        for file in altered
        if file in known
    ]
    private = [path for path in (_private(data, number), _pack(data, number)) if path.exists() and not row["undone_at"]]
    files: list[Content] = [
        {"name": f"{FOLDER}/{path.name}", "bytes": path.stat().st_size, "sha256": digest_of(path)} for path in private
    ]
    content = {"kind": "withdrawal", "withdrawal": row, "files": files, "warc": warc, "thinned": list(dropped)}
    manifest.append(data / "snapshots", chain, manifest.following(chain, content))


def _standing(conn: sqlite3.Connection, url: str) -> list[sqlite3.Row]:
    """Return the withdrawals of an address that can be undone, oldest first."""
    key = canonical_of(url)
    article = addresses.find(conn, key)
    query = """SELECT * FROM withdrawals WHERE state IN ('done', 'undoing')
        AND (article_id = ? OR (article_id IS NULL AND url = ?)) ORDER BY id"""
    rows = conn.execute(query, (article and article["id"], key)).fetchall()
    if not rows:
        raise ArchiveError(f"{url}: is not withdrawn: `baotinh withdraw --list` names what is")
    return rows


def _open_pack(data: Path, number: int, key: bytes) -> dict[str, Any]:
    path = _pack(data, number)
    if not path.is_file():
        raise ArchiveError(f"{path}: the sealed captures are missing: put the file back from a backup")
    opened: dict[str, Any] = json.loads(seal.unlock(key, path.read_bytes(), _label(number)))
    return opened


def _private(data: Path, number: int) -> Path:
    return data / FOLDER / f"{number}.json"


def _pack(data: Path, number: int) -> Path:
    return data / FOLDER / f"{number}.sealed"


def _label(number: int) -> str:
    return f"withdrawal {number}"
