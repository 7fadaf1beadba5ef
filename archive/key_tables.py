"""What the newsroom's search keeps beside its year tables: days, waiting articles, indexes (migration 0003_keys)."""

from __future__ import annotations

# What a year table holds of an article apart from its key, and what a waiting row keeps of its old state.
KEPT = ("title", "lead", "body", "section", "language", "authors", "tags")

# Facets and filters read these for thousands of articles: the rows themselves are spread over 5 KB each.
FACTS = """
CREATE INDEX articles_facts ON articles(
    search_key, section, language, authors, tags, comment_count, gone_at, last_changed, withdrawn_at, id
);
CREATE INDEX revisions_edits ON revisions(article_id) WHERE kind IN ('content', 'revert');
"""

TABLES = f"""
CREATE TABLE day_counts (day INTEGER PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE keys_version (tokens INTEGER NOT NULL);
CREATE TABLE keys_pending (
    search_key INTEGER PRIMARY KEY,
    indexed INTEGER NOT NULL CHECK (indexed IN (0, 1)),
    {", ".join(f"{name} TEXT" for name in KEPT)}
);
"""

EDIT = "kind IN ('content', 'revert')"


def _waits(row: str, source: str = "VALUES (", end: str = ")") -> str:
    """Write SQL that notes what is indexed of `row`; the first note of a key holds until it is settled."""
    old = ", ".join(f"{row}.{name}" for name in KEPT)
    return (
        f"INSERT INTO keys_pending(search_key, indexed, {', '.join(KEPT)}) "
        f"{source}{row}.search_key, {row}.withdrawn_at IS NULL, {old}{end} ON CONFLICT DO NOTHING;"
    )


def key_triggers() -> str:
    """Write the triggers that note which articles' keys are out of date, whoever writes (`keys.settle`)."""
    new = "INSERT INTO keys_pending(search_key, indexed) VALUES (new.search_key, 0) ON CONFLICT DO NOTHING;"
    watched = ("search_key", *KEPT, "withdrawn_at", "gone_at", "comment_count")
    differs = [f"old.{name} IS NOT new.{name}" for name in watched[:-2]]
    differs.append("(old.gone_at IS NULL) IS NOT (new.gone_at IS NULL)")
    differs.append("(coalesce(old.comment_count, 0) > 0) IS NOT (coalesce(new.comment_count, 0) > 0)")
    triggers = (
        f"CREATE TRIGGER keys_ai AFTER INSERT ON articles BEGIN {new} END;\n"
        f"CREATE TRIGGER keys_ad AFTER DELETE ON articles BEGIN {_waits('old')} END;\n"
        f"CREATE TRIGGER keys_au AFTER UPDATE OF {', '.join(watched)} ON articles "
        f"WHEN {' OR '.join(differs)} BEGIN {_waits('old')} {new} END;\n"
    )
    for name, event, row in (("ri", "INSERT", "new"), ("rd", "DELETE", "old"), ("ru", "UPDATE OF kind", "new")):
        known = _waits("a", "SELECT ", f" FROM articles AS a WHERE a.id = {row}.article_id")
        when = "" if name == "ru" else f"WHEN {row}.{EDIT} "
        triggers += f"CREATE TRIGGER keys_{name} AFTER {event} ON revisions {when}BEGIN {known} END;\n"
    return triggers


WAITING = "INSERT INTO keys_pending(search_key, indexed) SELECT search_key, 0 FROM articles;\n"


def key_tables() -> str:
    """Write migration 0003_keys; articles that are there already wait to be settled."""
    return FACTS + TABLES + key_triggers() + WAITING
