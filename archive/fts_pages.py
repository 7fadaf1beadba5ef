"""The pages of an FTS5 index against its directory: what FTS5's own check leaves out.

How they lie is told in `fts5_index.c` of SQLite: `<table>_data` holds a segment's pages, `<table>_idx` the first
letters of each page's first word, by which the page is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

SEGMENT_BITS, LONG, HEIGHT_BITS = 37, 1 << 36, 31
"""A page's id: its segment; whether it lists the pages of one long posting list; the height of that; its number."""
PAGES = "SELECT id, block FROM {}_data WHERE id >= 1 << 37 ORDER BY id"
DIRECTORY = "SELECT segid, pgno >> 1, CAST(term AS BLOB), pgno & 1 FROM {}_idx"


def check(conn: sqlite3.Connection, table: str) -> Iterator[str]:
    """Name the pages of the index `table` that its directory does not lead to: words there would not be found."""
    for segment, page in _astray(conn, table):
        yield f"{table}: its directory does not lead to page {page} of segment {segment}"


def _astray(conn: sqlite3.Connection, table: str) -> Iterator[tuple[int, int]]:
    """Yield segment and number of the pages that the directory has not, or otherwise."""
    entries = {(segment, page): entry for segment, page, *entry in conn.execute(DIRECTORY.format(table))}
    first: dict[int, int] = {}
    ids = {row[0] for row in conn.execute(f"SELECT id FROM {table}_data")}  # noqa: S608
    for id_, block in conn.execute(PAGES.format(table)):
        segment, page = id_ >> SEGMENT_BITS, id_ & ((1 << HEIGHT_BITS) - 1)
        if (id_ >> HEIGHT_BITS) & 63:
            continue
        # A merge that goes on cuts pages off the begin of a segment: their entries stay, and so does the first one's.
        cut = first.setdefault(segment, page) > 1 and first[segment] == page
        word = _first_word(block)
        if word is None:
            continue
        begin, is_long = entries.pop((segment, page), (None, 0))
        leads = begin is not None and (cut or (word.startswith(begin) and (begin == b"") == (page == 1)))
        if not leads or bool(is_long) != (id_ | LONG in ids):
            yield segment, page
    yield from ((segment, page) for segment, page in entries if page >= first.get(segment, 0))


def _first_word(block: bytes) -> bytes | None:
    """Return the first word that begins on a page, None when none does."""
    end = int.from_bytes(block[2:4], "big")
    if end >= len(block):
        return None
    length, begin = _number(block, _number(block, end)[0])
    return block[begin : begin + length]


def _number(block: bytes, at: int) -> tuple[int, int]:
    """Read a number of SQLite's variable length (below 2**56); returns it and where it ends."""
    number = 0
    while at < len(block):
        number = number << 7 | block[at] & 127
        at += 1
        if block[at - 1] < 128:  # noqa: PLR2004 — the bit that says that more follows
            break
    return number, at
