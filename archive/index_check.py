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
from archive.schema import SEARCH, SEARCHED, folded_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MERGED = "SELECT id & (1 << 37) - 1, block FROM {}_data WHERE id >= 1 << 37 ORDER BY id"
NAMED = 10
"""Articles that a fault names."""
TEXTS = f"SELECT search_key, {folded_columns('articles')} FROM articles"  # noqa: S608 — constants


END = 2**62
"""Keys from here on no article has: rows there make every index of several segments, so that it can be merged."""


class Compared(NamedTuple):
    """One index: its table, the SQL that makes it over the table `content`, and the columns of that."""

    table: str
    sql: str
    columns: tuple[str, ...]


def texts(conn: sqlite3.Connection, scratch: Path) -> Iterator[Fault]:
    """Check `articles_fts` against the folded texts, which no table holds, on a copy in the file `scratch`."""
    index = Compared("articles_fts", SEARCH.replace('content="articles"', 'content="content"'), SEARCHED)
    _copy(conn, scratch, index, conn.execute(TEXTS))
    for message in _compare(scratch, index):
        yield Fault(FILE, None, message)


def year(conn: sqlite3.Connection, scratch: Path, *, number: int) -> Iterator[Fault]:
    """Check the key table of a year against the tokens of that year's articles, on a copy in the file `scratch`."""
    if not keys.is_current(conn):
        yield Fault(FILE, None, "the search index is of another version of baotinh: run `baotinh reindex`")
        return
    table = f"keys_{number:04}"
    own = keys.YEAR_TABLES[0].format(name=table)
    index = Compared(table, own.replace("content=''", "content='content', content_rowid='search_key'"), ("k",))
    _copy(conn, scratch, index, ((key, " ".join(found)) for key, found in keys.indexed(conn, number)))
    messages = list(_compare(scratch, index))
    for message in messages:
        yield Fault(FILE, None, f"{message}: `baotinh reindex` builds it anew")
    if messages and (articles := _differing(conn, scratch, table)):
        yield Fault(FILE, None, f"{table}: its words are not those of {articles}")


def _compare(scratch: Path, index: Compared) -> Iterator[str]:
    """Say what is wrong with the copy of an index, which is changed by that."""
    with closing(_open(scratch)) as copy:
        try:
            copy.execute(f"INSERT INTO {index.table} ({index.table}, rank) VALUES ('integrity-check', 0)")  # noqa: S608
            yield from islice(fts_pages.check(copy, index.table), MOST)
            same = _is_as_built(copy, index)
        except sqlite3.DatabaseError as error:
            yield f"{index.table}: damaged ({error})"
        else:
            if not same:
                yield f"{index.table}: not the index of these articles"


def _is_as_built(copy: sqlite3.Connection, index: Compared) -> bool:
    """Tell whether an index, merged into one segment, is byte for byte that which the content makes anew.

    FTS5 compares by itself as well (`integrity-check` of rank 1), but by an XOR in which two equal errors cancel
    out: of a word of two articles, one bit of its last letter, or of their first number, goes unseen.
    """
    copy.execute(index.sql.replace(index.table, "anew", 1))
    copy.execute("INSERT INTO anew (anew, rank) VALUES ('hashsize', 16000000)")
    copy.execute("INSERT INTO anew (anew) VALUES ('rebuild')")
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


def _open(scratch: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(scratch, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF"):
        copy.execute(f"PRAGMA {pragma}")
    return copy


def _differing(conn: sqlite3.Connection, scratch: Path, table: str) -> str:
    """Name the articles that the key table has otherwise; nothing, where it cannot be read or all are the same.

    They are the same where the damage lies in the lists of words' beginnings, or in what holds the pages together.
    """
    sums = Counter[int]()
    with closing(sqlite3.connect(scratch)) as copy:
        copy.text_factory = bytes  # a damaged word need not be UTF-8
        copy.execute(keys.YEAR_TABLES[1].format(name=table))
        try:
            for word, key in copy.execute(f"SELECT term, doc FROM {table}_terms"):  # noqa: S608 — a year
                sums[key] += hash(word)
        except sqlite3.DatabaseError:
            return ""
        for row in (END, END + 1):
            del sums[row]
        for key, found in copy.execute("SELECT search_key, k FROM content"):
            sums[key] -= sum(map(hash, found.split(b" ")))
    wrong = sorted(key for key, left in sums.items() if left)
    more = f" and {len(wrong) - NAMED:,} more" if len(wrong) > NAMED else ""
    return ", ".join(_name(conn, key) for key in wrong[:NAMED]) + more


def _name(conn: sqlite3.Connection, key: int) -> str:
    row = conn.execute("SELECT id FROM articles WHERE search_key = ?", (key,)).fetchone()
    return f"article {row[0]}" if row else f"search key {key}, which no article has"


def _copy(conn: sqlite3.Connection, scratch: Path, index: Compared, rows: Iterable[tuple[object, ...]]) -> None:
    """Copy the content and the index itself, as they stand at one moment."""
    with closing(_open(scratch)) as copy:
        copy.execute(f"CREATE TABLE content (search_key INTEGER PRIMARY KEY, {', '.join(index.columns)})")
        with _one_moment(conn), _one_moment(copy):
            copy.executemany(f"INSERT INTO content VALUES (?, {', '.join('?' * len(index.columns))})", rows)  # noqa: S608
            copy.execute(index.sql)
            parts = "SELECT name FROM sqlite_schema WHERE name GLOB ?"
            for (part,) in copy.execute(parts, (f"{index.table}_*",)).fetchall():
                _copy_rows(conn, copy, part)


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
