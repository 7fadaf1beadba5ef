"""The key tables of the newsroom's search, one a year, and how they keep in step with the articles."""

from __future__ import annotations

import re
from collections import Counter
from datetime import MAXYEAR, MINYEAR, date
from typing import TYPE_CHECKING, Any

from archive import tokens
from archive.key_tables import KEPT, WAITING
from archive.schema import ArchiveError, transaction
from archive.search_key import EPOCH, PER_DAY
from archive.tokens import STATES, Kept

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Container, Iterable, Iterator

BATCH = 1_000

# A contentless table keeps nothing but the index; detail=none leaves out positions, which pairs stand for.
# The words arrive cut and folded: the ascii tokenizer splits them at the blank, and knows no Unicode version.
BEGINNINGS = (2, 3)
YEAR_TABLES = (
    """
CREATE VIRTUAL TABLE {name} USING fts5(
    k, content='', detail=none, columnsize=0, prefix='2 3', tokenize="ascii tokenchars '_'"
)
""",
    "CREATE VIRTUAL TABLE {name}_terms USING fts5vocab({name}, instance)",
)
YEAR_TABLE = re.compile(r"keys_(\d{4})")


def day_of(key: int) -> int:
    """Return the day of a search key, in days since 1970 in the paper's zone."""
    return key // PER_DAY


def date_of(key: int) -> date:
    """Return the day of a search key, within the calendar whatever another tool wrote."""
    return date.fromordinal(max(1, min(EPOCH.toordinal() + key // PER_DAY, date.max.toordinal())))


def key_of(day: date) -> int:
    """Return the lowest search key of a day."""
    return (day - EPOCH).days * PER_DAY


def year_of(key: int) -> int:
    """Return the year of a search key's day."""
    return date_of(key).year


def first_key(year: int) -> int:
    """Return the lowest search key of a year."""
    return key_of(date(year, 1, 1))


def _span(year: int) -> tuple[int, int]:
    """Return the lowest and the highest key that `year_of` counts to a year."""
    lowest = first_key(year) if year > MINYEAR else -(2**63)
    return lowest, first_key(year + 1) - 1 if year < MAXYEAR else 2**63 - 1


def years(conn: sqlite3.Connection) -> list[int]:
    """Return the years that have a key table."""
    sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'keys_[0-9]*'"
    found = (YEAR_TABLE.fullmatch(name) for (name,) in conn.execute(sql))
    return sorted(int(match[1]) for match in found if match)


def _make(conn: sqlite3.Connection, year: int) -> str:
    name = f"keys_{year:04}"
    for statement in YEAR_TABLES:
        conn.execute(statement.format(name=name))
    return name


def _by_beginning(found: Iterable[str], among: Container[str] | None = None) -> dict[str, str]:
    """Map the beginnings (of `among`, or all) that a year table lists, two and three letters, to one of the tokens."""
    pairs = ((token[:length], token) for token in found for length in BEGINNINGS if len(token) >= length)
    return {begin: token for begin, token in pairs if among is None or begin in among}


class Writer:
    """Writes keys inside the caller's transaction; keys must come in ascending order, or FTS5 flushes each."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self.tables = {year: f"keys_{year:04}" for year in years(conn)}
        self.days: Counter[int] = Counter()

    def _table(self, key: int) -> str:
        year = year_of(key)
        if year not in self.tables:
            self.tables[year] = _make(self.conn, year)
        return self.tables[year]

    def add(self, key: int, found: Iterable[str]) -> None:
        """Index a key under these tokens."""
        sql = f"INSERT INTO {self._table(key)}(rowid, k) VALUES (?, ?)"  # noqa: S608 — a year
        self.conn.execute(sql, (key, " ".join(found)))

    def remove(self, key: int, found: Iterable[str]) -> None:
        """Take these tokens, which it must have, from a key (FTS5, the 'delete' command)."""
        table = self._table(key)
        sql = f"INSERT INTO {table}({table}, rowid, k) VALUES ('delete', ?, ?)"  # noqa: S608 — a year
        self.conn.execute(sql, (key, " ".join(found)))

    def states(self, key: int) -> set[str]:
        """Return the states that a key is indexed under: no other place remembers what they were."""
        table = self._table(key)
        sql = f"SELECT 1 FROM {table} WHERE {table} MATCH ? AND rowid = ?"  # noqa: S608 — a year
        held = map(tokens.state, STATES)
        return {token for token in held if self.conn.execute(sql, (f'"{token}"', key)).fetchone()}

    def settle(self, key: int, old: Kept | None) -> None:
        """Bring one key from what was indexed (None: nothing) to what the article now is."""
        was = tokens.of_article(key, old) | self.states(key) if old else None
        now = indexed_now(self.conn, key)
        if was == now:
            return
        # Only what differs is written, and for what is taken from the lists of words' beginnings one word that
        # stays: FTS5 takes the key from the list of `ba` with any word that begins so.
        gone = (was or set()) - (now or set())
        stays = set(_by_beginning((was or set()) & (now or set()), _by_beginning(gone)).values())
        if was is not None:
            self.remove(key, gone | stays)
            self.days[day_of(key)] -= 1
        if now is not None:
            self.add(key, (now - (was or set())) | stays)
            self.days[day_of(key)] += 1

    def count_days(self) -> None:
        """Write how many articles each day has won or lost."""
        sql = "INSERT INTO day_counts VALUES (?, ?) ON CONFLICT(day) DO UPDATE SET n = n + excluded.n"
        self.conn.executemany(sql, [(day, n) for day, n in self.days.items() if n])
        self.days.clear()


FACTS = f"""
gone_at IS NOT NULL, comment_count > 0,
    EXISTS (SELECT 1 FROM revisions WHERE article_id = a.id AND kind IN ('content', 'revert')), {", ".join(KEPT)}
"""  # noqa: S608 — constants
NOW = f"SELECT {FACTS} FROM articles AS a WHERE search_key = ? AND withdrawn_at IS NULL"  # noqa: S608
SETTLED = f"""
SELECT search_key, {FACTS} FROM articles AS a WHERE search_key BETWEEN ? AND ? AND withdrawn_at IS NULL
    AND search_key NOT IN (SELECT search_key FROM keys_pending)
"""  # noqa: S608
STALE = f"SELECT search_key, {', '.join(KEPT)} FROM keys_pending WHERE indexed AND search_key BETWEEN ? AND ?"  # noqa: S608


def _all_tokens(key: int, facts: Iterable[Any]) -> set[str]:
    gone, comments, edited, *kept = facts
    held = {"gone": gone, "comments": comments, "edited": edited}
    found = tokens.of_article(key, Kept(*kept))
    found.update(tokens.state(state) for state in STATES if held[state])
    return found


def indexed_now(conn: sqlite3.Connection, key: int) -> set[str] | None:
    """Return every token of the article with this key, None when there is none or it was withdrawn."""
    row = conn.execute(NOW, (key,)).fetchone()
    return None if row is None else _all_tokens(key, row)


def indexed(conn: sqlite3.Connection, year: int) -> Iterator[tuple[int, set[str]]]:
    """Yield every key that the table of a year should hold, with its tokens: of what waits, those it had before."""
    span = _span(year)
    for key, *facts in conn.execute(SETTLED, span):
        yield key, _all_tokens(key, facts)
    writer = Writer(conn)
    for key, *kept in conn.execute(STALE, span):
        yield key, tokens.of_article(key, Kept(*kept)) | writer.states(key)


def settle(conn: sqlite3.Connection, *, limit: int = BATCH) -> int:
    """Bring the key tables up to the articles: the newest `limit` of those that wait; returns their number.

    Call it inside the transaction that writes articles, as its last act. Raises ArchiveError when the key
    tables are of another version of `archive.tokens`.
    """
    sql = "SELECT * FROM keys_pending ORDER BY search_key DESC LIMIT ?"
    waiting = conn.execute(sql, (limit,)).fetchall()
    if not waiting:
        return 0
    claim(conn)
    writer = Writer(conn)
    for key, indexed, *old in reversed(waiting):
        writer.settle(key, Kept(*old) if indexed else None)
    writer.count_days()
    conn.execute("DELETE FROM keys_pending WHERE search_key >= ?", (waiting[-1][0],))
    return len(waiting)


def is_current(conn: sqlite3.Connection) -> bool:
    """Tell whether the key tables are of this version of `archive.tokens`, or empty."""
    row = conn.execute("SELECT tokens FROM keys_version").fetchone()
    return row is None or bool(row[0] == tokens.VERSION)


def claim(conn: sqlite3.Connection) -> None:
    """Note the version of tokens in empty key tables; raises ArchiveError when they are of another."""
    if not is_current(conn):
        raise ArchiveError("the search index is of another version of baotinh: run `baotinh reindex`")
    conn.execute("INSERT INTO keys_version SELECT ? WHERE NOT EXISTS (SELECT 1 FROM keys_version)", (tokens.VERSION,))


def clear(conn: sqlite3.Connection) -> None:
    """Drop the key tables and let every article wait to be settled, in one transaction."""
    with transaction(conn):
        for year in years(conn):
            conn.execute(f"DROP TABLE keys_{year:04}_terms")
            conn.execute(f"DROP TABLE keys_{year:04}")
        for table in ("day_counts", "keys_pending", "keys_version"):
            conn.execute(f"DELETE FROM {table}")  # noqa: S608 — constants
        conn.execute(WAITING)


def waiting(conn: sqlite3.Connection) -> int:
    """Count the articles whose keys are out of date: none once a writer of this project is done."""
    return int(conn.execute("SELECT count(*) FROM keys_pending").fetchone()[0])


def reindex(conn: sqlite3.Connection, *, progress: Callable[[int], object]) -> None:
    """Settle all that waits, 1,000 articles a transaction; `progress` gets the number of each.

    Interrupted, it goes on where it was; other processes may write meanwhile.
    """
    while True:
        with transaction(conn):
            number = settle(conn)
        if not number:
            return
        progress(number)
