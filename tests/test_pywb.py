"""Our WARC files in another program: pywb indexes them and replays captures byte by byte."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import kept_fixture as kept
import pytest

from archive import withdraw
from archive.schema import connect
from archive.store import Store
from archive.warc import read

ROOT = Path(__file__).parent.parent
PLACES = os.pathsep.join([os.environ.get("PATH", ""), str(ROOT / ".venv-peers/bin")])
WAYBACK, MANAGER = (shutil.which(name, path=PLACES) for name in ("wayback", "wb-manager"))

pytestmark = pytest.mark.skipif(
    not (WAYBACK and MANAGER), reason="pywb is not installed: make playback (it needs an environment of its own)"
)
WITHDRAWN = 6


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    data = kept.make(tmp_path_factory.mktemp("pywb") / "data")
    with Store(data / "archive.db") as store:
        crawl = kept.Crawl(data, store, kept.NOW)
        packed = crawl.warc.add(
            url=kept.url_of(100), fetched_at=kept.NOW, status=200, reason="OK",
            headers=[("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip")],
            body=gzip.compress(kept.page(100), mtime=0),
        )  # fmt: skip
        crawl.keep(packed)
        crawl.save()
    key = data.parent / "seal.key"
    withdraw.withdraw(data, withdraw.Order(kept.url_of(WITHDRAWN), "x", "other", kept.NOW, key))
    return data


@pytest.fixture(scope="module")
def replay(data):
    """The address of a collection of pywb that holds our files."""
    folder = data.parent / "collections"
    folder.mkdir()
    subprocess.run([MANAGER, "init", "baotinh"], cwd=folder, capture_output=True, check=True)
    files = sorted((data / "warc").rglob("*.gz"))
    subprocess.run([MANAGER, "add", "baotinh", *files], cwd=folder, capture_output=True, check=True)
    with socket.socket() as kept_free:  # bound and never listening: nobody but pywb, which reuses it, gets the port
        kept_free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept_free.bind(("127.0.0.1", 0))
        port = kept_free.getsockname()[1]
        command = [WAYBACK, "--bind", "127.0.0.1", "--port", str(port)]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                wait_for(port, server)
                yield f"http://127.0.0.1:{port}/baotinh"
            finally:
                server.terminate()


def wait_for(port, server):
    for _ in range(3_000):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, "pywb has ended"
        time.sleep(0.1)
    raise AssertionError("pywb did not start")


def fetch(replay, fetched_at, url):
    """What pywb replays of a capture, its bytes as they were (`id_`)."""
    moment = "".join(letter for letter in fetched_at[:19] if letter.isdigit())
    request = urllib.request.Request(f"{replay}/{moment}id_/{url}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=300) as reply:
        return reply.read(), reply.headers


def test_every_capture_is_replayed_byte_by_byte(data, replay):
    query = """SELECT c.*, first.file AS first_file, first."offset" AS first_offset FROM captures AS c
        LEFT JOIN captures AS first ON first.id = c.revisit_of
        WHERE c.id NOT IN (SELECT capture_id FROM sealed_captures) AND c.status = 200"""
    with closing(connect(data / "archive.db")) as conn:
        rows = conn.execute(query).fetchall()
    assert len(rows) == 18 - 2 - 2, "two were withdrawn, two are 304"
    for row in rows:
        place = (
            row["first_file"] or row["file"],
            row["offset"] if row["first_offset"] is None else row["first_offset"],
        )
        body, headers = fetch(replay, row["fetched_at"], row["url"])
        assert body == read(data, *place).body, row["url"]
        assert headers["Memento-Datetime"]
        assert headers["Content-Type"] == "text/html; charset=utf-8"


def test_not_modified_is_replayed_as_such(data, replay):
    with pytest.raises(urllib.error.HTTPError) as raised:
        fetch(replay, "2026-09-01T22:00:03", kept.url_of(2))
    assert raised.value.code == 304


def test_a_withdrawn_capture_is_not_found(data, replay):
    with pytest.raises(urllib.error.HTTPError) as raised:
        fetch(replay, "2026-09-01T02:00:07", kept.url_of(WITHDRAWN))
    assert raised.value.code == 404
