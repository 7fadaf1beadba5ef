"""What drives the newsroom in a real browser: a server on loopback, and Chromium with its arguments."""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from archive.serve import application, listen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE = 300_000
"""Milliseconds that a page, and Chromium itself, may take on a busy machine."""


def chromium() -> str | None:
    """Return where Chromium is installed, None where it is not."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """Serve the archive of a data folder on a free port of 127.0.0.1; yields its address."""
    server_socket = listen("127.0.0.1", 0)
    config = uvicorn.Config(application(data).app(), log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [server_socket]}, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server ended before it had started")
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server_socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=300)
        server_socket.close()


@contextmanager
def browsing() -> Iterator[Any]:
    """Start Chromium; yields Playwright's browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS, timeout=PATIENCE)
        try:
            yield browser
        finally:
            browser.close()
