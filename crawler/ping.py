"""Pings to a monitor that expects a run: at its start, at success, at failure (the way of healthchecks.io)."""

from __future__ import annotations

import logging
import threading
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from crawler import __version__
from crawler.extensions import BUSY, OK

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

logger = logging.getLogger(__name__)

TIMEOUT = 10.0  # seconds a ping may take, its name's look-up too


def opener() -> OpenerDirector:
    """An opener of http and https addresses only: urllib's usual one also follows redirects to ftp."""
    director = OpenerDirector()
    for handler in (
        ProxyHandler, HTTPHandler, HTTPSHandler, HTTPRedirectHandler, HTTPErrorProcessor, HTTPDefaultErrorHandler,
    ):  # fmt: skip
        director.add_handler(handler())
    return director


class Ping:
    """Tells a monitor of one command: `URL/start` on entry, on exit `URL` or `URL/fail`.

    Without a URL it says nothing. Set `exit_code` to the command's before the exit; 0 and 75 (another process
    does the work) are successes, an exception and a code never set are failures. A ping that fails is logged
    and counted in `failures`; it neither stops nor delays the crawl for more than `timeout` seconds.
    Raises ValueError when the URL is not http or https.
    """

    def __init__(self, url: str | None, timeout: float = TIMEOUT) -> None:
        self.url = checked(url) if url else None
        self.timeout = timeout
        self.exit_code: int | None = None
        self.failures = 0

    def __enter__(self) -> Self:
        self.send("/start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.send("" if kind is None and self.exit_code in {OK, BUSY} else "/fail")

    def send(self, ending: str) -> None:
        """Ask for the URL with `ending` behind its path."""
        if self.url is None:
            return
        parts = urlsplit(self.url)
        url = urlunsplit(parts._replace(path=parts.path.rstrip("/") + ending))
        problem: list[str] = ["no answer in time"]
        # A thread bounds what a timeout of the socket does not: the look-up of the name, an answer in drops.
        thread = threading.Thread(target=self._ask, args=(url, problem), daemon=True)
        thread.start()
        thread.join(self.timeout)
        if found := problem[:1]:  # the thread may still empty the list
            self.failures += 1
            # The address is a secret: who knows it can speak for this crawler.
            logger.warning("no ping %s to %s: %s", ending or "of success", parts.hostname, found[0])

    def _ask(self, url: str, problem: list[str]) -> None:
        request = Request(url, headers={"User-Agent": f"baotinh/{__version__}"})  # noqa: S310 - checked
        try:
            opener().open(request, timeout=self.timeout).close()
            problem.clear()
        except HTTPError as error:
            problem[0] = f"status {error.code}"
            error.close()
        except (OSError, HTTPException, ValueError) as error:
            problem[0] = f"{type(error).__name__}: {getattr(error, 'reason', error)}"


def checked(url: str) -> str:
    """The URL without its fragment; raises ValueError when it is not an http or https address of a host."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isascii() or " " in url:
        raise ValueError(f"give an http or https address to ping, not {url!r}")
    return urlunsplit(parts._replace(fragment=""))
