"""The headers that keep pages harmless, and the addresses that are refused before anything reads them."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasette as datasette_package

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
COMMON = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
INERT = "default-src 'none'; sandbox; frame-ancestors 'none'"
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
CHOSEN_AT_RUNTIME = re.compile(r"\{\{.*?\}\}")
LONGEST_ADDRESS = 16_000
"""Characters of the longest address that is read at all; the longest page of results has fewer."""


def page_policy(*, images: bool = False) -> str:
    """Return the policy of our own pages: nothing inline, nothing foreign but pictures a reader asked for."""
    pictures = "'self' https: http:" if images else "'self'"
    return f"default-src 'none'; style-src 'self'; script-src 'self'; img-src {pictures}; connect-src 'self'; {COMMON}"


def inline_scripts(templates: Path) -> set[str]:
    """Return every inline script of the templates as a page may bear it.

    The one value that Datasette 0.65 writes into a script is true or false.
    """
    scripts = set()
    for template in sorted(templates.glob("*.html")):
        for script in INLINE_SCRIPT.findall(template.read_text(encoding="utf-8")):
            scripts |= {CHOSEN_AT_RUNTIME.sub(value, script) for value in ("true", "false")}
    return scripts


def datasette_policy() -> str:
    """Return the policy of Datasette's own pages: their scripts by hash, as the installed templates hold them."""
    templates = Path(datasette_package.__file__).parent / "templates"
    hashes = sorted(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in inline_scripts(templates)
    )
    return (
        f"default-src 'none'; script-src 'self' {' '.join(hashes)}; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; font-src 'self'; connect-src 'self'; {COMMON}"
    )


def wrap(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Wrap the application (ASGI 3): refuse unreadable addresses, add the headers that an answer lacks."""
    policy = datasette_policy()

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_safely(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _completed(list(message.get("headers", [])), policy)}
            await send(message)

        if _unreadable(scope):
            await _refuse(send_safely)
        else:
            await app(scope, receive, send_safely)

    return wrapped


def _completed(headers: list[Any], policy: str) -> list[Any]:
    present = {bytes(name).lower() for name, _ in headers}
    wanted = {**ALWAYS, "Content-Security-Policy": policy}
    missing = {name: value for name, value in wanted.items() if name.lower().encode() not in present}
    return [*headers, *((name.lower().encode(), value.encode()) for name, value in missing.items())]


def _unreadable(scope: dict[str, Any]) -> bool:
    path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    query = scope.get("query_string") or b""
    odd = not path.isascii() or not query.isascii() or b"%00" in path or b"\x00" in path
    return odd or len(path) + len(query) > LONGEST_ADDRESS


async def _refuse(send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    body = "Địa chỉ này không đọc được.\nThis address cannot be read.\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})
