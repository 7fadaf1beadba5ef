"""One capture as readers get it: a page that tells, a text that never runs, the bytes with a name that tells."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from newsroom_archive import EDITED, PAGE, build, insert

from archive.schema import connect
from archive.serve import application
from archive.warc import WarcWriter
from archive.web.capture_pages import file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Get = Callable[[str], Any]

HTML = "<!doctype html><meta charset=utf-8><script>alert('đập')</script><p>Xã Suối Cạn"
BOMB = gzip.compress(b"0" * 11 * 2**20)
GZIP = ("Content-Encoding", "gzip")
LATIN = "<!doctype html><p>caf\xe9"
HOSTILE_HEADER = ("X-Note", "<script>alert(1)</script>")
CAPTURES: dict[int, tuple[str, tuple[tuple[str, str], ...], bytes]] = {
    101: (
        "https://baolamdong.vn/nen-1.html",
        (("Content-Type", "text/html; charset=utf-8"), GZIP, HOSTILE_HEADER),
        gzip.compress(HTML.encode()),
    ),
    102: ("https://baolamdong.vn/2.html", (("Content-Type", "text/html; charset=latin-1"),), LATIN.encode("latin-1")),
    103: ("https://baolamdong.vn/anh.jpg", (("Content-Type", "image/jpeg"),), b"\xff\xd8\xff\xe0jpeg"),
    104: ("https://baolamdong.vn/hong.html", (("Content-Type", "text/html"), GZIP), b"no gzip"),
    105: ("https://baolamdong.vn/bom.html", (("Content-Type", "text/html"), GZIP), BOMB),
    106: ("https://baolamdong.vn/so.json", (("Content-Type", "application/json"),), b'{"count": 3}'),
    107: ("https://baolamdong.vn/niem-phong.html", (("Content-Type", "text/html"),), b"a sealed listing"),
}  # fmt: skip
AGAIN, LOST = 108, 109


def add(conn: Any, data: Path, id_: int, **more: Any) -> None:
    """Write a capture into a WARC file of its own and into the table."""
    url, headers, body = CAPTURES[id_]
    with WarcWriter(data, "baolamdong", f"extra-{id_}", info={"software": "baotinh tests"}) as writer:
        made = writer.add(
            url=url,
            fetched_from=url.replace("//", "//m."),
            fetched_at=datetime(2026, 8, 12, 1, 40, tzinfo=UTC),
            request_headers=(),
            method="GET",
            status=200,
            reason="OK",
            headers=headers,
            body=body,
        )
    row = {
        "id": id_, "run_id": 1, "url": made.url, "fetched_from": made.fetched_from,
        "fetched_at": made.fetched_at.isoformat(), "status": 200, "headers": json.dumps(made.headers),
        "file": made.file, "offset": made.offset, "length": made.length, "digest": made.digest,
    }  # fmt: skip
    insert(conn, "captures", **row | more)


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    data = build(tmp_path_factory.mktemp("captures"))
    conn = connect(data / "archive.db")
    for id_ in CAPTURES:
        add(conn, data, id_)
    more = {"run_id": 1, "fetched_at": "2026-08-13T01:40:00+00:00", "status": 200, "length": 1}
    same = {"url": CAPTURES[101][0], "fetched_from": CAPTURES[101][0], "headers": '[["ETag", "x"]]'}
    insert(conn, "captures", id=AGAIN, file="warc/none.warc.gz", offset=0, digest=None, revisit_of=101, **more, **same)
    insert(conn, "captures", id=LOST, file="warc/lost.warc.gz", offset=0, digest=None, **more, **same)
    order = {"article_id": None, "url": CAPTURES[107][0], "category": "privacy", "method": "seal", "state": "done"}
    sealed = insert(conn, "withdrawals", withdrawn_at="2026-09-01T00:00:00+00:00", **order)
    insert(conn, "sealed_captures", capture_id=107, withdrawal_id=sealed)
    conn.close()
    datasette = application(data)
    with asyncio.Runner() as runner:
        yield lambda path: runner.run(datasette.client.get(path))


def test_the_page_tells_what_was_received(get: Get) -> None:
    html = get("/capture/101?lang=en").text
    assert "https://m.baolamdong.vn/nen-1.html" in html
    assert "2026-08-12T01:40:00+00:00" in html
    assert "<dt>Content-Encoding</dt><dd>gzip</dd>" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert 'href="/capture/101/text?lang=en"' in html
    assert 'href="/capture/101/bytes?lang=en" download' in html


def test_an_article_leads_to_its_capture_and_back(get: Get) -> None:
    assert 'href="/capture/1"' in get(f"/article/{EDITED}").text
    assert f'href="/article/{EDITED}"' in get("/capture/1").text


@pytest.mark.parametrize(("id_", "text"), [(101, HTML), (102, LATIN), (106, '{"count": 3}'), (1, PAGE.decode())])
def test_the_text_is_decoded_and_can_never_run(get: Get, id_: int, text: str) -> None:
    response = get(f"/capture/{id_}/text")
    assert response.content.decode() == text
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"


@pytest.mark.parametrize("id_", [103, 104, 105])
def test_what_is_no_text_is_said_so(get: Get, id_: int) -> None:
    response = get(f"/capture/{id_}/text?lang=en")
    assert response.status_code == 404
    assert "can be downloaded" in response.text
    assert ("/text" in get(f"/capture/{id_}").text) == (id_ != 103)


@pytest.mark.parametrize(
    ("id_", "name"),
    [
        (101, "baolamdong.vn-20260812T014000Z-101.html.gz"),
        (103, "baolamdong.vn-20260812T014000Z-103.jpg"),
        (106, "baolamdong.vn-20260812T014000Z-106.json"),
    ],
)
def test_the_bytes_come_as_received_under_a_name_that_tells(get: Get, id_: int, name: str) -> None:
    response = get(f"/capture/{id_}/bytes")
    assert response.content == CAPTURES[id_][2]
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert "content-encoding" not in response.headers
    assert "sandbox" in response.headers["content-security-policy"]


def test_an_unchanged_page_shows_its_own_headers_and_the_bytes_it_refers_to(get: Get) -> None:
    html = get(f"/capture/{AGAIN}").text
    assert "<dt>ETag</dt><dd>x</dd>" in html
    assert 'href="/capture/101"' in html
    assert get(f"/capture/{AGAIN}/text").text == HTML


def test_a_capture_whose_file_is_lost_still_tells_what_is_known(get: Get) -> None:
    page = get(f"/capture/{LOST}?lang=en")
    assert page.status_code == 200
    assert "not on this server" in page.text
    assert "/bytes" not in page.text
    assert get(f"/capture/{LOST}/bytes").status_code == get(f"/capture/{LOST}/text").status_code == 404


@pytest.mark.parametrize("form", ["", "/text", "/bytes"])
@pytest.mark.parametrize("id_", [2, 107])
def test_withdrawn_bytes_are_given_to_nobody(get: Get, id_: int, form: str) -> None:
    response = get(f"/capture/{id_}{form}")
    assert response.status_code == 410
    assert b"bytes as received" not in response.content
    assert "niem-phong" not in response.text


def test_no_name_breaks_out_of_its_header() -> None:
    record = {"headers": (("Content-Type", 'text/x"; evil'), ("Content-Encoding", 'x"\r\nSet-Cookie: a=b'))}
    capture = {"url": 'https://a"b\r\n.vn/', "fetched_at": "never", "id": 7}
    name = file_name(_like(capture), _like(record))
    assert name == "7.bin"


def _like(values: dict[str, Any]) -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(**values)
