"""A recorded withdrawal carried out step by step, so that one that was interrupted can be finished."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from archive import erase, manifest, seal
from archive.files import clear_scratch, digest_of, discard
from archive.schema import connect, plain_errors, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Container, Iterable, Sequence
    from pathlib import Path

    from archive.manifest import Content, Link

FOLDER = "withdrawn"
"""Where the words of the reasons and the sealed packs lie, below the data folder: not for publication."""

SEALED = """
SELECT captures.* FROM sealed_captures JOIN captures ON captures.id = capture_id
WHERE withdrawal_id = ? ORDER BY file, "offset"
"""
ARTICLE = "SELECT * FROM articles WHERE id = (SELECT article_id FROM withdrawals WHERE id = ?)"


def settle(data: Path, conn: sqlite3.Connection) -> list[Link]:
    """Bring what was interrupted to an end, remove files of withdrawals that never were, and return the chain.

    A withdrawal is finished. So is an undoing that the chain knows of; any other is taken back, since only
    the operator's key could finish it. The caller holds the keeper's lock.
    """
    clear_scratch(data)
    chain = manifest.settle(data / "snapshots")
    known = {row["id"]: row["state"] for row in conn.execute("SELECT * FROM withdrawals ORDER BY id")}
    _clear(data, known)
    undoing = [number for number, state in known.items() if state == "undoing"]
    if all(_last_said(chain, number) == row_of(conn, number) for number in undoing):
        end_undoing(data, conn, undoing)
    else:
        _take_back(data, conn, undoing)
    for (number,) in conn.execute("SELECT id FROM withdrawals WHERE state = 'pending' ORDER BY id").fetchall():
        finish(data, conn, chain, number)
    return chain


def resume(data: Path, conn: sqlite3.Connection) -> list[Link]:
    """Do what `settle` does before a copy of the archive is made; `conn` may be open for reading only."""
    known = {row["id"]: row["state"] for row in conn.execute("SELECT * FROM withdrawals")}
    if not {"pending", "undoing"} & set(known.values()):
        clear_scratch(data)
        _clear(data, known)
        return manifest.settle(data / "snapshots")
    with closing(connect(data / "archive.db")) as writing:
        return settle(data, writing)


def finish(data: Path, conn: sqlite3.Connection, chain: list[Link], number: int) -> bool:
    """Overwrite the captures of a recorded withdrawal, chain it and scrub; doing so twice changes nothing.

    Returns False when a reader kept the write-ahead log from being emptied.
    """
    row = conn.execute("SELECT * FROM withdrawals WHERE id = ?", (number,)).fetchone()
    captures = conn.execute(SEALED, (number,)).fetchall()
    records = [(capture["file"], capture["offset"], seal.tombstone(capture, row)) for capture in captures]
    erase.overwrite(data, records)
    add_link(data, conn, chain, number, list(manifest.standing(chain)) if _drops(data, number) else [])
    manifest.drop_thinned(data / "snapshots", chain)
    cleaned = erase.scrub(conn, conn.execute(ARTICLE, (number,)).fetchone())
    conn.execute("UPDATE withdrawals SET state = 'done' WHERE id = ?", (number,))
    return cleaned


def end_undoing(data: Path, conn: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Forget the tombstones and packs of withdrawals that were undone, and chained as such."""
    numbers = list(numbers)
    with transaction(conn):
        for number in numbers:
            conn.execute("DELETE FROM sealed_captures WHERE withdrawal_id = ?", (number,))
            conn.execute("UPDATE withdrawals SET state = 'undone' WHERE id = ?", (number,))
    for number in numbers:
        discard(pack_path(data, number))


def add_link(data: Path, conn: sqlite3.Connection, chain: list[Link], number: int, dropped: Sequence[str] = ()) -> None:
    """Append to the chain that a withdrawal happened or was undone, with new digests of what it altered."""
    row = row_of(conn, number)
    if _last_said(chain, number) == row:
        return
    known = manifest.warc_digests(chain)
    altered = dict.fromkeys(capture["file"] for capture in conn.execute(SEALED, (number,)))
    warc = [
        {"file": file, "bytes": known[file][0], "sha256": digest_of(data / file, known[file][0])}
        for file in altered
        if file in known
    ]
    paths = () if row["undone_at"] else (private_path(data, number), pack_path(data, number))
    files: list[Content] = [
        {"name": f"{FOLDER}/{path.name}", "bytes": path.stat().st_size, "sha256": digest_of(path)}
        for path in paths
        if path.exists()
    ]
    content = {"kind": "withdrawal", "withdrawal": row, "files": files, "warc": warc, "thinned": list(dropped)}
    manifest.append(data / "snapshots", chain, manifest.following(chain, content))


def row_of(conn: sqlite3.Connection, number: int) -> dict[str, Any]:
    """Return what the chain says of a withdrawal."""
    columns = "id, article_id, url, category, method, withdrawn_at, undone_at"
    return dict(conn.execute(f"SELECT {columns} FROM withdrawals WHERE id = ?", (number,)).fetchone())  # noqa: S608


def private_path(data: Path, number: int) -> Path:
    """Return the file that holds the words of the reason."""
    return data / FOLDER / f"{number}.json"


def pack_path(data: Path, number: int) -> Path:
    """Return the file that holds what was taken away, locked."""
    return data / FOLDER / f"{number}.sealed"


def _clear(data: Path, known: Container[int]) -> None:
    """Remove the files of withdrawals that never came to be."""
    for path in (data / FOLDER).glob("*"):
        number = path.name.split(".")[0]
        if number.isdigit() and int(number) not in known:
            discard(path)


def _last_said(chain: Sequence[Link], number: int) -> Content | None:
    """Return what the chain last said of a withdrawal."""
    said = (link.content["withdrawal"] for link in reversed(chain) if link.content["kind"] == "withdrawal")
    return next((row for row in said if row["id"] == number), None)


def _drops(data: Path, number: int) -> bool:
    """Tell whether the order was to remove older snapshots; where the order was lost they stay."""
    with suppress(OSError, ValueError, KeyError):
        return bool(json.loads(private_path(data, number).read_bytes())["drop_snapshots"])
    return False


def _take_back(data: Path, conn: sqlite3.Connection, undoing: Sequence[int]) -> None:
    """Let an undoing that was interrupted be a withdrawal again that is to be finished."""
    with plain_errors(data / "archive.db"), transaction(conn):
        for number in undoing:
            at = conn.execute("SELECT withdrawn_at FROM withdrawals WHERE id = ?", (number,)).fetchone()[0]
            captures = conn.execute(SEALED, (number,)).fetchall()
            erase.erase(conn, conn.execute(ARTICLE, (number,)).fetchone(), captures, at)
            conn.execute("UPDATE withdrawals SET state = 'pending', undone_at = NULL WHERE id = ?", (number,))
