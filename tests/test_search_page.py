"""The search page says how it read a query, helps where nothing was found, and refuses what it cannot use."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from archive_fixture import add_article
from defusedxml.ElementTree import fromstring
from newsroom_archive import EDITED, build

from archive import engine, keys
from archive.schema import connect
from archive.serve import application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Get = Callable[..., Any]

NEAR, FAR = 301, 302
ADDRESS = "https://baolamdong.vn/xa-suoi-can-sua-dap-100001.html"


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every search all the time it wants: a busy machine must not change an answer."""
    for name in ("NEAR_MS", "EXACT_MS", "COUNT_MS", "PAGE_MS", "SCORED_MS"):
        monkeypatch.setattr(engine, name, 1e9)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = build(tmp_path_factory.mktemp("newsroom"))
    conn = connect(data / "archive.db")
    add_article(conn, NEAR, day="2026-01-01", title="Đầu nguồn", body="Hồ chứa nước đã đầy.")
    add_article(conn, FAR, day="2026-09-01", title="Nước chứa đầy hồ", body="Nước về trên đồng.")
    keys.settle(conn)
    conn.close()
    return data


@pytest.fixture(scope="module")
def get(data: Path) -> Iterator[Get]:
    datasette = application(data)
    with asyncio.Runner() as runner:

        def ask(path: str = "/", /, **params: str) -> Any:
            address = f"{path}?{urlencode({'lang': 'en', **params})}" if params else path
            return runner.run(datasette.client.get(address))

        yield ask


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split()).replace("( ", "(").replace(" )", ")")


def line(get: Get, q: str, **params: str) -> str:
    """Return the line that says how a query was read."""
    found = re.search(r'<p class="reading">(.*?)</p>', get(q=q, **params).text, re.DOTALL)
    return text_of(found[1]) if found else ""


def notes(get: Get, **params: str) -> list[tuple[str, str | None]]:
    """Return what is noted beside, each with the query its link leads to."""
    found = re.findall(r'<p class="hint note">(.*?)</p>', get(**params).text, re.DOTALL)
    links = (re.search(r'href="([^"]+)"', note) for note in found)
    queries = [parse_qs(urlsplit(html.unescape(link[1])).query).get("q", [None])[0] if link else None for link in links]
    return list(zip(map(text_of, found), queries, strict=True))


def hits(page: str) -> list[int]:
    return [int(id_) for id_ in re.findall(r'<h3><a href="/article/(\d+)', page)]


@pytest.mark.parametrize(
    ("pasted", "place"),
    [
        ("http://127.0.0.1:8001/article/1?q=đập", "/article/1?q=%C4%91%E1%BA%ADp"),
        ("http://127.0.0.1:8001/article/1?q=%C4%91%E1%BA%ADp&order=best", "/article/1?q=%C4%91%E1%BA%ADp&order=best"),
        ('http://127.0.0.1:8001/article/1?x="><script>\x01\x00', "/article/1?x=%22%3E%3Cscript%3E"),
        ("http://127.0.0.1:8001/article/1\r\nSet-Cookie: x=1", "/article/1"),
    ],
)
def test_a_pasted_page_of_this_server_leads_to_an_address_in_ascii(get: Get, pasted: str, place: str) -> None:
    answer = get("/", q=pasted)
    assert (answer.status_code, answer.headers["location"]) == (302, place)


@pytest.mark.parametrize("order", ["newest", "best"])
@pytest.mark.parametrize("q", ["hồ chứa nước", "ho chua nuoc"])
def test_words_side_by_side_come_first_and_it_is_said(get: Get, q: str, order: str) -> None:
    page = get(q=q, order=order).text
    assert hits(page) == [NEAR, FAR]
    assert "1 side by side first, then apart (only side by side)" in line(get, q, order=order)
    quoted = re.search(r'href="([^"]+)">only side by side', page)
    assert quoted
    assert hits(get(html.unescape(quoted[1])).text) == [NEAR]


def test_whether_words_stand_side_by_side_is_said(get: Get) -> None:
    assert line(get, "suối cạn") == "all as typed · all side by side"
    assert line(get, "nước hồ") == "all as typed · nowhere side by side"
    assert line(get, "nuoc") == "matching with and without marks"
    assert "side by side" not in line(get, "hồ chứa nước", order="comments")


@pytest.mark.parametrize(
    ("q", "said"),
    [
        ("-đập", "without: đập"),
        ('xã -"suối cạn" -lũ', "words: xã · without: “suối cạn”, lũ"),
        ("đập OR hồ OR ruộng*", "words: đập, hồ or ruộng…"),
        ("nguon:lamdong", "newspaper: Báo Lâm Đồng"),
        ("-nguon:lamdong", "not of: Báo Lâm Đồng"),
        ("tac-gia:an xã", "author: an"),
        ("-author:an xã", "not by: an"),
        ("xyzxyz nguon:lamdong tac-gia:an", "words: xyzxyz · newspaper: Báo Lâm Đồng · author: an"),
    ],
)
def test_every_sign_of_the_box_is_on_the_line(get: Get, q: str, said: str) -> None:
    assert said in line(get, q)


def test_what_is_not_wanted_stays_out(get: Get) -> None:
    everything = json.loads(get("/search.json?q=").text)["total"]
    assert json.loads(get("/search.json", q="-đập").text)["total"] == everything - 3
    assert len(hits(get(q="-nguon:lamdong").text)) == 1
    assert EDITED not in hits(get(q="-tac-gia:bình đập").text)
    assert EDITED in hits(get(q="đập").text)
    assert json.loads(get("/search.json", q="nguon:lamdong -đập").text)["total"] == everything - 3 - 1


@pytest.mark.parametrize(
    ("q", "note", "leads_to"),
    [
        ("nguon:lamdog đập", "called “lamdog”. nguon:baolamdong See all newspapers", 'nguon:"baolamdong" đập'),
        ("tac-gia:Phạm Bình đập", "tac-gia: took “Phạm” only", 'tac-gia:"Phạm Bình" đập'),
        ("nguon:Lâm  Đồng xã", "nguon: took “Lâm” only", 'nguon:"Lâm Đồng" xã'),
        ("tac-gia: đập", "“tac-gia:” stands alone", None),
        ("đập OR hồ nguon:lamdong", "hold on both sides of OR", None),
        ("đập OR", "OR stands between two words", None),
        ("đập or hồ", "“or” was searched for as a word", "đập OR hồ"),
        ("đập * -", "“* -” names no word", None),
        ("xã " * 70, "the first 64 words", None),
        ("đập AND hồ", "AND and NOT were searched for as words", "đập hồ"),
        ("đập NOT hồ nguon:lamdong", "AND and NOT were searched for as words", "đập -hồ nguon:lamdong"),
        ('đập AND NOT "suối cạn"', "AND and NOT were searched for as words", 'đập -"suối cạn"'),
        ("báo baolamdong.vn", "All articles of this newspaper: Báo Lâm Đồng", None),
    ],
)
def test_what_meant_nothing_is_noted(get: Get, q: str, note: str, leads_to: str | None) -> None:
    found = [leads for text, leads in notes(get, q=q) if note in text]
    assert found == [leads_to]


@pytest.mark.parametrize("q", ["12/8/2026", "12.08.2026", "12-8-2026", "2026-08-12"])
def test_a_day_among_the_words_leads_to_its_articles(get: Get, q: str) -> None:
    (leads,) = (leads for text, leads in notes(get, q=f"đập {q}") if "Published on that day: đập 12 Aug 2026" in text)
    assert leads == "đập"
    assert "from=2026-08-12&amp;to=2026-08-12" in get(q=f"đập {q}").text
    assert not notes(get, q="99/99/2026")


def test_the_front_page_of_a_newspaper_leads_to_its_articles(get: Get) -> None:
    html = get(q="https://www.baolamdong.vn/").text
    assert "All articles of this newspaper:" in html
    assert 'href="/?source=baolamdong&amp;lang=en">Báo Lâm Đồng</a>' in html
    assert "All articles of this newspaper:" not in get(q="https://lamdong.vn/").text


@pytest.mark.parametrize("q", ["đập", "suối cạn", 'đập -lũ nguon:lamdong tac-gia:"lê an"', "nguon:lamdong đập"])
def test_a_plain_query_is_not_commented_on(get: Get, q: str) -> None:
    assert notes(get, q=q) == []


@pytest.mark.parametrize("q", ["*", '"', "OR", "-", '""', "OR OR", "* -"])
def test_signs_alone_ask_for_a_word(get: Get, q: str) -> None:
    assert "Type a word to search for" in get(q=q).text


@pytest.mark.parametrize(
    ("q", "meant"),
    [
        ("suoii can", "suoi can"),
        ('"suoii can" nguon:suoii', None),
        ('"suoii xyz"', '"suoi xyz"'),
        ("suoii OR xyzz", "suoi OR xyzz"),
        ("suoii or xyzz", "suoi OR xyzz"),
        ("Suoii, xyz", "suoi, xyz"),
        ("xyzz or zyxx", None),
        ("suoii AND xyzz", "suoi xyzz"),
        ("xyzz AND zyxx", None),
        ("vn", None),
    ],
)
def test_what_may_have_been_meant_is_never_the_query_itself(get: Get, q: str, meant: str | None) -> None:
    found = re.search(r"Did you mean: <a [^>]*>([^<]*)<", get(q=q).text)
    assert (html.unescape(found[1]) if found else None) == meant


def test_a_phrase_and_fields_without_hits_can_be_dropped(get: Get) -> None:
    page = get(q='"cạn suối" nguon:lamdong').text
    assert "Search for the words in any order" in page
    assert "Search without newspaper and author" in page
    assert hits(get(q="cạn suối").text)


@pytest.mark.parametrize(
    "q",
    [
        f"xem {ADDRESS} nhé",
        ADDRESS.replace("://", "%3A%2F%2F"),
        ADDRESS.replace("https://", "HTTPS://X@M.") + "?fbclid=1.",
    ],
)
def test_an_address_in_a_text_leads_to_its_article(get: Get, q: str) -> None:
    response = get(q=q)
    assert (response.status_code, response.headers.get("location")) == (302, f"/article/{EDITED}?lang=en")


@pytest.mark.parametrize(
    "q", ["https://baolamdong.vn/nuoc-ve-ho-999999.html", "đọc https://baolamdong.vn/nuoc-ve-ho.html"]
)
def test_an_unknown_address_offers_its_words(get: Get, q: str) -> None:
    page = get(q=q).text
    assert "No copy of this address" in page
    offered = re.search(r'words of this address:\s*<a href="([^"]+)"', page)
    assert offered
    assert hits(get(html.unescape(offered[1])).text) == [FAR]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"order": "oldest"}, "order=oldest cannot be used here. It may be: newest, best, comments, changed."),
        ({"is": "deleted"}, "is=deleted cannot be used here. It may be: edited, gone, comments."),
        ({"marks": "yes"}, "marks=yes cannot be used here. It may be: 0, 1."),
        ({"from": "31/08/2026"}, "from=31/08/2026 cannot be used here. It may be: 2026-08-31."),
        ({"after": "-1"}, "This is no page of this search"),
        ({"q": "đập", "after": "r20"}, "This is no page of this search"),
        ({"q": "hồ chứa", "after": "5.5.5"}, "This is no page of this search"),
        ({"q": "đập", "order": "best", "after": "20"}, "This is no page of this search"),
        ({"q": "đ" * 1001}, "q takes one value, of at most 1,000 characters"),
        ({"source": "x" * 201}, "source takes one value, of at most 200 characters"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(get: Get, params: dict[str, str], said: str) -> None:
    for path in ("/", "/search.json"):
        response = get(path, **params)
        assert response.status_code == 400
        assert said in (response.json()["error"] if path.endswith("json") else text_of(response.text))


def test_a_value_that_is_given_twice_is_refused_if_it_differs(get: Get) -> None:
    assert get("/?source=baolamdong&source=vietnamvn").status_code == 400
    assert get("/?is=edited&is=comments&source=baolamdong&source=baolamdong").status_code == 200
    assert get("/?order=&is=&marks=&from=&after=").status_code == 200


def test_days_the_wrong_way_round_are_exchanged_and_it_is_said(get: Get) -> None:
    page = get(**{"from": "2025-04-30", "to": "2025-04-01"}).text
    assert len(hits(page)) == 7
    assert "wrong way round" in page
    assert "wrong way round" not in get(**{"from": "2025-04-01", "to": "2025-04-30"}).text


@pytest.mark.parametrize(
    ("params", "said"), [({"source": "lamdong"}, "called “lamdong”"), ({"province": "x"}, "of “x”")]
)
def test_an_unknown_filter_is_named(get: Get, params: dict[str, str], said: str) -> None:
    found = notes(get, **params)
    assert said in found[0][0]
    assert "See all newspapers" in found[0][0]


def test_a_page_behind_the_last_one_leads_back(get: Get) -> None:
    assert "Back to the first page" in get(q="đập", after="0.1").text


def test_exports_keep_order_filters_and_reading(get: Get) -> None:
    state = {"q": "hồ chứa nước", "order": "best", "source": "baolamdong"}
    shown = hits(get(**state).text)
    links = dict(re.findall(r'<a href="(/search\.(csv|json|atom)[^"]*)"', get(**state).text))
    by_form = {form: html.unescape(address) for address, form in links.items()}
    rows = list(csv.DictReader(io.StringIO(get(by_form["csv"]).content.decode("utf-8-sig"))))
    assert [int(row["page"].partition("?")[0].rpartition("/")[2]) for row in rows] == shown
    records = json.loads(get(by_form["json"]).text)["hits"]
    assert [record["title"] for record in records] == [row["title"] for row in rows]
    assert "order" not in by_form["atom"]
    assert all("order=best" in by_form[form] for form in ("csv", "json"))


def test_a_feed_goes_by_time_alone(get: Get) -> None:
    root = fromstring(get("/search.atom", q="hồ chứa nước", order="best").content)
    titles = [entry.findtext("{http://www.w3.org/2005/Atom}title") for entry in root if entry.tag.endswith("entry")]
    assert titles == ["Nước chứa đầy hồ", "Đầu nguồn"]


def test_json_pages_follow_one_another(get: Get) -> None:
    found = json.loads(get("/search.json", q="xã").text)
    rest = json.loads(get(found["next"].removeprefix("http://localhost")).text)
    assert rest["next"] is None
    titles = [hit["page"] for hit in found["hits"] + rest["hits"]]
    assert len(set(titles)) == len(titles) == found["total"] > 100
