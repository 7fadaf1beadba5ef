"""Pings to a monitor: a real HTTP server that answers, fails, moves away or keeps silent."""

from __future__ import annotations

import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from crawler.ping import Ping

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENT = 300.0  # seconds: a busy machine may be slow to answer itself


class Monitor(BaseHTTPRequestHandler):
    """Answers by the first part of the path; remembers what was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if "/slow" in self.path:
            self.server.stop.wait()  # type: ignore[attr-defined]
        if "/moved" in self.path:
            self.send_response(302)
            self.send_header("Location", "ftp://127.0.0.1/x" if "ftp" in self.path else "/here")
        else:
            self.send_response(500 if "/broken" in self.path else 200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def monitor() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Handler", (Monitor,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.stop = threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.stop.set()  # type: ignore[attr-defined]
        server.shutdown()


@pytest.mark.parametrize(("code", "last"), [(0, "/key"), (75, "/key"), (1, "/key/fail"), (2, "/key/fail")])
def test_pings_at_start_and_end(monitor: tuple[str, list[str]], code: int, last: str) -> None:
    url, asked = monitor
    with Ping(f"{url}/key/", PATIENT) as ping:
        assert asked == ["/key/start"]
        ping.exit_code = code
    assert asked == ["/key/start", last]
    assert ping.failures == 0


def test_a_crawl_that_raises_is_a_failure(monitor: tuple[str, list[str]]) -> None:
    url, asked = monitor
    ping = Ping(f"{url}/key?rid=1#x", PATIENT)
    ping.exit_code = 0
    with pytest.raises(KeyboardInterrupt), ping:
        raise KeyboardInterrupt
    assert asked == ["/key/start?rid=1", "/key/fail?rid=1"]
    with Ping(f"{url}/key", PATIENT):
        pass  # nobody said how it ended
    assert asked[-1] == "/key/fail"


def test_without_an_address_nothing_is_asked() -> None:
    with Ping(None) as ping:
        ping.exit_code = 0
    assert ping.failures == 0


@pytest.mark.parametrize(
    ("path", "reason", "timeout"),
    [("/broken", "status 500", PATIENT), ("/moved-ftp", "", PATIENT), ("/slow", "no answer in time|timed out", 0.3)],
)
def test_a_ping_that_fails_is_counted_and_stops_nothing(
    monitor: tuple[str, list[str]], caplog: pytest.LogCaptureFixture, path: str, reason: str, timeout: float
) -> None:
    with Ping(monitor[0] + path, timeout) as ping:
        ping.exit_code = 0
    assert ping.failures == 2
    assert len(caplog.records) == 2
    assert re.search(f"no ping /start to 127.0.0.1: .*({reason})", caplog.messages[0])
    assert path not in caplog.text  # who knows the address can speak for the crawler


def test_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:  # nobody else can have the port meanwhile
        taken.bind(("127.0.0.1", 0))
        with Ping(f"http://127.0.0.1:{taken.getsockname()[1]}/secret", PATIENT) as ping:
            ping.exit_code = 0
    assert ping.failures == 2
    assert "refused" in caplog.text


def test_a_redirect_is_followed(monitor: tuple[str, list[str]]) -> None:
    url, asked = monitor
    with Ping(f"{url}/moved", PATIENT) as ping:
        ping.exit_code = 0
    assert asked == ["/moved/start", "/here", "/moved", "/here"]
    assert ping.failures == 0


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://example.org/", "example.org", "http://", "//x", "http://a b/"]
)
def test_only_http_addresses_are_pinged(url: str) -> None:
    with pytest.raises(ValueError, match="give an http or https address"):
        Ping(url)
