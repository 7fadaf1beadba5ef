"""The tables of the archive and their indexes (0001_tables), and the indexes of what readers follow (0005_followed)."""

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

# The lists of what changed and what vanished, of one newspaper too: by index alone, however many edits others made.
FOLLOWED = """
CREATE INDEX revisions_changes ON revisions(seen_at, id, article_id, number, kind) WHERE kind <> 'first';
CREATE INDEX articles_of ON articles(source, id);
CREATE INDEX articles_gone_of ON articles(source, gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX articles_missing_of ON articles(source, missing_since) WHERE missing_since IS NOT NULL;
"""
