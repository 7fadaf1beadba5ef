"""Which address leads to which page, and the hooks by which Datasette learns of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.plugins import pm
from datasette.utils.asgi import BadRequest, Forbidden, NotFound, Response
from pluggy import HookimplMarker

from archive.web import (
    article_pages,
    capture_pages,
    exports,
    faults,
    follow_pages,
    limits,
    search_page,
    security,
    sheets,
)
from archive.web.messages import LANGUAGES
from archive.web.pages import STATIC, asset
from archive.web.visit import Visit, archive_database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    View = Callable[[Visit], Awaitable[Response]]

hookimpl = HookimplMarker("datasette")

ID = r"(?P<id>[0-9]{1,18})"
ROUTES: tuple[tuple[str, View], ...] = (
    (r"/$", search_page.show),
    (r"/search\.(?P<form>csv|json|atom)$", exports.show),
    (rf"/article/{ID}$", article_pages.show),
    (rf"/article/{ID}/revision/(?P<number>[0-9]{{1,9}})$", article_pages.revision),
    (rf"/article/{ID}/history$", article_pages.history),
    (rf"/article/{ID}/compare/(?P<old>[0-9]{{1,9}})/(?P<new>[0-9]{{1,9}})$", article_pages.difference),
    (rf"/capture/{ID}$", capture_pages.show),
    (rf"/capture/{ID}/text$", capture_pages.text),
    (rf"/capture/{ID}/bytes$", capture_pages.as_received),
    (r"/changes$", follow_pages.changes),
    (r"/changes\.atom$", follow_pages.changes_feed),
    (r"/vanished$", follow_pages.vanished),
    (r"/vanished\.atom$", follow_pages.vanished_feed),
    (r"/sources$", follow_pages.sources),
)
TELLTALE = r"/-/(databases|threads|metadata|patterns|messages|allow-debug|password-tool)(\.json)?$"
"""Datasette's own pages about this machine: its folders, threads and settings; forms to try messages and hashes."""
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
YEAR = 365 * 24 * 60 * 60


def _guarded(view: View) -> Callable[..., Awaitable[Response]]:
    """Make a view into what Datasette calls: only who may read the database, only reading methods, own faults."""

    async def handle(request: Any, datasette: Any) -> Response:
        visit = Visit(datasette, request)
        if request.method not in ("GET", "HEAD"):
            fault = BadRequest(visit.messages.gettext("These pages can only be read."))
            return faults.answer(datasette, request, fault)
        try:
            visit.one_of("lang", *LANGUAGES)
            name = archive_database(datasette).name
            await datasette.ensure_permissions(request.actor, [("view-database", name), "view-instance"])
            return await view(visit)
        except Exception as fault:  # noqa: BLE001 — whatever it is, a reader gets a page
            return faults.answer(datasette, request, fault)

    return handle


async def robots() -> Response:
    """Answer `/robots.txt`: an archive of other people's articles is not for search engines."""
    return Response.text("User-agent: *\nDisallow: /\n")


async def telltale(datasette: Any, request: Any) -> Response:
    """Answer for TELLTALE as for any address without a page."""
    return faults.answer(datasette, request, NotFound(""))


async def static(request: Any) -> Response:
    """Answer a file of `static/`; its address bears a mark of its content, so it may be kept for a year."""
    name = request.url_vars["name"]
    kept = asset(name) == request.path.partition("?")[0][-len(asset(name)) :]
    cache = f"public, max-age={YEAR}, immutable" if kept else "no-cache"
    return Response(
        (STATIC / name).read_bytes(),
        headers={"Cache-Control": cache},
        content_type=f"{TYPES[name[name.rindex('.') :]]}; charset=utf-8",
    )


def _serves_a_file(datasette: Any) -> bool:
    return any(db.path for db in datasette.databases.values())


@hookimpl(tryfirst=True)
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    """Give Datasette the pages of the newsroom, where it serves a file at all."""
    if not _serves_a_file(datasette):
        return []
    names = "|".join(sorted(path.name for path in STATIC.iterdir() if path.suffix in TYPES)).replace(".", r"\.")
    return [
        *((pattern, _guarded(view)) for pattern, view in ROUTES),
        (r"/robots\.txt$", robots),
        (TELLTALE, telltale),
        (rf"/-/newsroom/[0-9a-f]{{12}}/(?P<name>{names})$", static),
    ]


@hookimpl
def asgi_wrapper() -> Callable[..., Any]:
    """Put the safe headers on every answer of this server."""
    return security.wrap


@hookimpl
def startup() -> None:
    """Take over limits, faults and CSV: Datasette's own handler prints every local variable for each missing page."""
    sheets.take_over()
    limits.take_over()
    if pm.has_plugin("datasette.handle_exception"):
        pm.unregister(name="datasette.handle_exception")


@hookimpl
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Response:
    """Answer a fault on any page, Datasette's own included."""
    return faults.answer(datasette, request, exception)


@hookimpl
def forbidden(datasette: Any, request: Any, message: str) -> Response:
    """Answer where a reader may not go."""
    return faults.answer(datasette, request, Forbidden(message))


@hookimpl
def extra_template_vars(datasette: Any, request: Any, view_name: str, table: str | None) -> dict[str, Any]:
    """Give Datasette's own pages the newsroom's frame, and the row page of an article the way to its page."""
    if request is None or not _serves_a_file(datasette):
        return {}
    visit = Visit(datasette, request)
    told = visit.messages
    frame: dict[str, Any] = {"visit": visit, "address": visit.address, "_": told.gettext, "asset": asset}
    frame |= {"language": told.language, "languages": LANGUAGES}
    if (view_name, table) == ("row", "articles"):
        frame["read_in_newsroom"] = told.gettext("Read this article in the newsroom")
    return frame
