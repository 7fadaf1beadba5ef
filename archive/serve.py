"""Serving the archive with Datasette in this process: settings, metadata, the port."""

from __future__ import annotations

import errno
import gc
import os
import socket
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasette.app
import uvicorn
from datasette.utils import parse_metadata
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from archive.schema import ArchiveError, open_read_only
from archive.web.login import use_passwords

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS = {
    "suggest_facets": False,  # they read the whole table for every page
    "sql_time_limit_ms": 1000,
    "facet_time_limit_ms": 200,
    "default_page_size": 50,
    "max_returned_rows": 1000,
    "truncate_cells_html": 300,  # a body is one cell
    "allow_download": False,  # under WAL the file alone is not the archive
}

# The checkout, where it was installed from one; else where the package puts its data files.
METADATA = (
    Path(__file__).resolve().parent.parent / "metadata.yml",
    Path(sys.prefix) / "share" / "baotinh" / "metadata.yml",
)


def metadata() -> dict[str, Any]:
    """Read the descriptions of tables and columns, canned queries and search settings: metadata.yml.

    Raises ArchiveError when the file is not installed.
    """
    for path in METADATA:
        if path.is_file():
            described: dict[str, Any] = parse_metadata(path.read_text(encoding="utf-8"))
            return described
    raise ArchiveError(f"metadata.yml is missing ({METADATA[0]}): install baotinh again")


def application(data: Path) -> datasette.app.Datasette:
    """Build Datasette over the archive of a data folder, read-only (SQLite's mode=ro, never immutable).

    Raises ArchiveError when there is no archive of this version, or it cannot be read.
    """
    path = data / "archive.db"
    open_read_only(path).close()
    datasette.handle_exception.rich = None  # it prints all local variables for every mistyped query
    described = metadata()
    use_passwords(described)
    secret = os.environ.get("DATASETTE_SECRET")  # who signed in stays so over a restart
    return datasette.app.Datasette([str(path)], metadata=described, settings=SETTINGS, secret=secret)


def behind_proxy(app: Any) -> Any:
    """Believe a proxy on this machine what it forwards for (https, the browser's address), and note who called.

    A login that a proxy vouches for asks for the caller (`baotinh.caller` of the scope), not for the browser.
    """
    believing = ProxyHeadersMiddleware(app, trusted_hosts=["127.0.0.1", "::1"])

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        noted: Any = {**scope, "baotinh.caller": scope.get("client")}
        await believing(noted, receive, send)

    return noting


def listen(host: str, port: int) -> socket.socket:
    """Take the port (0: any free one) before anything else is done. Raises ArchiveError when that fails."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ArchiveError(f"port {port} on {host} is in use: choose another with --port") from error
        raise ArchiveError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error


def serve(data: Path, *, host: str, port: int, announce: Callable[[str], object]) -> None:
    """Serve until interrupted; `announce` gets the address once the port is taken.

    Raises ArchiveError when there is no archive of this version, or the port cannot be had.
    """
    served = application(data)
    with closing(listen(host, port)) as server_socket:
        shown = f"[{host}]" if ":" in host else host
        announce(f"http://{shown}:{server_socket.getsockname()[1]}/")
        app = behind_proxy(served.app())
        config = uvicorn.Config(
            app, log_level="warning", lifespan="on", timeout_graceful_shutdown=3, proxy_headers=False
        )
        gc.collect()
        gc.freeze()  # what was imported stays: looking it over again and again costs searches up to 10 ms
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[server_socket])
