"""The rows of one article: how a reading, an unchanged answer, a gone page or a feed entry alters them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias

from archive import addresses, changes, comments, looks, schedule
from archive.reading import with_count_of, with_kept
from archive.schema import SEARCHED, ArchiveError
from archive.search_key import PER_DAY, day_of, next_key
from archive.times import moment, stamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from archive.changes import Kind
    from archive.reading import Reading, Value

Outcome: TypeAlias = Literal[
    "new",
    "revised",
    "same",
    "reread",
    "unchanged",
    "missing",
    "gone",
    "restored",
    "counted",
    "same count",
    "alias",
    "known alias",
    "too many aliases",
    "unknown",
    "withdrawn",
    "refused",
]
"""What an item did to the archive.

new, revised, same: a reading that is the first one, has another text, has the same text; reread: a capture
that was read before, by another reader; unchanged: the paper says so; missing, gone: the first look, and one
at least six hours later, that found no article; restored: it is back; counted: a feed named a new comment
count; alias: a listing named one more address; unknown: the archive has no such article; withdrawn: nothing
of it may be kept; refused: unusable.
"""

TEXT_COLUMNS = (*SEARCHED, *(f"{name}_fold" for name in SEARCHED))

LAST_REVISION = "SELECT * FROM revisions WHERE article_id = ? ORDER BY number DESC LIMIT 1"
SAME_EARLIER = """SELECT number FROM revisions WHERE article_id = ? AND digest = ? ORDER BY number DESC LIMIT 1"""
INSERT_REVISION = """
INSERT INTO revisions (article_id, number, kind, seen_at, capture_id, reader, digest, title, lead, body, changes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
CHANGES_SO_FAR = """
SELECT (SELECT count(*) FROM revisions
        WHERE article_id = :id AND number > 1 AND kind <> 'reader' AND seen_at <= :at)
     + (SELECT max(count(*) - 1, 0) FROM comment_counts WHERE article_id = :id AND seen_at <= :at)
"""


def save_reading(conn: sqlite3.Connection, reading: Reading, capture_id: int) -> Outcome:
    """Save one reading of an article, known or new."""
    row = addresses.find_reading(conn, reading.key, reading.addresses)
    if row is not None and row["withdrawn_at"] is not None:
        return "withdrawn"
    outcome: Outcome = "new"
    if row is None:
        article_id = _insert(conn, reading, capture_id)
    else:
        article_id, outcome = int(row["id"]), _reread(conn, row, reading, capture_id)
    for other in addresses.record(conn, article_id, reading.key, reading.addresses):
        _put_off(conn, other, reading.seen_at)
    return outcome


def save_unchanged(conn: sqlite3.Connection, key: str, seen: Iterable[str], seen_at: str) -> Outcome:
    """Save that the article `key` is as it was, when it was asked for under the addresses `seen`."""
    row = addresses.find(conn, key)
    if row is None or row["withdrawn_at"] is not None:
        return "unknown" if row is None else "withdrawn"
    if not looks.is_new(row, seen_at):
        return "unchanged"
    for other in addresses.record(conn, row["id"], key, seen):
        _put_off(conn, other, seen_at)
    write(conn, row["id"], _changed(row, _present(conn, row, row["published_at"], seen_at)))
    return "unchanged" if row["missing_since"] is None else "restored"


def save_gone(conn: sqlite3.Connection, key: str, seen_at: str) -> Outcome:
    """Save that the article `key` was not there; the second look after six hours tells that it is gone."""
    row = addresses.find(conn, key)
    if row is None or row["withdrawn_at"] is not None:
        return "unknown" if row is None else "withdrawn"
    if seen_at <= row["last_seen"]:
        return "unchanged"  # a look from before the last one that found it
    now, since = moment(seen_at), moment(row["missing_since"] or seen_at)
    columns: dict[str, Value] = {"missing_since": stamp(since)}
    if row["gone_at"] is None and now - since < schedule.SECOND_LOOK:
        if row["missing_since"] is None:  # only the first such look says when the second one is due
            columns["next_check_at"] = stamp(schedule.second_look(since))
    else:
        columns["gone_at"] = row["gone_at"] or seen_at
        later = stamp(schedule.next_check(since, now, 0))
        columns["next_check_at"] = later if row["gone_at"] is None else max(later, row["next_check_at"] or "")
    write(conn, row["id"], _changed(row, columns))
    return "gone" if "gone_at" in columns else "missing"


def save_count(conn: sqlite3.Connection, key: str, count: int, seen_at: str, capture_id: int) -> Outcome:
    """Save how many comments a feed counted for the article `key`; the newest word on it stands in its row."""
    row = addresses.find_known(conn, key)
    if row is None or seen_at < row["first_seen"]:
        return "unknown"  # the feed named it before it was read: as that run found it, so does a replay
    if key != row["url"] and seen_at <= row["last_seen"]:
        return "unknown"  # no alias tells since when it leads here: before the last look it may have led nowhere
    if row["withdrawn_at"] is not None:
        return "withdrawn"
    written = comments.note(conn, row["id"], count, seen_at, capture_id)
    is_newest = seen_at >= row["last_seen"] and comments.is_newest(conn, row["id"], seen_at)
    if is_newest and row["comment_count"] != count:
        sources = json.dumps(json.loads(row["field_sources"]) | {"comment_count": "feed"}, sort_keys=True)
        write(conn, row["id"], {"comment_count": count, "field_sources": sources})
    return "counted" if written else "same count"


def write(conn: sqlite3.Connection, article_id: int | None, columns: Mapping[str, Value]) -> int:
    """Insert an article (`article_id` None) or set some of its columns, and return its id.

    Every change of an article passes here, and with it all that search indexes of it (title, lead, body,
    search_key): the triggers feed `articles_fts`; any other index is to be fed from here.
    """
    if article_id is None:
        names, marks = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        cursor = conn.execute(f"INSERT INTO articles ({names}) VALUES ({marks})", columns)  # noqa: S608 — names
        return int(cursor.lastrowid or 0)
    if columns:
        settings = ", ".join(f"{name} = :{name}" for name in columns)
        values = {**columns, "article_id": article_id}
        conn.execute(f"UPDATE articles SET {settings} WHERE id = :article_id", values)  # noqa: S608 — names
    return article_id


def _insert(conn: sqlite3.Connection, reading: Reading, capture_id: int) -> int:
    seen_at = reading.seen_at
    since = moment(str(reading.columns["published_at"] or seen_at))
    columns: dict[str, Value] = {
        "search_key": _new_key(conn, reading.source, _day(reading.day, seen_at)),
        "source": reading.source,
        "url": reading.key,
        **reading.columns,
        **dict.fromkeys(("first_seen", "last_seen", "last_changed"), seen_at),
        "next_check_at": stamp(schedule.next_check(since, moment(seen_at), 0)),
    }
    article_id = write(conn, None, columns)
    _add_revision(conn, article_id, 1, "first", reading, capture_id, {})
    _note_count(conn, article_id, reading, capture_id)
    return article_id


def _reread(conn: sqlite3.Connection, row: sqlite3.Row, reading: Reading, capture_id: int) -> Outcome:
    """Save another reading of the article of `row`.

    The bytes that the last revision was read from, read by another reader, tell what our change of readers
    did. A reading that is not after the last look has been overtaken, or was saved before: it adds only what
    it alone knows.
    """
    last = conn.execute(LAST_REVISION, (row["id"],)).fetchone()
    is_new = looks.is_new(row, reading.seen_at)
    is_known = not is_new and bool(looks.read_before(conn, row["id"], reading, capture_id))
    is_ours = not is_known and looks.is_ours(conn, row, last, reading, capture_id)
    if not is_known:
        _note_count(conn, row["id"], reading, capture_id)
    reading = with_kept(reading, row)
    if not comments.is_newest(conn, row["id"], reading.seen_at):
        reading = with_count_of(reading, row)
    kind: Kind | None = None
    columns: dict[str, Value] = {"first_seen": min(row["first_seen"], reading.seen_at)}
    if is_ours or is_new:
        columns |= reading.columns
        kind = _revise(conn, last, reading, capture_id, is_ours=is_ours)
        if is_ours and kind is None:
            looks.note_reader(conn, last, reading)
    if kind is None:  # the texts of a row are always those of its last revision
        columns = {name: value for name, value in columns.items() if name not in TEXT_COLUMNS}
    elif kind != "reader":
        columns["last_changed"] = reading.seen_at
    if is_new:
        columns |= _present(conn, row, reading.columns["published_at"], reading.seen_at)
    columns |= _key_of_day(conn, row, columns)
    write(conn, row["id"], _changed(row, columns))
    if is_new and row["missing_since"] is not None:
        return "restored"
    if is_ours:
        return "reread"
    return "same" if kind is None else "revised"


def _revise(
    conn: sqlite3.Connection, last: sqlite3.Row, reading: Reading, capture_id: int, *, is_ours: bool
) -> Kind | None:
    """Write a revision when the reading differs from the last one, and return its kind."""
    if last["digest"] == reading.digest:
        return None
    article_id, old, new = last["article_id"], _texts(last), reading.texts
    earlier = conn.execute(SAME_EARLIER, (article_id, reading.digest)).fetchone()
    described = changes.describe(old, new)
    kind: Kind = "cosmetic" if changes.is_cosmetic(old, new) else "content"
    if is_ours:
        kind = "reader"
    elif earlier is not None:
        kind, described["reverts_to"] = "revert", earlier[0]
    _add_revision(conn, article_id, last["number"] + 1, kind, reading, capture_id, described)
    return kind


def _add_revision(
    conn: sqlite3.Connection,
    article_id: int,
    number: int,
    kind: Kind,
    reading: Reading,
    capture_id: int,
    described: Mapping[str, object],
) -> None:
    text = (reading.columns[name] for name in SEARCHED)
    found = (article_id, number, kind, reading.seen_at, capture_id, reading.columns["reader"], reading.digest)
    conn.execute(INSERT_REVISION, (*found, *text, json.dumps(described)))


def _note_count(conn: sqlite3.Connection, article_id: int, reading: Reading, capture_id: int) -> None:
    count = reading.columns["comment_count"]
    if isinstance(count, int):
        comments.note(conn, article_id, count, reading.seen_at, capture_id)


def _present(conn: sqlite3.Connection, row: sqlite3.Row, published_at: Value, seen_at: str) -> dict[str, Value]:
    """Return the columns of an article that a new look has found."""
    so_far = conn.execute(CHANGES_SO_FAR, {"id": row["id"], "at": seen_at}).fetchone()[0]
    since = moment(str(published_at or row["first_seen"]))
    return {
        "last_seen": seen_at,
        "missing_since": None,
        "gone_at": None,
        "next_check_at": stamp(schedule.next_check(since, moment(seen_at), so_far)),
    }


def _key_of_day(conn: sqlite3.Connection, row: sqlite3.Row, columns: Mapping[str, Value]) -> dict[str, Value]:
    """Return a new search_key when the day of the article, or of its first look, has been corrected."""
    published_at = columns.get("published_at", row["published_at"])
    day = day_of(moment(str(published_at or columns.get("first_seen", row["first_seen"]))))
    if day == row["search_key"] // PER_DAY:
        return {}
    return {"search_key": _new_key(conn, row["source"], day)}


def _day(day: int | None, seen_at: str) -> int:
    return day_of(moment(seen_at)) if day is None else day


def _new_key(conn: sqlite3.Connection, source: str, day: int) -> int:
    number = conn.execute("SELECT number FROM sources WHERE name = ?", (source,)).fetchone()
    if number is None:
        raise ArchiveError(f"the source {source!r} is not registered in this archive")
    return next_key(conn, day, number[0])


def _put_off(conn: sqlite3.Connection, article_id: int, seen_at: str) -> None:
    """Put off the next look at an article whose address now leads to another: asking it again tells nothing.

    A later look at it has the last word on that: it may have found its address to lead to it once more.
    """
    row = conn.execute("SELECT * FROM articles WHERE id = ?", (article_id,)).fetchone()
    if not looks.is_new(row, seen_at):
        return
    since = moment(row["published_at"] or row["first_seen"])
    later = stamp(schedule.next_check(since, moment(seen_at), 0))
    write(conn, article_id, {"next_check_at": max(later, row["next_check_at"] or "")})


def _changed(row: sqlite3.Row, columns: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in columns.items() if row[name] != value}


def _texts(revision: sqlite3.Row) -> dict[str, str | None]:
    return {name: revision[name] for name in SEARCHED}
