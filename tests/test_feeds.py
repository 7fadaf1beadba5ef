"""Atom feeds: what RFC 4287 asks for, equal bytes for equal news, and texts that no XML can hold."""

from __future__ import annotations

from datetime import datetime

from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from archive.feeds import ATOM, Entry, Feed, write

NS = {"a": ATOM}


def feed(*entries: Entry) -> Feed:
    return Feed(
        title="Thay đổi",
        address="https://archive.example/changes.atom?source=a&b",
        page="https://archive.example/changes",
        entries=entries,
        language="vi",
    )


def entry(**changes: str | None) -> Entry:
    told = {
        "id": "https://baolamdong.vn/bai-1.html#revision-2",
        "title": "Xã Suối Cạn sửa đập",
        "link": "https://archive.example/article/1/compare/1/2",
        "updated": "2026-09-01T02:00:00+00:00",
        "published": "2026-08-30T08:00:00+07:00",
        "author": "Báo Lâm Đồng",
        "html": "<p>3,9 <del>tỷ</del></p>",
        "language": "vi",
    }
    return Entry(**{**told, **changes})  # type: ignore[arg-type]


def test_a_feed_has_what_the_standard_asks_for() -> None:
    root = fromstring(write(feed(entry(), entry(id="urn:2", updated="2026-09-03T02:00:00+00:00"))))
    assert root.tag == f"{{{ATOM}}}feed"
    assert root.findtext("a:id", None, NS) == "https://archive.example/changes.atom?source=a&b"
    assert root.findtext("a:updated", None, NS) == "2026-09-03T02:00:00+00:00"
    assert root.find("a:link[@rel='self']", NS) is not None
    assert root.findtext("a:author/a:name", None, NS)
    for node in root.findall("a:entry", NS):
        assert all(node.findtext(f"a:{name}", None, NS) for name in ("id", "title", "updated"))
        assert datetime.fromisoformat(node.findtext("a:updated", "", NS)).tzinfo
    content = root.find("a:entry/a:content", NS)
    assert content is not None
    assert (content.get("type"), content.text) == ("html", "<p>3,9 <del>tỷ</del></p>")


def test_nothing_new_gives_equal_bytes() -> None:
    assert write(feed(entry())) == write(feed(entry()))
    assert write(feed()) == write(feed())


def test_a_time_that_cannot_be_read_breaks_no_feed() -> None:
    root = fromstring(write(feed(entry(updated="<script>", published="2026-13-01"))))
    assert root.findtext("a:entry/a:updated", None, NS) == "1970-01-01T00:00:00+00:00"
    assert root.find("a:entry/a:published", NS) is None


def test_a_language_that_is_none_is_left_out() -> None:
    names = [
        node.get("{http://www.w3.org/XML/1998/namespace}lang")
        for language in ("vi", "zh-Hant", '"><script>', "vi ", None)
        for node in fromstring(write(feed(entry(language=language)))).findall("a:entry", NS)
    ]
    assert names == ["vi", "zh-Hant", None, None, None]


@given(st.text(), st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x20)))
def test_any_text_gives_a_feed_that_parses(text: str, odd: str) -> None:
    made = entry(title=text + odd, author=odd + text, html=text, id=f"urn:{text}", language=odd, link=text)
    root = fromstring(write(feed(made)))
    assert len(root.findall("a:entry", NS)) == 1
