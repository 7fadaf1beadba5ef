"""The newsroom's pages as a client gets them: what they hold, where they lead, and what never runs in them."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from defusedxml.ElementTree import fromstring
from newsroom_archive import (
    ARABIC,
    EDITED,
    GONE,
    HOSTILE,
    LONG,
    MISSING,
    PICTURES,
    READINGS,
    WITHDRAWN,
    build,
)

from archive.results import Results
from archive.serve import application
from archive.web import catalogues
from archive.web.limits import time_limit
from archive.web.messages import LANGUAGES, choose
from archive.web.pages import sparkline
from archive.web.security import inline_scripts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Get = Callable[..., Any]

PAGES = [
    "/",
    "/?q=đập",
    "/?q=dap&order=best",
    "/?q=xã&source=baolamdong&is=comments&from=2025-06-01&to=2026-06-30",
    "/?q=khôngcótừnày",
    "/?q=https://baolamdong.vn/khong-co.html",
    "/?order=changed",
    "/?order=comments&lang=en",
    f"/article/{EDITED}",
    f"/article/{EDITED}/revision/2",
    f"/article/{EDITED}/history",
    f"/article/{EDITED}/compare/1/4",
    f"/article/{EDITED}/compare/1/4?view=inline",
    f"/article/{EDITED}/compare/2/3",
    f"/article/{GONE}",
    f"/article/{MISSING}",
    f"/article/{ARABIC}",
    f"/article/{LONG}",
    f"/article/{PICTURES}",
    f"/article/{PICTURES}?images=1",
    f"/article/{HOSTILE}",
    f"/article/{HOSTILE}?images=1",
    f"/article/{HOSTILE}/history",
    f"/article/{HOSTILE}/compare/1/2",
    f"/article/{HOSTILE}/compare/1/2?view=inline",
    "/changes",
    "/changes?source=baolamdong&grade=headline",
    "/changes?grade=reader",
    "/vanished",
    "/vanished?state=missing",
    "/sources",
    "/capture/1",
]
FAULTS = {
    f"/article/{WITHDRAWN}": 410,
    f"/article/{WITHDRAWN}/history": 410,
    f"/article/{WITHDRAWN}/revision/1": 410,
    f"/article/{WITHDRAWN}/compare/1/2": 410,
    "/capture/2": 410,
    "/capture/2/text": 410,
    "/capture/2/bytes": 410,
    "/capture/999999/bytes": 404,
    "/-/databases": 404,
    "/-/threads": 404,
    "/article/999999": 404,
    "/article/999999999999999999": 404,
    f"/article/{EDITED}/revision/77": 404,
    f"/article/{EDITED}/compare/1/77": 404,
    "/capture/999999": 404,
    "/nowhere": 404,
    "/archive/nowhere": 404,
    "/?from=yesterday": 400,
    "/?to=2026-13-45": 400,
    "/?q=" + "đ" * 1100: 400,
    "/?" + "&".join(f"x{number}=1" for number in range(100)): 400,
    "/changes?before=x": 400,
}
FEEDS = ["/search.atom", "/search.atom?q=dap", "/changes.atom", "/changes.atom?grade=facts", "/vanished.atom"]
VOID = {"meta", "link", "input", "br", "img", "hr", "rect", "polyline", "path"}


class Page(HTMLParser):
    """Reads a page strictly: every element closed in order, ids used once, nothing inline, nothing that runs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"
        assert all(count == 1 for count in self.ids.values()), self.ids.most_common(3)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        assert len(told) == len(attrs), f"an attribute twice: {tag} {attrs}"
        assert not any(name.startswith("on") or name == "style" for name in told), f"inline: {tag} {attrs}"
        assert tag not in ("style", "iframe", "object", "embed", "base")
        assert tag != "script" or told.get("src", "").startswith("/-/newsroom/")  # type: ignore[union-attr]
        for name in ("href", "src", "action"):
            assert re.match(r"https?:|/|#|$", told.get(name) or ""), f"leads to {told[name]}"
        if tag == "img":
            self.pictures.append(told["src"] or "")
        if tag == "a":
            self.links.append(told["href"] or "")
        if told.get("id"):
            self.ids[told["id"] or ""] += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag, f"</{tag}> closes another"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("newsroom"))


@pytest.fixture(scope="module")
def get(data: Path) -> Iterator[Get]:
    datasette = application(data)
    with asyncio.Runner() as runner:

        def ask(path: str, method: str = "get", **headers: str) -> Any:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return runner.run(getattr(datasette.client, method)(path, headers=named))

        yield ask


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_sound_safe_and_small(get: Get, path: str, language: str) -> None:
    response = get(path, accept_language=language)
    assert response.status_code == 200
    assert len(response.content) < 150_000
    page = Page(response.text)
    assert "main" in page.ids
    assert f'<html lang="{"en" if "lang=en" in path else language}"' in response.text
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(("path", "status"), FAULTS.items())
def test_what_cannot_be_shown_is_said_on_a_page(get: Get, path: str, status: int) -> None:
    for language, word in (("vi", "Tìm trong kho báo"), ("en", "Search the archive")):
        response = get(path, accept_language=language)
        assert response.status_code == status
        Page(response.text)
        assert word in response.text
        assert "riêng" not in response.text
    assert "Traceback" not in response.text


def test_links_of_every_page_lead_somewhere(get: Get) -> None:
    seen: set[str] = set()
    for path in PAGES[:12] + PAGES[-6:]:
        seen.update(Page(get(path).text).links)
    ours = sorted(link for link in seen if link.startswith("/") and "/archive" not in link)
    assert len(ours) > 100
    sampled = ours[:: max(1, len(ours) // 120)]
    broken = {link: status for link in sampled if (status := get(link).status_code) not in (200, 302)}
    assert broken == {}


@pytest.mark.parametrize("path", FEEDS)
def test_feeds_are_atom_with_addresses_that_lead_here(get: Get, path: str) -> None:
    response = get(path)
    assert response.headers["content-type"].startswith("application/atom+xml")
    root = fromstring(response.content)
    entries = root.findall("{http://www.w3.org/2005/Atom}entry")
    assert entries
    ids = [entry.findtext("{http://www.w3.org/2005/Atom}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    for entry in entries:
        link = entry.find("{http://www.w3.org/2005/Atom}link")
        assert link is not None
        assert get(link.get("href", "").removeprefix("http://localhost")).status_code == 200
        content = entry.findtext("{http://www.w3.org/2005/Atom}content") or ""
        Page(content)
    again = get(path, if_none_match=response.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


def test_hits_are_marked_in_the_original_text_with_and_without_marks(get: Get) -> None:
    for query in ("đập", "dap", "DAP"):
        html = get(f"/?q={query}").text
        assert "<mark>đập</mark>" in html
        assert f"/article/{EDITED}" in html
        assert "/article/101" not in html
    assert "đều đúng như đã gõ" in get("/?q=đập").text
    assert "khớp cả có dấu lẫn không dấu" in get("/?q=dap").text
    assert "none as typed" in get("/?q=dáp&lang=en").text


def test_syntax_of_the_box(get: Get) -> None:
    assert "/article/1" in get('/?q="con đập"').text
    assert f'href="/article/{EDITED}"' not in get("/?q=đập -phương").text
    assert f'href="/article/{GONE}"' in get("/?q=sạt OR thợ").text
    assert f'href="/article/{ARABIC}"' not in get("/?q=nguon:lamdong").text
    assert f'href="/article/{ARABIC}"' in get("/?q=source:vietnam").text
    assert f'href="/article/{EDITED}"' in get('/?q=tac-gia:"pham binh" đập').text


def test_facets_narrow_and_can_be_taken_back(get: Get) -> None:
    page = Page(get("/?q=xã").text)
    narrowed = next(link for link in page.links if "section=" in link)
    html = get(narrowed).text
    assert html.count("<li lang") < 21
    back = next(link for link in Page(html).links if "section=" not in link and "q=x" in link)
    assert get(back).status_code == 200


def test_every_state_and_order_has_an_answer(get: Get) -> None:
    assert f'href="/article/{GONE}"' in get("/?is=gone").text
    assert f'href="/article/{EDITED}"' in get("/?is=edited&is=comments").text
    assert f'href="/article/{GONE}"' not in get("/?is=edited").text
    hits = re.findall(r'<h3><a href="/article/(\d+)"', get("/?order=comments").text)
    assert hits[0] == str(EDITED)
    hits = re.findall(r'<h3><a href="/article/(\d+)"', get("/?from=2025-04-01&to=2025-04-30").text)
    assert len(hits) == 7


def test_pages_of_hits_follow_one_another_without_a_gap(get: Get) -> None:
    seen: list[str] = []
    path = "/?q=xã"
    for _ in range(20):
        html = get(path).text
        seen += re.findall(r'<h3><a href="/article/(\d+)"', html)
        after = re.search(r'class="next" href="([^"]+)"', html)
        if after is None:
            break
        path = after[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == json.loads(get("/search.json?q=xã").text)["total"] > 100


def test_a_pasted_address_leads_to_its_article(get: Get) -> None:
    for address in (
        "https://baolamdong.vn/xa-suoi-can-sua-dap-100001.html",
        "http://m.baolamdong.vn/xa-suoi-can-sua-dap-100001.html?utm_source=zalo#binh-luan",
        "baolamdong.vn/amp/xa-suoi-can-sua-dap-100001.html",
    ):
        response = get("/?q=" + address.replace("#", "%23").replace("&", "%26"))
        assert (response.status_code, response.headers["location"]) == (302, f"/article/{EDITED}")
    assert "Chưa lưu địa chỉ này" in get("/?q=https://baolamdong.vn/khac.html").text


def test_a_pasted_address_of_the_newsroom_leads_to_its_page(get: Get) -> None:
    response = get(f"/?q=http://localhost/article/{EDITED}/compare/1/4%3Fview=inline")
    assert response.headers["location"] == f"/article/{EDITED}/compare/1/4?view=inline"


@pytest.mark.parametrize("path", ["/?lang=xx", "/changes?lang=vi-VN", "/search.json?lang=fr"])
def test_a_language_that_no_page_has_is_refused(get: Get, path: str) -> None:
    response = get(path)
    assert response.status_code == 400
    assert "vi, en" in response.text


def test_an_export_has_more_time_than_a_page(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def noting(conn: sqlite3.Connection, ms: float) -> Any:
        given.append(ms)
        return time_limit(conn, ms)

    monkeypatch.setattr("archive.web.visit.time_limit", noting)
    for path in ("/changes", "/search.csv?q=xã"):
        assert get(path).status_code == 200
    assert given[-1] > given[0]


def test_a_difference_counts_only_what_there_is(get: Get) -> None:
    html = get(f"/article/{EDITED}/compare/1/4?lang=en").text
    assert "paragraph" in html
    assert not re.search(r"\b0 (paragraphs|added|removed|moved)", html)


def test_a_search_that_found_nothing_yet_leads_on(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    unfinished = Results(
        hits=(), total=0, total_is="about", facets={}, next="5", partial=True, searched_back_to=date(2026, 1, 1)
    )
    monkeypatch.setattr("archive.web.search_page.engine.answer", lambda *_, **__: unfinished)
    html = get("/?q=xã&lang=en").text
    assert "Nothing found so far" in html
    assert "Searched back to 1 Jan 2026" in html
    assert "after=5" in html


def test_zero_hits_help(get: Get) -> None:
    html = get("/?q=suoii can&lang=en").text
    assert "Nothing found" in html
    assert ">suoi can</a>" in html
    assert "Search all newspapers" in get("/?q=đập&source=vietnamvn&lang=en").text


def test_an_article_page_tells_what_is_known(get: Get) -> None:
    html = get(f"/article/{EDITED}").text
    assert READINGS[-1][1] in html
    assert 'lang="vi" dir="ltr"' in html
    assert "<polyline" in html
    assert re.search(r"SHA-256 [0-9a-f]{64}", html)
    assert f'href="/article/{ARABIC}"' in html
    cited = re.search(r'<pre id="citation"[^>]*>(.*?)</pre>', html, re.DOTALL)
    assert cited
    assert "http://localhost/article/1" in cited[1]
    # An Arabic headline must not turn the date behind it.
    assert f": “<bdi>{READINGS[-1][1]}</bdi>”, 07:00, 12/08/2026." in cited[1]
    assert "2026-08-12T01:40:00+00:00" in cited[1]


def test_an_arabic_article_reads_from_right_to_left(get: Get) -> None:
    html = get(f"/article/{ARABIC}").text
    assert '<div lang="ar" dir="rtl" class="text">' in html
    assert f'href="/article/{EDITED}"' in html


def test_pictures_load_only_on_request(get: Get) -> None:
    plain = get(f"/article/{PICTURES}")
    assert Page(plain.text).pictures == []
    assert "https:" not in plain.headers["content-security-policy"]
    shown = get(f"/article/{PICTURES}?images=1")
    assert Page(shown.text).pictures == ["https://cdn.baolamdong.vn/a.jpg"]
    assert "img-src 'self' https: http:" in shown.headers["content-security-policy"]


def test_history_grades_every_revision_and_compares_any_two(get: Get) -> None:
    html = get(f"/article/{EDITED}/history?lang=en").text
    rows = re.findall(r"<tr[^>]*>\s*<th[^>]* scope=\"row\">.*?</tr>", html, re.DOTALL)
    assert [re.findall(r"grade-(\w+)", row) for row in rows] == [
        ["headline", "lead", "facts", "wording"],
        ["reader"],
        ["headline", "facts"],
        [],
    ]
    chosen = get(f"/article/{EDITED}/history?old=4&new=1")
    assert chosen.headers["location"] == f"/article/{EDITED}/compare/1/4"


def test_a_long_history_has_pages_and_a_costly_one_goes_ungraded(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/article/{EDITED}/history?lang=en"
    whole = get(path).text
    assert "Older revisions" not in whole
    assert "not graded here" not in whole
    monkeypatch.setattr("archive.reads.MOST_REVISIONS", 3)
    monkeypatch.setattr("archive.web.article_pages.GRADING", -1)
    html = get(path).text
    assert "not graded here" in html
    assert f'href="/article/{EDITED}/compare/3/4?lang=en"' in html
    older = re.search(r'class="next" href="([^"]+)"', html)
    assert older
    last = get(older[1].replace("&amp;", "&")).text
    assert f"/article/{EDITED}/revision/1?lang=en" in last
    assert "Older revisions" not in last
    assert "4 revisions" in last
    assert get(f"/article/{EDITED}/history?before=x").status_code == 400


def test_a_difference_marks_words_and_moves(get: Get) -> None:
    html = get(f"/article/{EDITED}/compare/1/2?view=inline").text
    assert re.search("<del>.*3,9.*</del> <ins>.*4,2.*</ins>", html)
    assert '<span class="said" lang="vi">[bỏ: </span>' in html
    moved = get(f"/article/{EDITED}/compare/1/4?lang=en").text
    assert "moved to paragraph 1" in moved
    assert "moved from paragraph 3" in moved


def test_what_changed_leaves_out_our_own_changes_unless_asked(get: Get) -> None:
    html = get("/changes?source=baolamdong").text
    assert f"/article/{EDITED}/compare/3/4" in html
    assert f"/article/{EDITED}/compare/2/3" not in html
    assert f"/article/{EDITED}/compare/2/3" in get("/changes?grade=reader").text
    assert f"/article/{WITHDRAWN}" not in html
    headlines = get("/changes?grade=lead").text
    assert f"/article/{EDITED}/compare/1/2" not in headlines


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/changes?grade=nope", "It may be: headline, lead, facts, wording, cosmetic, reader."),
        ("/changes.atom?grade=nope", "grade=nope cannot be used here"),
        ("/changes?source=a&source=b", "source takes one value"),
        ("/changes?source=" + "a" * 201, "source takes one value, of at most 200 characters"),
        ("/vanished?state=nope", "It may be: gone, missing."),
        ("/vanished.atom?state=nope", "state=nope cannot be used here"),
        (f"/article/{PICTURES}?images=yes", "images=yes cannot be used here"),
        (f"/article/{EDITED}/compare/1/2?view=split", "It may be: inline."),
    ],
)
def test_a_value_that_a_page_cannot_have_is_refused(get: Get, path: str, said: str) -> None:
    response = get(f"{path}&lang=en")
    assert response.status_code == 400
    assert said in response.text


@pytest.mark.parametrize("query", ["old=1", "old=x&new=2", "old=1&new=99"])
def test_revisions_that_are_none_are_not_compared(get: Get, query: str) -> None:
    response = get(f"/article/{EDITED}/history?{query}")
    assert response.status_code in (302, 404)
    if response.status_code == 302:
        assert get(response.headers["location"]).status_code == 404


def test_a_list_of_an_unknown_newspaper_says_so(get: Get) -> None:
    for path in ("/changes", "/vanished"):
        assert "No newspaper here is called “nope”." in get(f"{path}?source=nope&lang=en").text
        assert "No newspaper here" not in get(f"{path}?source=baolamdong&lang=en").text


def test_what_vanished_is_gone_or_missing(get: Get) -> None:
    assert f"/article/{GONE}" in get("/vanished").text
    assert f"/article/{MISSING}" not in get("/vanished").text
    assert f"/article/{MISSING}" in get("/vanished?state=missing").text


def test_a_tombstone_says_when_and_why_and_no_more(get: Get) -> None:
    html = get(f"/article/{WITHDRAWN}?lang=en").text
    assert "was withdrawn from the archive on 30 Aug 2026" in html
    assert "Reason: to protect somebody" in html
    assert "rut-100004" not in html
    assert "riêng" not in html


def test_a_withdrawn_article_is_nowhere(get: Get) -> None:
    for path in (*PAGES, *FEEDS, "/search.json", "/search.csv", "/?q=riêng", "/?q=rút"):
        assert f"/article/{WITHDRAWN}" not in get(path).text, path
    for query in ("latest", "headline_changes", "most_edited", "vanished", "comment_growth"):
        response = get(f"/archive/{query}.json?days=9999")
        assert response.status_code == 200
        assert "rut-100004" not in response.text, query


@pytest.mark.parametrize(
    "path",
    [
        "/?q=" + "a" * 10_000,
        "/?q=%00",
        "/?q=%ff%fe",
        "/?q=%F0%9F%98%80%00đập",
        "/?q=" + "%22" * 300,
        "/?q=NEAR(a b)",
        "/?q=*&after=99999999999999999999",
        "/?after=-1",
        "/?source=" + "x" * 5000,
        "/?from=0001-01-01&to=9999-12-31",
        "/article/" + "9" * 400,
        "/%00",
        "/%ff",
        "/article/1%00",
        "/" + "x" * 10_000,
        "/?lang=%00&is=%00&order=%00",
        "/search.csv?q=%00",
        "/search.atom?q=%01%02&lang=zz",
        "/changes?source=%00&grade=%00",
        "/changes?before=2026~9999999999999999999",
        "/vanished?before=~1",
    ],
)
def test_hostile_addresses_get_an_answer_or_a_clean_refusal(get: Get, path: str) -> None:
    response = get(path)
    assert response.status_code in (200, 302, 400, 404), response.text
    assert "Traceback" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_bytes_that_are_no_address_are_refused(data: Path) -> None:
    sent: list[dict[str, Any]] = []

    async def ask() -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/é",
            "raw_path": b"/\xe9\xff",
            "query_string": b"",
            "headers": [],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await application(data).app()(scope, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 400


def test_pages_can_only_be_read(get: Get) -> None:
    assert get("/", method="post").status_code in (400, 403)
    assert get("/", method="head").status_code == 200


def test_crawlers_are_kept_out(get: Get) -> None:
    assert get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_datasettes_own_pages_run_their_own_scripts_only(get: Get) -> None:
    response = get("/archive/articles?_search=dap")
    policy = response.headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    known = inline_scripts_of_datasette()
    for script in re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL):
        assert script in known


def inline_scripts_of_datasette() -> set[str]:
    from pathlib import Path

    import datasette

    return inline_scripts(Path(datasette.__file__).parent / "templates")


def test_a_row_leads_to_its_article(get: Get) -> None:
    assert f'<a href="/article/{EDITED}">' in get(f"/archive/articles/{EDITED}").text
    assert "/article/" not in get("/archive/sources/baolamdong").text


def test_one_row_stands_upright_with_what_each_column_means(get: Get) -> None:
    html = get(f"/archive/articles/{EDITED}").text
    assert re.search(r'<th scope="row">title<span class="told">headline</span></th><td [^>]*>Xã Suối Cạn hoãn', html)
    assert re.search(r"\(empty\)</th><td[^>]*>body_html, ", html)
    assert "<script>alert" not in get(f"/archive/articles/{HOSTILE}").text


@pytest.mark.parametrize(
    "sql",
    [
        "select * from pragma_database_list",
        "select file from Pragma_Database_List()",
        'select max("file") from pragma_database_list',
        "select a from (select 1 as a, 2, 3 union select * from pragma_database_list)",
        "select 1 from pragma_database_list order by file",
    ],
)
def test_no_reader_learns_where_the_archive_lies(get: Get, data: Path, sql: str) -> None:
    opened = application(data)  # of its own: a connection keeps the name in the letters of who asked first
    response = asyncio.run(opened.client.get("/archive.json?" + urlencode({"sql": sql})))
    assert response.status_code == 400
    assert str(data) not in response.text
    for path in ("/archive?" + urlencode({"sql": sql}), "/-/databases.json", "/-/threads.json", "/archive.json"):
        assert str(data) not in get(path).text


def test_the_looks_may_be_kept_for_a_year(get: Get) -> None:
    for address in re.findall(r'"(/-/newsroom/[^"]+)"', get("/").text):
        response = get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
    assert get("/-/newsroom/000000000000/look.css").headers["cache-control"] == "no-cache"
    assert get("/-/newsroom/000000000000/visit.py").status_code == 404


def test_permissions_hold_for_our_pages_too(data: Path) -> None:
    from datasette.app import Datasette

    closed = Datasette([str(data / "archive.db")], metadata={"allow": {"id": "editor"}})
    for path in ("/", f"/article/{EDITED}", "/search.csv", "/capture/1", "/changes.atom"):
        assert asyncio.run(closed.client.get(path)).status_code == 403


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, "", "vi"),
        (None, "en-US,en;q=0.9", "en"),
        (None, "fr,vi;q=0.5,en;q=0.4", "vi"),
        (None, "en;q=0, de", "vi"),
        (None, "en;q=x,,;;=", "vi"),
        ("en", "vi", "en"),
        ("xx", "en", "en"),
    ],
)
def test_the_language_is_the_readers(asked: str | None, accepted: str, language: str) -> None:
    assert choose(asked, accepted) == language


def test_a_chosen_language_stays_on_every_link(get: Get) -> None:
    page = Page(get(f"/article/{EDITED}?lang=en", accept_language="vi").text)
    ours = [link for link in page.links if link.startswith("/") and not link.startswith("/archive")]
    assert all("lang=" in link for link in ours), ours


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_compiled(language: str) -> None:
    catalogue = catalogues.updated(language)
    assert list(catalogues.missing(catalogue)) == []
    text = catalogues.path(language, ".po").read_bytes()
    assert text == catalogues.as_text(catalogue), "run: make messages"
    assert catalogues.path(language, ".mo").read_bytes() == catalogues.compiled(text, language), "run: make messages"


def test_a_line_of_counts_goes_by_time() -> None:
    days = [("2026-08-12T00:00:00+00:00", 0), ("2026-08-13T00:00:00+00:00", 5), ("2026-08-22T00:00:00+00:00", 10)]
    assert sparkline(days) == "0.0,38.0 20.0,20.0 200.0,2.0"
    assert sparkline([("<script>", 1), ("x", 3)]) == "0.0,26.0 200.0,2.0"
    assert sparkline([("2026-08-12T00:00:00+00:00", 3)]) == "0.0,2.0"
    assert sparkline([]) == ""
