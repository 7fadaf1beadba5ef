"""The search indexes word for word against the articles, on a copy: each against the one they make anew."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing, contextmanager
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from archive import fts_pages, keys
from archive.database_check import FILE, MOST
from archive.fault import Fault
from archive.schema import SEARCH, SEARCHED, ArchiveError, folded_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MERGED = "SELECT id & (1 << 37) - 1, block FROM {}_data WHERE id >= 1 << 37 ORDER BY id"
NAMED = 10
"""Articles that a fault names."""
TEXTS = f"SELECT search_key, {folded_columns('articles')} FROM articles"  # noqa: S608 — constants

END = 2**62
"""Keys from here on no article has: rows there make every index of several segments, so that it can be merged."""
# How the index is made anew: parts as small as a processor's cache, merged once, at the end. FTS5's own way merges
# them again and again (`automerge`); it must not have 2,000 of them.
SETTINGS = (("hashsize", 2_000_000), ("automerge", 0), ("crisismerge", 500))


class Compared(NamedTuple):
    """One index: its table, the SQL that makes it without content, and its columns."""

    table: str
    sql: str
    columns: tuple[str, ...]


def texts(conn: sqlite3.Connection, scratch: Path) -> Iterator[Fault]:
    """Check `articles_fts` against the folded texts, which no table holds, on a copy in the file `scratch`."""
    own = SEARCH.replace('content="articles", content_rowid="search_key"', "content=''")
    index = Compared("articles_fts", own, SEARCHED)
    with _one_moment(conn), _scratch(scratch) as copy:
        _copy(conn, copy, index, _by_key(copy, conn.execute(TEXTS)))
        for message in _compare(copy, index):
            yield Fault(FILE, None, message)


def year(conn: sqlite3.Connection, scratch: Path, *, number: int) -> Iterator[Fault]:
    """Check the key table of a year against the tokens of that year's articles, on a copy in the file `scratch`."""
    if not keys.is_current(conn):
        yield Fault(FILE, None, "the search index is of another version of baotinh: run `baotinh reindex`")
        return
    table = f"keys_{number:04}"
    index = Compared(table, keys.YEAR_TABLES[0].format(name=table), ("k",))
    with _one_moment(conn), _scratch(scratch) as copy:
        _copy(conn, copy, index, ((key, " ".join(found)) for key, found in keys.indexed(conn, number)))
        messages = list(_compare(copy, index))
        for message in messages:
            yield Fault(FILE, None, f"{message}: `baotinh reindex` builds it anew")
        if messages and (articles := _differing(conn, copy, number)):
            yield Fault(FILE, None, f"{table}: its words are not those of {articles}")


def _compare(copy: sqlite3.Connection, index: Compared) -> Iterator[str]:
    """Say what is wrong with the copy of an index, which is changed by that."""
    try:
        copy.execute(f"INSERT INTO {index.table} ({index.table}, rank) VALUES ('integrity-check', 0)")  # noqa: S608
        yield from islice(fts_pages.check(copy, index.table), MOST)
        same = _is_as_built(copy, index)
    except sqlite3.DatabaseError as error:
        if _is_unwritten(error):
            raise
        yield f"{index.table}: damaged ({error})"
    else:
        if not same:
            yield f"{index.table}: not the index of these articles"


def _is_as_built(copy: sqlite3.Connection, index: Compared) -> bool:
    """Tell whether an index, merged into one segment, is byte for byte that which the articles make anew.

    FTS5 compares by itself as well (`integrity-check` of rank 1), but by an XOR in which two equal errors cancel
    out: of a word of two articles, one bit of its last letter, or of their first number, goes unseen.
    """
    if _counts(copy, index.table) != _counts(copy, "anew"):
        return False
    for table in (index.table, "anew"):
        for row in (END, END + 1):
            copy.execute(f"INSERT INTO {table} (rowid, {index.columns[0]}) VALUES (?, 'x')", (row,))  # noqa: S608
        copy.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608
    merged, anew = (copy.execute(MERGED.format(table)) for table in (index.table, "anew"))
    return all(one == other for one, other in zip_longest(merged, anew))


def _counts(copy: sqlite3.Connection, table: str) -> list[object]:
    """Return how many rows and words an index counts, and the words of each row where it keeps them."""
    averages = copy.execute(f"SELECT block FROM {table}_data WHERE id = 1").fetchone()[0]  # noqa: S608
    sizes = copy.execute("SELECT name FROM sqlite_schema WHERE name = ?", (f"{table}_docsize",)).fetchall()
    rows = [copy.execute(f"SELECT * FROM {name} ORDER BY id").fetchall() for (name,) in sizes]  # noqa: S608
    return [averages if any(averages or b"") else None, *rows]


@contextmanager
def _scratch(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the scratch file; raises ArchiveError when it cannot be written, which says nothing of the archive."""
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            copy.execute(f"PRAGMA {pragma}")
        try:
            yield copy
        except sqlite3.OperationalError as error:
            if _is_unwritten(error):
                raise ArchiveError(f"{path}: cannot be written ({error}): make room, then run again") from error
            raise


def _is_unwritten(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", None)  # Python's own errors, such as bytes that are no UTF-8, have none
    return code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}


def _differing(conn: sqlite3.Connection, copy: sqlite3.Connection, number: int) -> str:
    """Name the articles that the key table has otherwise; nothing, where it cannot be read or all are the same.

    They are the same where the damage lies in the lists of words' beginnings, or in what holds the pages together.
    """
    sums, table = Counter[int](), f"keys_{number:04}"
    copy.text_factory = bytes  # a damaged word need not be UTF-8
    copy.execute(keys.YEAR_TABLES[1].format(name=table))
    try:
        for word, key in copy.execute(f"SELECT term, doc FROM {table}_terms"):  # noqa: S608 — a year
            sums[key] += hash(word)
    except sqlite3.DatabaseError:
        return ""
    for row in (END, END + 1):
        del sums[row]
    for key, found in keys.indexed(conn, number):
        sums[key] -= sum(hash(word.encode()) for word in found)
    wrong = sorted(key for key, left in sums.items() if left)
    more = f" and {len(wrong) - NAMED:,} more" if len(wrong) > NAMED else ""
    return ", ".join(_name(conn, key) for key in wrong[:NAMED]) + more


def _name(conn: sqlite3.Connection, key: int) -> str:
    row = conn.execute("SELECT id FROM articles WHERE search_key = ?", (key,)).fetchone()
    return f"article {row[0]}" if row else f"search key {key}, which no article has"


def _copy(
    conn: sqlite3.Connection, copy: sqlite3.Connection, index: Compared, rows: Iterable[tuple[object, ...]]
) -> None:
    """Copy an index, and make it `anew` of `rows`, which come by ascending key."""
    with _one_moment(copy):
        copy.execute(index.sql)
        parts = "SELECT name FROM sqlite_schema WHERE name GLOB ?"
        for (part,) in copy.execute(parts, (f"{index.table}_*",)).fetchall():
            _copy_rows(conn, copy, part)
        copy.execute(index.sql.replace(index.table, "anew", 1))
        copy.executemany("INSERT INTO anew (anew, rank) VALUES (?, ?)", SETTINGS)
        names, places = ", ".join(index.columns), ", ".join("?" * len(index.columns))
        copy.executemany(f"INSERT INTO anew (rowid, {names}) VALUES (?, {places})", rows)  # noqa: S608


def _by_key(copy: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """Sort rows of the texts by their keys: an index out of order would be written row by row."""
    copy.execute(f"CREATE TABLE sorted (search_key INTEGER PRIMARY KEY, {', '.join(SEARCHED)})")
    copy.executemany("INSERT INTO sorted VALUES (?, ?, ?, ?)", rows)
    yield from copy.execute("SELECT * FROM sorted ORDER BY search_key")


def _copy_rows(conn: sqlite3.Connection, copy: sqlite3.Connection, table: str) -> None:
    copy.execute(f"DELETE FROM {table}")  # noqa: S608 — a table of FTS5
    width = len(conn.execute(f"PRAGMA table_info({table})").fetchall())
    copy.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", conn.execute(f"SELECT * FROM {table}"))  # noqa: S608


@contextmanager
def _one_moment(conn: sqlite3.Connection) -> Iterator[None]:
    conn.execute("BEGIN")
    try:
        yield
        conn.execute("COMMIT")
    except BaseException:
        conn.rollback()
        raise
