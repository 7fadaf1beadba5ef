"""The tables of the archive, its indexes, its folded search and triggers, as numbered migrations."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from archive.key_tables import key_tables
from archive.tables import FOLLOWED, TABLES
from archive.withdrawal_tables import WITHDRAWALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIGRATIONS = Migrations("baotinh")

BUSY_TIMEOUT_MS = 30_000

# FTS5 tokenizer: remove_diacritics 2 folds every Vietnamese letter but đ, which the triggers fold themselves;
# the categories keep Arabic marks (M*) inside their words.
SEARCH = """
CREATE VIRTUAL TABLE articles_fts USING fts5(
    title, lead, body, content="articles", content_rowid="search_key",
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
);
"""

SEARCHED = ("title", "lead", "body")
TRANSLATED_D = (("đ", "d"), ("Đ", "D"), ("ð", "d"), ("Ð", "D"))


def folded_columns(row: str) -> str:
    """Write SQL for what the index holds of `row` ("new", "old", a table): `*_fold`, else đ and ð folded."""
    columns = []
    for column in SEARCHED:
        folded = f"{row}.{column}"
        for letter, plain in TRANSLATED_D:
            folded = f"replace({folded}, '{letter}', '{plain}')"
        columns.append(f"coalesce({row}.{column}_fold, {folded})")
    return ", ".join(columns)


def search_triggers() -> str:
    """Write the three triggers that keep `articles_fts` in step with `articles` (FTS5 external content)."""
    names = ", ".join(SEARCHED)
    insert = f"INSERT INTO articles_fts(rowid, {names}) VALUES (new.search_key, {folded_columns('new')});"  # noqa: S608 — names
    delete = (
        f"INSERT INTO articles_fts(articles_fts, rowid, {names}) "  # noqa: S608 — names
        f"VALUES ('delete', old.search_key, {folded_columns('old')});"
    )
    watched = ("search_key", *SEARCHED, *(f"{column}_fold" for column in SEARCHED))
    # SQLite fires UPDATE OF for every column that the statement names, changed or not.
    changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in watched)
    return (
        f"CREATE TRIGGER articles_ai AFTER INSERT ON articles BEGIN {insert} END;\n"
        f"CREATE TRIGGER articles_ad AFTER DELETE ON articles BEGIN {delete} END;\n"
        f"CREATE TRIGGER articles_au AFTER UPDATE OF {', '.join(watched)} ON articles WHEN {changed} "
        f"BEGIN {delete} {insert} END;\n"
    )


def run_statements(db: Database, script: str) -> None:
    """Run each statement inside the caller's transaction, which sqlite3's executescript would commit."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.conn.execute(statement)
            statement = ""


STEPS = (
    ("0001_tables", lambda: TABLES),
    ("0002_search", lambda: SEARCH + search_triggers()),
    ("0003_keys", key_tables),
    ("0004_withdrawals", lambda: WITHDRAWALS),
    ("0005_followed", lambda: FOLLOWED),
)
"""Every migration in order: its name, which is public and never changes, and its SQL."""

for _name, _script in STEPS:

    @MIGRATIONS(name=_name)
    def _apply(db: Database, script: Callable[[], str] = _script) -> None:
        run_statements(db, script())


class ArchiveError(Exception):
    """What went wrong with the archive, as one line that tells the reader what to do."""


class BusyError(ArchiveError):
    """Another process is at the same work, which ends by itself: to be tried again later."""


class NewerError(ArchiveError):
    """The archive was written by a newer baotinh: it is whole, and not to be passed over."""


# Primary result codes of SQLite (the low byte of an extended one) that an operator can act upon.
LOCKED = f"another process has been writing to it for {BUSY_TIMEOUT_MS // 1000} s: let it end, then run again"
DAMAGED = "damaged, or not an archive: put a backup in its place, or move it away and replay the WARC files"
FORBIDDEN = "it cannot be written: check the permissions of the file and of its folder"
ADVICE = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_FULL: "the disk is full: make room, then run again; all that was saved before is kept",
    sqlite3.SQLITE_READONLY: FORBIDDEN,
    sqlite3.SQLITE_PERM: FORBIDDEN,
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check its folder, and the permissions of both",
    sqlite3.SQLITE_IOERR: "the disk is full, or it failed: make room, or check the disk, then run again",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a locked, full, read-only or damaged archive into an ArchiveError.

    Errors that only a mistake in the code can cause pass through as they are.
    """
    try:
        yield
    except sqlite3.Error as error:
        advice = ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if advice is None:
            raise
        raise ArchiveError(f"{path}: {advice} ({error})") from error


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block writes, or nothing of it; takes the write lock at once (BEGIN IMMEDIATE).

    A plain BEGIN that reads before it writes fails beside a second writer without waiting for it.
    """
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:  # a full disk may have rolled back by itself
            conn.execute("ROLLBACK")
        raise


def connect(path: Path) -> sqlite3.Connection:
    """Open the archive for writing: WAL, synchronous=FULL, foreign keys, 30 s timeout, no implicit BEGIN.

    A missing file and its folder are made. Raises ArchiveError when the file cannot be opened or is damaged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveError(f"{path.parent}: the folder of the archive cannot be made: {error.strerror}") from error
    with plain_errors(path):
        conn = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
        conn.row_factory = sqlite3.Row
        try:
            # secure_delete: what was edited away must not stay in freed pages, where a withdrawal never looks.
            for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                conn.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            conn.close()
            raise
    return conn


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open an existing archive for reading only, beside a writer too.

    Raises ArchiveError when there is none, when it cannot be read, or when its schema is not this version's.
    """
    if not path.is_file():
        raise ArchiveError(f"{path}: there is no archive: crawl first, or give its folder with --data")
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    # A WAL database in a folder that cannot be written opens only as immutable; nobody can be writing to it.
    if not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists():
        address += "&immutable=1"
    with plain_errors(path):
        conn = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
        conn.row_factory = sqlite3.Row
        try:
            conn.execute("PRAGMA query_only = ON")
            lacking = pending(conn)
        except BaseException:
            conn.close()
            raise
    if lacking:
        conn.close()
        raise ArchiveError(f"{path}: no archive, or one of an older baotinh: run `baotinh init` to bring it up")
    return conn


def pending(conn: sqlite3.Connection) -> list[str]:
    """Name the migrations that the archive still lacks; raises ArchiveError when it is of a newer baotinh."""
    db = Database(conn, recursive_triggers=False, execute_plugins=False)
    foreign = {migration.name for migration in MIGRATIONS.applied(db)} - {name for name, _ in STEPS}
    if foreign:
        raise NewerError(f"this archive was written by a newer baotinh (migration {min(foreign)}): update to open it")
    return [migration.name for migration in MIGRATIONS.pending(db)]


def migrate(conn: sqlite3.Connection) -> list[str]:
    """Bring the archive to this version's schema and return the names of the migrations that were applied.

    Raises ArchiveError when the archive was written by a newer baotinh.
    """
    if not pending(conn):
        return []
    with transaction(conn):  # a second process that comes at the same moment waits, then finds nothing to do
        names = pending(conn)
        MIGRATIONS.apply(Database(conn, recursive_triggers=False, execute_plugins=False))
    return names


def folding_ok(conn: sqlite3.Connection) -> bool:
    """Tell whether `articles_fts` is still fed folded text: FTS5 `rebuild` undoes that without a word."""
    row = conn.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'đ* OR ð*'").fetchone()
    return bool(row[0] == 0)
