"""An optional login: readers whom a reverse proxy vouches for by a header (`plugins: baotinh: login_header`)."""

from __future__ import annotations

from typing import Any

from pluggy import HookimplMarker

hookimpl = HookimplMarker("datasette")

LOOPBACK = ("127.0.0.1", "::1")


def _settings(datasette: Any) -> dict[str, Any]:
    return datasette.plugin_config("baotinh") or {}


@hookimpl
def actor_from_request(datasette: Any, request: Any) -> dict[str, str] | None:
    """Return the reader whom the proxy names; a header from any address but the proxy's counts for nothing."""
    settings = _settings(datasette)
    header = settings.get("login_header")
    client = (request.scope.get("client") or ("",))[0]
    if not header or client not in settings.get("login_from", LOOPBACK):
        return None
    name = request.headers.get(str(header).lower(), "").strip()
    return {"id": name} if name else None


@hookimpl
def permission_allowed(datasette: Any, actor: dict[str, Any] | None, action: str) -> bool | None:
    """Keep everyone out who is not signed in, once a login is set up; else say nothing."""
    reads = action.startswith("view-") or action == "execute-sql"
    return False if reads and actor is None and _settings(datasette).get("login_header") else None
