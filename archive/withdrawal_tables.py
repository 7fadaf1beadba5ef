"""The tables of what was withdrawn from the archive (migration 0004_withdrawals)."""

WITHDRAWALS = """
CREATE TABLE withdrawals (
    id INTEGER PRIMARY KEY,
    article_id INTEGER REFERENCES articles(id),
    url TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('court-order', 'privacy', 'other')),
    method TEXT NOT NULL CHECK (method IN ('seal', 'remove')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'undoing', 'undone')),
    withdrawn_at TEXT NOT NULL,
    undone_at TEXT
);
CREATE TABLE sealed_captures (
    capture_id INTEGER PRIMARY KEY REFERENCES captures(id),
    withdrawal_id INTEGER NOT NULL REFERENCES withdrawals(id)
);
CREATE INDEX withdrawals_article ON withdrawals(article_id);
CREATE INDEX sealed_captures_withdrawal ON sealed_captures(withdrawal_id);
"""
