"""The tables of the archive, its indexes, its folded search and triggers, as numbered migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

MIGRATIONS = Migrations("baotinh")

BUSY_TIMEOUT_MS = 30_000

TABLES = """
CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE CHECK (number BETWEEN 0 AND 9999),
    title TEXT NOT NULL,
    province TEXT,
    domains TEXT NOT NULL DEFAULT '[]',
    family TEXT,
    language TEXT NOT NULL DEFAULT 'vi'
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL REFERENCES sources(name),
    started_at TEXT NOT NULL,
    ended_at TEXT,
    outcome TEXT,
    exit_code INTEGER,
    counts TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE captures (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs(id),
    url TEXT NOT NULL,
    fetched_from TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT,
    last_modified TEXT,
    headers TEXT NOT NULL,
    file TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    length INTEGER NOT NULL,
    digest TEXT,
    revisit_of INTEGER REFERENCES captures(id),
    UNIQUE (file, "offset")
);
CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    search_key INTEGER NOT NULL UNIQUE,
    source TEXT NOT NULL REFERENCES sources(name),
    url TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    lead TEXT,
    body TEXT NOT NULL DEFAULT '',
    body_html TEXT,
    published_at TEXT,
    modified_at TEXT,
    published_raw TEXT,
    authors TEXT NOT NULL DEFAULT '[]',
    section TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    language TEXT,
    image_url TEXT,
    images TEXT NOT NULL DEFAULT '[]',
    comment_count INTEGER,
    source_url TEXT,
    reader TEXT NOT NULL,
    field_sources TEXT NOT NULL DEFAULT '{}',
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    last_changed TEXT NOT NULL,
    next_check_at TEXT,
    missing_since TEXT,
    gone_at TEXT,
    withdrawn_at TEXT,
    title_fold TEXT,
    lead_fold TEXT,
    body_fold TEXT
);
CREATE TABLE aliases (
    url TEXT PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id)
) WITHOUT ROWID;
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id),
    number INTEGER NOT NULL CHECK (number >= 1),
    kind TEXT NOT NULL CHECK (kind IN ('first', 'content', 'cosmetic', 'reader', 'revert')),
    seen_at TEXT NOT NULL,
    capture_id INTEGER REFERENCES captures(id),
    reader TEXT NOT NULL,
    digest TEXT NOT NULL,
    title TEXT NOT NULL,
    lead TEXT,
    body TEXT NOT NULL,
    changes TEXT NOT NULL DEFAULT '{}',
    UNIQUE (article_id, number)
);
CREATE TABLE comment_counts (
    article_id INTEGER NOT NULL REFERENCES articles(id),
    seen_at TEXT NOT NULL,
    count INTEGER NOT NULL,
    capture_id INTEGER REFERENCES captures(id),
    PRIMARY KEY (article_id, seen_at)
) WITHOUT ROWID;
CREATE TABLE links (
    from_article INTEGER NOT NULL REFERENCES articles(id),
    to_url TEXT NOT NULL,
    to_article INTEGER REFERENCES articles(id),
    kind TEXT NOT NULL,
    score REAL,
    evidence TEXT NOT NULL DEFAULT '{}',
    first_seen TEXT NOT NULL,
    PRIMARY KEY (from_article, to_url, kind)
) WITHOUT ROWID;
CREATE INDEX articles_source ON articles(source, published_at);
CREATE INDEX articles_published_at ON articles(published_at);
CREATE INDEX articles_last_changed ON articles(last_changed);
CREATE INDEX articles_next_check_at ON articles(source, next_check_at);
CREATE INDEX articles_gone_at ON articles(gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX articles_missing_since ON articles(missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX articles_comment_count ON articles(comment_count) WHERE comment_count > 0;
CREATE INDEX articles_section ON articles(section);
CREATE INDEX articles_language ON articles(language);
CREATE INDEX articles_source_url ON articles(source_url) WHERE source_url IS NOT NULL;
CREATE INDEX aliases_article ON aliases(article_id);
CREATE INDEX captures_url ON captures(url, id);
CREATE INDEX captures_run ON captures(run_id);
CREATE INDEX captures_digest ON captures(digest) WHERE digest IS NOT NULL AND revisit_of IS NULL;
CREATE INDEX captures_revisit_of ON captures(revisit_of) WHERE revisit_of IS NOT NULL;
CREATE INDEX revisions_seen_at ON revisions(seen_at);
CREATE INDEX revisions_capture ON revisions(capture_id);
CREATE INDEX comment_counts_capture ON comment_counts(capture_id);
CREATE INDEX links_to_article ON links(to_article) WHERE to_article IS NOT NULL;
CREATE INDEX runs_source ON runs(source, started_at);
"""

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
    """SQL for what the index holds of `row` ("new", "old" or a table): `*_fold` where set, else đ and ð folded."""
    columns = []
    for column in SEARCHED:
        folded = f"{row}.{column}"
        for letter, plain in TRANSLATED_D:
            folded = f"replace({folded}, '{letter}', '{plain}')"
        columns.append(f"coalesce({row}.{column}_fold, {folded})")
    return ", ".join(columns)


def search_triggers() -> str:
    """The three triggers that keep `articles_fts` in step with `articles` (FTS5 external content tables)."""
    names = ", ".join(SEARCHED)
    insert = f"INSERT INTO articles_fts(rowid, {names}) VALUES (new.search_key, {folded_columns('new')});"
    delete = (
        f"INSERT INTO articles_fts(articles_fts, rowid, {names}) "
        f"VALUES ('delete', old.search_key, {folded_columns('old')});"
    )
    watched = ", ".join(["search_key", *SEARCHED, *(f"{column}_fold" for column in SEARCHED)])
    return (
        f"CREATE TRIGGER articles_ai AFTER INSERT ON articles BEGIN {insert} END;\n"
        f"CREATE TRIGGER articles_ad AFTER DELETE ON articles BEGIN {delete} END;\n"
        f"CREATE TRIGGER articles_au AFTER UPDATE OF {watched} ON articles BEGIN {delete} {insert} END;\n"
    )


def run_statements(db: Database, script: str) -> None:
    """Run each statement of `script` inside the caller's transaction (sqlite3's executescript would commit it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.conn.execute(statement)
            statement = ""


STEPS = (("0001_tables", lambda: TABLES), ("0002_search", lambda: SEARCH + search_triggers()))
"""Every migration in order: its name, which is public and never changes, and its SQL."""

for _name, _script in STEPS:

    @MIGRATIONS(name=_name)
    def _apply(db: Database, script: Callable[[], str] = _script) -> None:
        run_statements(db, script())


class ArchiveError(Exception):
    """What went wrong with the archive, as one line that tells the reader what to do."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the archive for writing: WAL, synchronous=FULL, foreign keys, busy timeout 30 s, no implicit BEGIN.

    Raises ArchiveError when the file cannot be opened or is not a database.
    """
    try:
        conn = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
        conn.row_factory = sqlite3.Row
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as error:
        raise ArchiveError(f"{path}: cannot open the archive: {error}") from error
    return conn


def migrate(conn: sqlite3.Connection) -> list[str]:
    """Bring the archive to this version's schema and return the names of the migrations that were applied.

    Raises ArchiveError when the archive was written by a newer baotinh.
    """
    db = Database(conn)
    foreign = {migration.name for migration in MIGRATIONS.applied(db)} - {name for name, _ in STEPS}
    if foreign:
        raise ArchiveError(
            f"this archive was written by a newer baotinh (migration {min(foreign)}): update baotinh to open it"
        )
    pending = [migration.name for migration in MIGRATIONS.pending(db)]
    MIGRATIONS.apply(db)
    return pending
