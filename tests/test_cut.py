"""Answers that were cut off on their way, in every form that tells it: none is ever stored as the article."""

from __future__ import annotations

import gzip
import http.server
import sqlite3
import threading
import zlib
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import brotli
import zstandard
from past_paper import TODAY, archived, article, back, counts, crawl, listing, path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

CODINGS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}
FORMS = (*CODINGS, "length", "chunked")
PATHS = {path(back(days)): form for days, form in enumerate(FORMS)}
FAILED = {"truncated": len(FORMS)}


class Cutting(http.server.BaseHTTPRequestHandler):
    """A paper with an article in each form, of which a share `keep` arrives; its pages' ETag never changes."""

    protocol_version = "HTTP/1.1"
    keep = 0.9

    def do_GET(self) -> None:
        if self.path == "/tin":
            self.answer(200, listing(*map(back, range(len(FORMS)))))
        elif self.path not in PATHS:
            self.answer(404, b"")
        elif self.headers.get("If-None-Match"):
            self.answer(304, b"", ("ETag", '"1"'))
        else:
            self.send(PATHS[self.path], article(TODAY))

    def send(self, form: str, page: bytes) -> None:
        """A part of a page: of its packed bytes, or of those that were announced."""
        if form in CODINGS:
            packed = CODINGS[form](page)
            sent = packed[: int(len(packed) * self.keep)]
            self.answer(200, sent, ("Content-Encoding", form), ("ETag", '"1"'))
            return
        sent = page[: int(len(page) * self.keep)]
        announced = ("Content-Length", str(len(page)))
        if form == "chunked":
            announced = ("Transfer-Encoding", "chunked")
            sent = b"%x\r\n%s\r\n" % (len(sent), sent) + (b"0\r\n\r\n" if sent == page else b"")
        self.head(200, announced)
        self.wfile.write(sent)
        self.close_connection = True

    def answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.head(status, *headers, ("Content-Length", str(len(body))))
        self.wfile.write(body)

    def head(self, status: int, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", "text/html; charset=utf-8"), *headers):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def paper() -> Iterator[str]:
    """Its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cutting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_what_was_cut_off_is_a_failure_and_comes_whole_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with paper() as origin:
        done = crawl(tmp_path, "past_pages", origin)
        assert "Traceback" not in done.stderr
        assert counts(tmp_path)["failures"] == FAILED
        assert archived(tmp_path) == set()
        monkeypatch.setattr(Cutting, "keep", 1.0)  # it says "not modified" of what was cut off
        crawl(tmp_path, "past_pages", origin)
        assert counts(tmp_path)["failures"] == {}
        assert archived(tmp_path) == set(PATHS)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as conn:
        lengths = {row[0] for row in conn.execute("SELECT length(body) FROM articles")}
    assert len(lengths) == 1  # each is the whole text
