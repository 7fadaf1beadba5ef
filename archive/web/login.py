"""An optional login: readers whom a reverse proxy vouches for by a header, or who give a password.

In metadata.yml the first is `plugins: baotinh: login_header`, the second `plugins: datasette-auth-passwords`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from datasette.plugins import pm
from pluggy import HookimplMarker

from archive.schema import ArchiveError

hookimpl = HookimplMarker("datasette")

LOOPBACK = ("127.0.0.1", "::1")
PASSWORDS = "datasette-auth-passwords"
PASSWORDS_PLUGIN = "auth_passwords"


def use_passwords(described: dict[str, Any]) -> None:
    """Let the password plugin work where the metadata configures it, and nowhere else: its pages cost time.

    Raises ArchiveError when it is configured but not installed.
    """
    wanted = PASSWORDS in (described.get("plugins") or {})
    if not wanted and pm.has_plugin(PASSWORDS_PLUGIN):
        pm.unregister(name=PASSWORDS_PLUGIN)
    if wanted and not pm.has_plugin(PASSWORDS_PLUGIN):
        try:
            pm.register(import_module("datasette_auth_passwords"), PASSWORDS_PLUGIN)
        except ModuleNotFoundError as error:
            message = f"metadata.yml asks for passwords: install {PASSWORDS} (pip install 'baotinh[passwords]')"
            raise ArchiveError(message) from error


def asks_for_passwords(datasette: Any) -> bool:
    """Tell whether readers sign in at `/-/login`."""
    return datasette.plugin_config(PASSWORDS) is not None


def _settings(datasette: Any) -> dict[str, Any]:
    return datasette.plugin_config("baotinh") or {}


@hookimpl
def actor_from_request(datasette: Any, request: Any) -> dict[str, str] | None:
    """Return the reader whom the proxy names; a header from any address but the proxy's counts for nothing."""
    settings = _settings(datasette)
    header = settings.get("login_header")
    caller = (request.scope.get("baotinh.caller") or request.scope.get("client") or ("",))[0]
    if not header or caller not in settings.get("login_from", LOOPBACK):
        return None
    name = request.headers.get(str(header).lower(), "").strip()
    return {"id": name} if name else None


@hookimpl
def permission_allowed(datasette: Any, actor: dict[str, Any] | None, action: str) -> bool | None:
    """Keep everyone out who is not signed in, once a login is set up; else say nothing."""
    reads = action.startswith("view-") or action == "execute-sql"
    return False if reads and actor is None and _settings(datasette).get("login_header") else None
