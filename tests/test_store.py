"""The store: new, same, revised, reverted, reread, missing, gone, restored; aliases, keys, counts."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from store_fixture import (
    BODY,
    ICT,
    LEAD,
    PAPER,
    TITLE,
    URL,
    article,
    at,
    capture,
    dump,
    equal_form,
    feed_entry,
    gone,
    unchanged,
)  # fmt: skip

from archive.items import Article, Gone, Image, Source
from archive.schema import ArchiveError
from archive.store import Store
from archive.usual import READ

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from archive.items import Item


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "archive.db") as store:
        yield store


def opened(path: Path) -> Store:
    store = Store(path)
    store.conn.execute("PRAGMA synchronous = OFF")  # the tests of processes wait for the disk, these need not
    store.register(PAPER)
    store.open_run(PAPER.name, at(0))
    return store


def save(store: Store, *items: Item) -> list[str]:
    return list(store.save(1, [], items))


def row(store: Store, url: str = URL) -> sqlite3.Row:
    found: sqlite3.Row = store.conn.execute("SELECT * FROM articles WHERE url = ?", (url,)).fetchone()
    return found


def column(store: Store, query: str) -> list[Any]:
    return [value for (value,) in store.conn.execute(query)]


def kinds(store: Store) -> list[str]:
    return column(store, "SELECT kind FROM revisions ORDER BY article_id, number")


def stored(hours: float) -> str:
    return at(hours).isoformat()


# Readings


def test_a_first_reading_makes_an_article_its_revision_and_its_capture(store: Store) -> None:
    image = Image("https://baosuoicat.example/cau.jpg", "Cầu mới. Ảnh: N.H")
    assert save(store, article(1, images=(image,), comment_count=0)) == ["new"]
    saved = row(store)
    assert (saved["title"], saved["lead"], saved["body"]) == (TITLE, LEAD, BODY)
    assert saved["first_seen"] == saved["last_seen"] == saved["last_changed"] == stored(1)
    assert saved["published_at"] == "2026-09-01T08:30:00+07:00"
    assert json.loads(saved["authors"]) == ["Nguyễn Hà"]
    assert json.loads(saved["images"]) == [{"url": image.url, "caption": image.caption}]
    assert saved["comment_count"] == 0
    revision = store.conn.execute("SELECT * FROM revisions").fetchone()
    assert (revision["number"], revision["kind"], revision["seen_at"]) == (1, "first", stored(1))
    assert (revision["title"], revision["changes"]) == (TITLE, "{}")
    assert column(store, "SELECT url FROM captures JOIN revisions ON capture_id = captures.id") == [URL]
    assert column(store, "SELECT count FROM comment_counts") == [0]


def test_the_same_reading_again_only_moves_the_last_look(store: Store) -> None:
    save(store, article(1))
    before = dump(store.conn)
    assert save(store, article(5)) == ["same"]
    after = dump(store.conn)
    assert after["revisions"] == before["revisions"]
    assert (row(store)["first_seen"], row(store)["last_seen"]) == (stored(1), stored(5))
    assert row(store)["last_changed"] == stored(1)


def test_a_changed_text_makes_a_revision_against_the_latest_one(store: Store) -> None:
    dearer = BODY.replace("3,9", "4,2")
    save(store, article(1))
    assert save(store, article(2, body=dearer), article(3), article(4, body=dearer)) == ["revised"] * 3
    assert kinds(store) == ["first", "content", "revert", "revert"]
    changes = [json.loads(text) for text in column(store, "SELECT changes FROM revisions ORDER BY number")]
    assert changes == [
        {},
        {"fields": ["body"], "paragraphs": 1},
        {"fields": ["body"], "paragraphs": 1, "reverts_to": 1},
        {"fields": ["body"], "paragraphs": 1, "reverts_to": 2},
    ]
    assert row(store)["body"] == dearer
    assert row(store)["last_changed"] == stored(4)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"title": TITLE.replace("thông xe", "thông xe an toàn")}, "content"),
        ({"lead": None}, "content"),
        ({"body": BODY.replace("3,9", "39")}, "content"),
        ({"body": BODY.replace("3,9", "3.9")}, "content"),
        ({"body": BODY.replace("84 mét", "-84 mét")}, "content"),
        ({"body": BODY.replace("Cát", "Cạt")}, "content"),
        ({"body": BODY.replace("84 mét", "84% mét")}, "content"),
        ({"title": TITLE.upper()}, "cosmetic"),
        ({"lead": f"“{LEAD}”"}, "cosmetic"),
        ({"body": BODY.replace(", tổng", " - tổng")}, "cosmetic"),
    ],
)
def test_content_and_cosmetic_are_told_apart(store: Store, fields: dict[str, Any], kind: str) -> None:
    save(store, article(1))
    assert save(store, article(2, **fields)) == ["revised"]
    assert kinds(store) == ["first", kind]


@pytest.mark.parametrize(
    "fields",
    [
        {"body": BODY.replace(" ", "  ").replace("\n\n", "\n\n\n")},
        {"title": TITLE.replace("ầ", "ầ").replace("ớ", "ớ")},
        {"lead": LEAD + "\u200b"},
    ],
)
def test_white_space_and_composition_make_no_revision(store: Store, fields: dict[str, Any]) -> None:
    save(store, article(1))
    assert save(store, article(2, **fields)) == ["same"]
    assert (row(store)["title"], row(store)["lead"], row(store)["body"]) == (TITLE, LEAD, BODY)


def test_other_fields_are_renewed_without_a_revision(store: Store) -> None:
    save(store, article(1))
    assert save(store, article(2, section="Xã hội", tags=(), body_html="<p>x</p>")) == ["same"]
    assert (row(store)["section"], row(store)["tags"], row(store)["body_html"]) == ("Xã hội", "[]", "<p>x</p>")
    assert kinds(store) == ["first"]


def test_text_that_sqlite_or_search_cannot_hold_is_cleaned(store: Store) -> None:
    assert save(store, article(1, title="Lũ \ud800về\x00 \x01bản\x02", body="a\x0bb")) == ["new"]
    assert (row(store)["title"], row(store)["body"]) == ("Lũ \ufffdvề\ufffd bản", "ab")


def test_what_cannot_be_saved_is_refused_and_its_capture_kept(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    naive = datetime(2026, 9, 1)  # noqa: DTZ001 — the mistake that is tested
    items = [
        article(1, url="mailto:toa-soan@baosuoicat.example", capture=capture(1)),
        article(2, title=" "),
        article(3, published_at=naive),
        replace(feed_entry(4, 1), comment_count=-1),
        article(5),
    ]
    assert save(store, *items) == ["refused"] * 4 + ["new"]
    assert len(caplog.records) == 3
    assert column(store, "SELECT count(*) FROM captures") == [5]


def test_a_source_that_is_not_registered_saves_nothing(store: Store) -> None:
    with pytest.raises(ArchiveError, match="not registered"):
        save(store, article(1), article(2, url=URL + "?id=2", source="baola"))
    assert column(store, "SELECT count(*) FROM articles") == [0]
    assert column(store, "SELECT count(*) FROM captures") == [0]


# Readers


def test_a_change_of_the_reader_is_told_apart_from_one_of_the_paper(store: Store) -> None:
    old, new, edited = BODY + "\n\nTheo N.H", BODY, BODY.replace("3,9", "4,2")
    save(store, article(1, body=old))
    assert store.reader_changed(URL, "onecms/1") is None
    assert store.reader_changed("https://baosuoicat.example/khac.html", "onecms/2") is None
    first = store.reader_changed(URL, "onecms/2")
    assert first == capture(1)
    reread = article(1, body=new, reader="onecms/2")
    assert save(store, reread, article(30, body=edited, reader="onecms/2")) == ["reread", "revised"]
    assert kinds(store) == ["first", "reader", "content"]
    assert column(store, "SELECT seen_at FROM revisions ORDER BY number") == [stored(1), stored(1), stored(30)]
    assert store.reader_changed(URL, "onecms/2") is None
    assert row(store)["reader"] == "onecms/2"
    assert row(store)["last_changed"] == stored(30)


def test_a_reader_that_reads_the_same_makes_no_revision_and_is_not_asked_again(store: Store) -> None:
    save(store, article(1))
    assert save(store, article(1, reader="onecms/2")) == ["reread"]
    assert kinds(store) == ["first"]
    assert store.reader_of(URL) == "onecms/2"
    assert store.reader_changed(URL, "onecms/2") is None


def test_equal_bytes_read_otherwise_are_the_readers_change(store: Store) -> None:
    save(store, article(1, capture=capture(1, body="x")))
    again = capture(9, body="x", revisit_of=(capture(1).file, capture(1).offset))
    assert save(store, article(9, body="Khác.", reader="onecms/2", capture=again)) == ["reread"]
    assert kinds(store) == ["first", "reader"]
    assert row(store)["last_changed"] == stored(1)
    assert row(store)["last_seen"] == stored(9)
    assert store.reader_changed(URL, "onecms/3") == again


def test_rereading_an_absent_article_does_not_restore_it(store: Store) -> None:
    save(store, article(1), gone(2))
    assert save(store, article(1, body="Khác.", reader="onecms/2")) == ["reread"]
    assert row(store)["missing_since"] == stored(2)


def test_a_rereading_that_is_saved_twice_changes_nothing(store: Store) -> None:
    items = [article(1), article(1, body="Hai.", reader="onecms/2"), article(9, body="Hai.", reader="onecms/2")]
    assert save(store, *items, unchanged(10)) == ["new", "reread", "same", "unchanged"]
    before = dump(store.conn)
    for item in items:
        assert save(store, item) == ["same"]
        assert dump(store.conn) == before


def test_a_reader_that_is_taken_back_is_not_the_papers_edit(store: Store) -> None:
    save(store, article(1), article(1, body="Hai.", reader="onecms/2"))
    assert save(store, article(1), article(30)) == ["same", "reread"]
    assert kinds(store) == ["first", "reader", "reader"]
    assert (row(store)["reader"], row(store)["body"]) == ("onecms/1", BODY)
    assert (row(store)["last_seen"], row(store)["last_changed"]) == (stored(30), stored(1))


# Presence


def test_missing_then_gone_then_restored(store: Store) -> None:
    save(store, article(1))
    assert save(store, gone(10)) == ["missing"]
    assert (row(store)["missing_since"], row(store)["gone_at"]) == (stored(10), None)
    assert row(store)["next_check_at"] == stored(16)
    assert save(store, gone(15.9)) == ["missing"]
    assert row(store)["next_check_at"] == stored(16)
    assert save(store, gone(16)) == ["gone"]
    assert (row(store)["missing_since"], row(store)["gone_at"]) == (stored(10), stored(16))
    assert row(store)["body"] == BODY
    assert save(store, gone(40)) == ["gone"]
    assert row(store)["gone_at"] == stored(16)
    assert save(store, article(50)) == ["restored"]
    assert (row(store)["missing_since"], row(store)["gone_at"]) == (None, None)
    assert kinds(store) == ["first"]


def test_not_modified_restores_too_and_only_moves_the_last_look(store: Store) -> None:
    save(store, article(1))
    assert save(store, unchanged(2)) == ["unchanged"]
    assert (row(store)["last_seen"], row(store)["last_changed"]) == (stored(2), stored(1))
    assert save(store, gone(3), unchanged(4)) == ["missing", "restored"]
    assert row(store)["missing_since"] is None


def test_a_restored_article_with_another_text_is_revised_too(store: Store) -> None:
    save(store, article(1), gone(2))
    assert save(store, article(3, body="Đính chính.")) == ["restored"]
    assert kinds(store) == ["first", "content"]


def test_what_is_not_known_stays_unknown(store: Store) -> None:
    assert save(store, unchanged(1), gone(2), feed_entry(3, 4)) == ["unknown"] * 3
    assert column(store, "SELECT count(*) FROM articles") == [0]
    assert column(store, "SELECT count(*) FROM captures") == [3]


def test_nothing_comes_back_to_a_withdrawn_article(store: Store) -> None:
    save(store, article(1))
    store.conn.execute("UPDATE articles SET withdrawn_at = ?, body = '', title = ''", (stored(2),))
    before = dump(store.conn)
    items = [article(3), unchanged(4), gone(5), feed_entry(6, 7)]
    assert save(store, *items) == ["withdrawn"] * 4
    assert {**dump(store.conn), "captures": before["captures"]} == before
    assert store.due(PAPER.name, at(99_999)) == []


# Addresses


def test_every_spelling_leads_to_the_one_article(store: Store) -> None:
    seen = "http://m.baosuoicat.example/cau-moi-qua-suoi-cat-100001.html?utm_source=zalo"
    print_page = "https://baosuoicat.example/print/100001.html"
    save(store, article(1, capture=capture(1, seen), aliases=(print_page,)))
    assert column(store, "SELECT url FROM aliases ORDER BY url") == sorted([seen, print_page])
    assert all(store.is_known(url) for url in (URL, seen, print_page, URL.replace("https://", "http://www.")))
    assert not store.is_known("https://baosuoicat.example/khac.html")
    assert not store.is_known("javascript:void(0)")
    assert save(store, article(2, url=print_page), unchanged(3, seen)) == ["same", "unchanged"]
    assert column(store, "SELECT count(*) FROM articles") == [1]


def test_a_renamed_page_stays_the_article_it_was(store: Store) -> None:
    save(store, article(1))
    renamed = URL.replace("cau-moi", "thong-xe-cau-moi")
    assert save(store, article(2, url=renamed, aliases=(URL,))) == ["same"]
    assert column(store, "SELECT url FROM articles") == [URL]
    assert column(store, "SELECT url FROM aliases") == [renamed]
    assert store.is_known(renamed)


def test_an_address_that_shows_another_article_each_day_makes_them_all(store: Store) -> None:
    live = "https://baosuoicat.example/moi-nhat.html"
    one, two = URL, URL.replace("100001", "100002")
    items = [article(hours, url=url, capture=capture(hours, live)) for hours, url in ((1, one), (2, two))]
    assert save(store, *items) == ["new", "new"]
    assert column(store, "SELECT count(*) FROM aliases") == [1]


def test_an_article_whose_address_leads_to_another_is_not_asked_at_once_again(store: Store) -> None:
    other = URL.replace("100001", "100002")
    save(store, article(1), article(1, url=other))
    assert store.due(PAPER.name, at(60)) == [URL, other]
    assert save(store, article(60, url=other, aliases=(URL,))) == ["same"]
    assert store.due(PAPER.name, at(61)) == []
    assert row(store)["last_seen"] == stored(1)


def test_due_names_the_address_that_was_fetched(store: Store) -> None:
    seen = URL.replace("https://", "https://www.")
    save(store, article(1, capture=capture(1, seen)))
    assert store.due(PAPER.name, at(100)) == [seen]
    assert store.latest_capture(seen) == capture(1, seen)


# Keys


def test_search_key_is_day_source_and_sequence(store: Store) -> None:
    late = datetime(2026, 9, 1, 23, 30, tzinfo=ICT)
    utc = datetime(2026, 9, 1, 17, 30, tzinfo=timezone.utc)  # noqa: UP017 — 2 September in the paper's zone
    for number, published_at in enumerate((late, late, utc, None)):
        save(store, article(1, url=f"{URL}?id={number}", published_at=published_at))
    days = (datetime(2026, 9, 1, tzinfo=ICT).date() - datetime(1970, 1, 1, tzinfo=ICT).date()).days
    assert column(store, "SELECT search_key FROM articles ORDER BY id") == [
        days * 10**10 + 900 * 10**6,
        days * 10**10 + 900 * 10**6 + 1,
        (days + 1) * 10**10 + 900 * 10**6,
        days * 10**10 + 900 * 10**6 + 2,
    ]


def test_a_corrected_day_moves_the_key_and_search_follows(store: Store) -> None:
    save(store, article(1))
    before = row(store)["search_key"]
    save(store, article(2, published_at=datetime(2026, 8, 30, 8, tzinfo=ICT)))
    assert row(store)["search_key"] == before - 2 * 10**10
    query = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'suoi'"
    assert column(store, query) == [row(store)["search_key"]]


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_impossible_days_still_have_a_key(store: Store, year: int) -> None:
    moment = datetime(year, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    assert save(store, article(1, published_at=moment)) == ["new"]
    assert 0 <= row(store)["search_key"] < 10**15


def test_search_follows_every_change_of_the_text(store: Store) -> None:
    save(store, article(1), article(1, url=URL + "?id=2", title="افتتاح المدرسة", lead=None, body="طريقًا"))
    save(store, article(2, body="Đường mới.\n\nChợ Đá Đen."))
    found = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?"
    counts = {word: store.conn.execute(found, (word,)).fetchone()[0] for word in ("duong", "thong", "lang", "mung")}
    assert counts == {"duong": 1, "thong": 1, "lang": 1, "mung": 0}
    assert row(store, URL + "?id=2")["body_fold"] == "طريقا"
    store.conn.execute("INSERT INTO articles_fts(articles_fts) VALUES ('integrity-check')")


# Comment counts


def test_a_count_is_written_when_it_changes(store: Store) -> None:
    for hours, count in enumerate((None, 0, 0, 3, None, 3, 2)):
        save(store, article(hours, comment_count=count))
    rows = store.conn.execute("SELECT seen_at, count FROM comment_counts ORDER BY seen_at")
    assert [tuple(pair) for pair in rows] == [(stored(1), 0), (stored(3), 3), (stored(6), 2)]
    assert row(store)["comment_count"] == 2


def test_null_means_that_the_page_does_not_say(store: Store) -> None:
    save(store, article(1, comment_count=3), article(2))
    assert row(store)["comment_count"] is None
    assert column(store, "SELECT count FROM comment_counts") == [3]


def test_a_feed_counts_where_the_page_is_silent(store: Store) -> None:
    save(store, article(1))
    assert save(store, feed_entry(2, 4), feed_entry(3, 4), feed_entry(4, 6)) == ["counted", "same count", "counted"]
    assert not {"counted", "same count"} & set(READ), "what feeds say is no page that was read"
    assert row(store)["comment_count"] == 6
    assert json.loads(row(store)["field_sources"])["comment_count"] == "feed"
    assert column(store, "SELECT last_seen FROM articles") == [stored(1)]
    save(store, article(5))
    assert row(store)["comment_count"] == 6
    save(store, article(6, comment_count=7))
    assert row(store)["comment_count"] == 7
    assert "comment_count" not in json.loads(row(store)["field_sources"])


def test_what_only_the_feed_said_stays(store: Store) -> None:
    from_feed = {"lead": "feed", "published_at": "feed"}
    save(store, article(1, field_sources=from_feed))
    assert save(store, article(2, lead=None, published_at=None)) == ["same"]
    assert (row(store)["lead"], row(store)["published_at"]) == (LEAD, "2026-09-01T08:30:00+07:00")
    assert json.loads(row(store)["field_sources"]) == {**from_feed, "title": "selector"}
    assert save(store, article(3, lead="Lời mới.")) == ["revised"]
    assert save(store, article(4, lead=None)) == ["revised"]


# Order, repetition, batches


HISTORY: list[Item] = [
    article(1, comment_count=1),
    article(2, body="Hai."),
    feed_entry(3, 5),
    article(4, comment_count=5),
    gone(5),
    gone(12),
    article(13, body="Ba.", title="Khác"),
    unchanged(14),
    gone(15),
    unchanged(16),
    article(16.5, body="Bốn.", reader="onecms/2"),
    gone(17),
    gone(30),
    gone(50),
]


def test_a_batch_that_was_saved_changes_nothing(store: Store) -> None:
    for end in range(1, len(HISTORY) + 1):
        save(store, *HISTORY[:end])
        before = dump(store.conn)
        for start in range(end):
            save(store, *HISTORY[start:end])
            assert dump(store.conn) == before, (start, end)
            save(store, HISTORY[start])
            assert dump(store.conn) == before, (start, end)


def test_an_old_capture_that_comes_late_adds_only_what_it_knows(store: Store) -> None:
    save(store, article(5, comment_count=5))
    assert save(store, article(1, body="Cũ.", comment_count=2, aliases=(URL + "?cu=1",))) == ["same"]
    assert (row(store)["first_seen"], row(store)["last_seen"]) == (stored(1), stored(5))
    assert (row(store)["body"], row(store)["comment_count"]) == (BODY, 5)
    assert column(store, "SELECT count FROM comment_counts ORDER BY seen_at") == [2, 5]
    assert store.is_known(URL + "?cu=1")
    assert save(store, unchanged(2), gone(3)) == ["unchanged", "unchanged"]
    assert row(store)["missing_since"] is None


def test_what_came_late_or_twice_does_not_overrule_what_is_newer(store: Store) -> None:
    save(store, article(1, comment_count=1), feed_entry(30, 5), gone(40), gone(50))
    before = dump(store.conn)
    assert save(store, article(1, comment_count=1)) == ["same"]
    assert dump(store.conn) == before
    assert save(store, article(45, body="Giữa.")) == ["same"]
    assert (row(store)["gone_at"], row(store)["body"]) == (stored(50), BODY)
    assert save(store, unchanged(46)) == ["unchanged"]


def test_a_feed_that_named_an_article_before_it_was_read_does_not_count(store: Store) -> None:
    assert save(store, feed_entry(1, 4), article(2), feed_entry(1, 4)) == ["unknown", "new", "unknown"]
    assert row(store)["comment_count"] is None
    assert column(store, "SELECT count(*) FROM comment_counts") == [0]


def test_a_feed_that_named_a_later_alias_does_not_count_when_it_is_handed_in_again(store: Store) -> None:
    other = URL + "?khac=1"
    save(store, article(1))
    assert save(store, feed_entry(2, 4, other)) == ["unknown"]
    save(store, article(3, aliases=(other,)))
    before = dump(store.conn)
    assert save(store, feed_entry(2, 4, other)) == ["unknown"]
    assert dump(store.conn) == before
    assert save(store, feed_entry(4, 5, other)) == ["counted"]
    save(store, unchanged(5))
    before = dump(store.conn)
    save(store, feed_entry(4, 5, other))
    assert dump(store.conn) == before


def test_a_reader_that_made_the_same_text_stays_overtaken(store: Store) -> None:
    save(store, article(1))
    assert save(store, article(1, reader="onecms/2", section="Tin")) == ["reread"]
    assert save(store, article(1, reader="hexid/1", section="Đời sống")) == ["reread"]
    before = dump(store.conn)
    for reader, section in (("onecms/1", "Thời sự"), ("onecms/2", "Tin"), ("hexid/1", "Đời sống")):
        save(store, article(1, reader=reader, section=section))
        assert dump(store.conn) == before, reader
    assert (row(store)["reader"], row(store)["section"]) == ("hexid/1", "Đời sống")
    save(store, article(9, reader="hexid/1"))
    before = dump(store.conn)
    save(store, article(1, reader="onecms/2", section="Tin"))
    assert dump(store.conn) == before


def test_the_next_look_as_of_a_capture_stays_as_it_was(store: Store) -> None:
    save(store, article(1), article(40, comment_count=0))
    before = row(store)["next_check_at"]
    save(store, feed_entry(60, 5), article(40, comment_count=0))
    assert row(store)["next_check_at"] == before
    assert row(store)["comment_count"] == 5


def test_a_late_count_that_a_later_row_repeats_takes_its_place(store: Store) -> None:
    save(store, article(1, comment_count=1), article(5, comment_count=4))
    save(store, feed_entry(3, 4))
    rows = store.conn.execute("SELECT seen_at, count FROM comment_counts ORDER BY seen_at")
    assert [tuple(pair) for pair in rows] == [(stored(1), 1), (stored(3), 4)]


BODIES = ("Một.", "Hai.", "MỘT!", "Ba, bốn.")
LOOKS = st.tuples(
    st.sampled_from(("article", "article", "unchanged", "gone", "feed")),
    st.integers(0, 2),
    st.sampled_from(BODIES),
    st.sampled_from((None, 0, 3)),
    st.sampled_from(("onecms/1", "onecms/2")),
)


def made(step: int, look: tuple[str, int, str, int | None, str]) -> Item:
    kind, number, body, count, reader = look
    url, hours = f"{URL}?id={number}", step * 2.5
    if kind == "article":
        return article(hours, url, body=body, comment_count=count, reader=reader)
    if kind == "feed":
        return feed_entry(hours, count or 1, url)
    return unchanged(hours, url) if kind == "unchanged" else gone(hours, url)


OVERTAKEN = [
    *[("article", 0, "Một.", None, "onecms/1")] * 12,
    ("article", 2, "Một.", None, "onecms/1"),
    ("article", 2, "Một.", None, "onecms/2"),
    ("unchanged", 2, "Một.", None, "onecms/1"),
]
"""The reading that the last revision was made of, handed in again, is older than what another reader read since."""


@settings(max_examples=60, deadline=None)
@example(looks=OVERTAKEN, sizes=[3], again=0)
@given(st.lists(LOOKS, max_size=25), st.lists(st.integers(1, 6), min_size=1, max_size=25), st.integers(0, 24))
def test_batches_and_repetitions_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, looks: list[Any], sizes: list[int], again: int
) -> None:
    items = [made(step, look) for step, look in enumerate(looks, 1)]
    folder = tmp_path_factory.mktemp("batches")
    with opened(folder / "one.db") as one, opened(folder / "many.db") as many:
        save(one, *items)
        rest, turn = items, 0
        while rest:
            size = sizes[turn % len(sizes)]
            save(many, *rest[:size])
            save(many, *rest[:size][again % size :])
            rest, turn = rest[size:], turn + 1
        assert equal_form(one.conn) == equal_form(many.conn)
        check_invariants(one.conn, items)


MORE = " Xem thêm"
"""What the older reader leaves in a text and the newer one takes out."""


def read_by(page: Article, reader: str) -> Article:
    return replace(page, reader=reader, body=page.body if reader == "onecms/1" else page.body.removesuffix(MORE))


def handed_in(pages: list[Item], newer_from: tuple[int, int]) -> list[Item]:
    """The items of a crawl whose reader changes twice: what the last revision was made of is read again first."""
    revised: dict[str, Article] = {}
    readers: dict[str, str] = {}
    items: list[Item] = []
    for step, page in enumerate(pages):
        if not isinstance(page, Article):
            items.append(page)
            continue
        reader = f"onecms/{1 + sum(step >= start for start in newer_from)}"
        last = revised.setdefault(page.url, page)
        if readers.setdefault(page.url, reader) != reader:
            items.append(read_by(last, reader))
        items.append(read_by(page, reader))
        if read_by(page, reader).body != read_by(last, reader).body:
            revised[page.url] = page
        readers[page.url] = reader
    return items


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(LOOKS, st.integers(0, 2), st.booleans()), max_size=20),
    st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
def test_no_item_matters_twice(
    tmp_path_factory: pytest.TempPathFactory, looks: list[Any], newer_from: tuple[int, int]
) -> None:
    """With addresses that lead to other articles, and with bytes that a newer reader reads again."""
    pages: list[Item] = []
    for step, (look, other, more) in enumerate(looks, 1):
        page = made(step, look)
        if isinstance(page, Article):
            page = replace(page, body=page.body + MORE * more, aliases=(f"{URL}?id={other}",))
        pages.append(page)
    items = handed_in(pages, newer_from)
    with opened(tmp_path_factory.mktemp("twice") / "archive.db") as store:
        save(store, *items)
        before = dump(store.conn)
        for start in range(len(items)):
            save(store, items[start])
            assert dump(store.conn) == before, ("alone", start)
            save(store, *items[start:])
            assert dump(store.conn) == before, ("from", start)


def check_invariants(conn: sqlite3.Connection, items: list[Item]) -> None:
    """What must hold of every archive, recomputed plainly from the looks."""
    for found in conn.execute("SELECT * FROM articles").fetchall():
        own = [item for item in items if item.url == found["url"]]
        start = next(index for index, item in enumerate(own) if isinstance(item, Article))
        present = [item for item in own[start:] if not isinstance(item, Gone) and type(item).__name__ != "FeedEntry"]
        readings = [item for item in present if isinstance(item, Article)]
        assert found["last_seen"] == present[-1].capture.fetched_at.isoformat()
        assert found["body"] == readings[-1].body
        assert (found["missing_since"] is None) == (
            not any(isinstance(item, Gone) for item in own[own.index(present[-1]) :])
        )
        bodies = [readings[0].body]
        bodies += [new.body for old, new in itertools.pairwise(readings) if new.body != old.body]
        query = "SELECT body FROM revisions WHERE article_id = ? ORDER BY number"
        assert [body for (body,) in conn.execute(query, (found["id"],))] == bodies
        query = "SELECT count FROM comment_counts WHERE article_id = ? ORDER BY seen_at"
        counts = [count for (count,) in conn.execute(query, (found["id"],))]
        assert all(one != other for one, other in itertools.pairwise(counts))


# The archive around it


def test_a_paper_keeps_its_number(store: Store) -> None:
    store.register(replace(PAPER, number=901, title="Suối Cát"))
    assert column(store, "SELECT number || title FROM sources") == ["901Suối Cát"]
    with pytest.raises(ArchiveError, match="number 901 is taken by baosuoicat"):
        store.register(Source("khac", 901, "Khác"))
    save(store, article(1))
    with pytest.raises(ArchiveError, match="filed under number 901"):
        store.register(PAPER)
    assert column(store, "SELECT number FROM sources") == [901]


def test_latest_capture_is_the_newest_good_one_and_holds_the_bytes(store: Store) -> None:
    first = capture(1)
    revisit = capture(2, status=304, digest=None, etag='"2"', revisit_of=(first.file, first.offset))
    store.save(1, [first, revisit, capture(3, status=404), capture(4, status=503)], [])
    assert store.latest_capture(URL) == replace(first, etag='"2"')
    assert store.latest_capture(URL + "?khac=1") is None


def test_a_full_archive_says_so_and_keeps_what_was_saved(store: Store) -> None:
    save(store, article(1))
    before = dump(store.conn)
    pages = store.conn.execute("PRAGMA page_count").fetchone()[0]
    store.conn.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(ArchiveError, match=r"archive\.db: the disk is full: make room"):
        save(store, *(article(2, url=f"{URL}?id={number}", body=BODY * 50) for number in range(30)))
    assert dump(store.conn) == before
    store.conn.execute("PRAGMA max_page_count = 1000000")
    assert save(store, article(3)) == ["same"]


def test_speed_is_shown(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints articles per second of CPU in batches of 100; nothing is asserted of time."""
    texts = [f"{BODY}\n\n" + f"Bản {number} Đá Đen, Suối Cát, Phú Sơn. " * 80 for number in range(300)]
    items = [article(number, f"{URL}?id={number}", body=text) for number, text in enumerate(texts)]
    before = time.process_time()
    for start in range(0, len(items), 100):
        save(store, *items[start : start + 100])
    spent = time.process_time() - before
    with capsys.disabled():
        print(f" {len(items) / spent:.0f} articles/CPU s ", end="")
    assert column(store, "SELECT count(*) FROM articles") == [300]
