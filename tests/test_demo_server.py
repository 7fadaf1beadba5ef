"""The demo newspaper's server: conditions, compression, counters, and every fault it can be told to have."""

import http.client
import re
import socket
import xml.etree.ElementTree as ET
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from demo_client import ARABIC, ARABIC_SILENT, BRIDGE, FAIR, LATER, Answer, ask, parse, path_of, write

from crawler.demo.content import instant
from crawler.demo.faults import FAULTS
from crawler.demo.paper import Newspaper, demo_papers
from crawler.demo.server import serve


@pytest.fixture
def papers(tmp_path: Path) -> tuple[Newspaper, Newspaper]:
    return demo_papers(write(tmp_path, BRIDGE, FAIR, LATER, ARABIC, ARABIC_SILENT))


@pytest.fixture
def server(papers):
    with serve(*papers) as running:
        yield running


def test_conditions_are_answered_with_304(papers, server):
    paper = papers[0]
    for target in (path_of(paper, "cau-treo-da-den"), "/rss/thoi-su", "/sitemap.xml", "/thoi-su"):
        first = ask(server, paper, target)
        tag, changed = first.headers["ETag"], first.headers["Last-Modified"]
        assert ask(server, paper, target, If_None_Match=tag).status == 304
        assert ask(server, paper, target, If_None_Match=tag).raw == b""
        assert ask(server, paper, target, If_None_Match=f'"x", {tag}').status == 304
        assert ask(server, paper, target, If_None_Match='"x"', If_Modified_Since=changed).status == 200
        assert ask(server, paper, target, If_Modified_Since=changed).status == 304
        assert ask(server, paper, target, If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT").status == 200
        assert ask(server, paper, target, If_Modified_Since="nonsense").status == 200


def test_validators_move_only_with_the_content(papers, server):
    paper = papers[0]
    target = path_of(paper, "cau-treo-da-den")
    tags, dates = [], []
    for day in range(5):
        server.set_clock(day)
        headers = ask(server, paper, target).headers
        tags.append(headers["ETag"])
        dates.append(parsedate_to_datetime(headers["Last-Modified"]))
    assert tags[0] != tags[1] != tags[2] != tags[3] == tags[4]
    assert dates == [instant(0), instant(1), instant(2), instant(3), instant(3)]
    other = {ask(server, paper, path_of(paper, "hoi-cho-nong-san")).headers["ETag"]}
    server.set_clock(0)
    assert other == {ask(server, paper, path_of(paper, "hoi-cho-nong-san")).headers["ETag"]}


def test_gzip_head_keep_alive_and_date(papers, server):
    paper = papers[0]
    target = path_of(paper, "cau-treo-da-den")
    plain, packed = ask(server, paper, target), ask(server, paper, target, Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.body == plain.body
    assert len(packed.raw) < len(plain.raw) / 2
    head = ask(server, paper, target, method="HEAD")
    assert (head.raw, head.headers["Content-Length"]) == (b"", str(len(plain.raw)))
    assert ask(server, paper, target, method="POST").status == 405
    assert parsedate_to_datetime(plain.headers["Date"]) == instant(0, "22:00")
    connection = http.client.HTTPConnection(urlsplit(server.addresses[paper.host]).netloc, timeout=120)
    for method in ("GET", "HEAD", "GET"):
        # A body after HEAD would be taken for the next response.
        connection.request(method, target)
        assert connection.getresponse().read() == (plain.body if method == "GET" else b"")
    connection.close()


def test_a_restless_paper_changes_only_its_noise(papers):
    restless = Newspaper(papers[0].stories, restless=True)
    with serve(restless) as server:
        path = path_of(restless, "cau-treo-da-den")
        pages = [ask(server, restless, path) for _ in range(4)]
    assert len({page.headers["ETag"] for page in pages}) == 4
    assert len({page.body for page in pages}) > 1
    headers = {re.search(r"<h1.*?</p>", page.text, re.DOTALL)[0] for page in pages}
    assert len(headers) == 1


def test_requests_are_counted(papers, server):
    paper = papers[0]
    body = ask(server, paper, "/robots.txt", User_Agent="test/1").raw
    ask(server, paper, "/nowhere")
    assert server.counts[paper.host, "/robots.txt", 200] == 1
    assert (server.requests(), server.requests(status=404), server.requests(host="other")) == (2, 1, 0)
    assert server.recent[0].headers["user-agent"] == "test/1"
    assert server.recent[0].sent == len(body)
    assert server.sent[paper.host] > len(body)
    server.reset_counts()
    assert server.requests() == 0


def test_faults_spoil_replies(papers, server):
    paper = papers[0]
    path = path_of(paper, "cau-treo-da-den")
    server.fault("^/robots", "status", status=503, retry_after=120, times=1)
    spoiled = ask(server, paper, "/robots.txt")
    assert (spoiled.status, spoiled.headers["Retry-After"]) == (503, "120")
    assert ask(server, paper, "/robots.txt").status == 200

    def bad(kind: str, target: str = path, **params: object) -> Answer:
        server.heal()
        server.fault(re.escape(target.partition("?")[0]), kind, **params)
        return ask(server, paper, target, If_None_Match="*")

    assert len(bad("challenge").body) == 177
    assert bad("soft-404").status == 200
    assert bad("redirect", to="file:///etc/hostname").headers["Location"] == "file:///etc/hostname"
    assert bad("home").headers["Location"] == f"https://{paper.host}/"
    assert 'url=http://10.0.0.1/"' in bad("refresh", to="http://10.0.0.1/").text
    assert "dcontent" in bad("javascript").text
    assert bad("body", body=b"\xff", content_type="image/png").headers["Content-Type"] == "image/png"
    bomb = bad("bomb", size=3 * 2**20)
    assert len(bomb.raw) < 20_000 < len(bomb.body) == 3 * 2**20
    wrong = bad("charset", declared="windows-1258")
    assert wrong.headers["Content-Type"] == "text/html; charset=windows-1258"
    assert "Cầu treo Đá Đen" in wrong.text
    assert bad("calendar", "/lich?trang=7").text.count("/lich?trang=") == 2
    assert "trang=8" in bad("calendar", "/lich?trang=7").text
    server.heal()
    assert ask(server, paper, path).status == 200


def test_faults_of_feeds(papers, server):
    paper = papers[0]
    for kind in ("ampersand", "control"):
        server.fault("^/rss/", kind, times=1)
        with pytest.raises(ET.ParseError):
            parse(ask(server, paper, "/rss/thoi-su").body)
    server.fault("^/rss/", "bom", times=1)
    assert ask(server, paper, "/rss/thoi-su").body.startswith(b"\xef\xbb\xbf<?xml")
    server.fault("^/rss/", "utf-16", times=1)
    wide = ask(server, paper, "/rss/thoi-su").body
    assert wide.startswith(b"\xff\xfe")
    assert parse(wide).findtext("channel/item/title") == BRIDGE["title"]


def test_faults_of_the_connection(papers, server):
    paper = papers[0]
    path = path_of(paper, "cau-treo-da-den")
    server.fault(path, "truncate", times=1)
    with pytest.raises(http.client.IncompleteRead):
        ask(server, paper, path)
    server.fault(path, "reset", times=1)
    origin = ("127.0.0.1", urlsplit(server.addresses[paper.host]).port)
    with socket.create_connection(origin, timeout=120) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            b"".join(iter(lambda: raw.recv(4096), b""))
    server.fault("/robots.txt", "drip", times=1, size=40, seconds=0.01)
    assert b"Disallow" in ask(server, paper, "/robots.txt").raw
    server.fault("/robots.txt", "delay", times=1, seconds=0.01)
    assert b"Disallow" in ask(server, paper, "/robots.txt").raw
    server.fault("/robots.txt", "drip", size=1, seconds=30)  # the server must stop in spite of it
    hanging = socket.create_connection(origin, timeout=120)
    hanging.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n")
    assert hanging.recv(5) == b"HTTP/"
    hanging.close()


def test_a_fault_may_concern_one_paper_only(papers, server):
    server.fault(".", "status", status=500, host=papers[1].host)
    assert ask(server, papers[0], "/").status == 200
    assert ask(server, papers[1], "/ar").status == 500


def test_unknown_faults_and_parameters_are_refused(server):
    with pytest.raises(ValueError, match="no such fault: 'flood'"):
        server.fault(".", "flood")
    for kind in FAULTS:
        with pytest.raises(TypeError):
            server.fault(".", kind, colour="red")


def test_what_is_no_http_ends_the_connection(papers, server):
    for data in (b"hello\r\n\r\n", b"GET nowhere HTTP/1.1\r\n\r\n", b"x" * 100_000):
        with socket.create_connection(
            ("127.0.0.1", urlsplit(server.addresses[papers[0].host]).port), timeout=120
        ) as raw:
            raw.sendall(data)
            raw.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                assert raw.recv(100) == b""
    assert ask(server, papers[0], "/robots.txt").status == 200
