"""Templates → pages: the one Jinja environment of the newsroom, and what every template may use."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from datasette.utils.asgi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from archive.grades import paragraphs
from archive.search import marked_html
from archive.times import moment
from archive.web.marks import shown
from archive.web.messages import LANGUAGES, locale_of
from archive.web.security import page_policy

if TYPE_CHECKING:
    from archive.web.visit import Visit

HERE = Path(__file__).parent
STATIC = HERE / "static"
LONGEST_SPARKLINE = 200


@lru_cache
def environment() -> Environment:
    """Build the environment: everything is escaped, an unknown name is an error."""
    loader = FileSystemLoader(HERE / "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"marked": marked, "outward": outward, "tongue": tongue, "paragraphs": paragraphs, "shown": shown}
    made.globals |= {"languages": LANGUAGES, "asset": asset, "sparkline": sparkline}
    return made


def page(visit: Visit, template: str, *, status: int = 200, images: bool = False, **values: Any) -> Response:
    """Answer with a page; `images` lets it load pictures from the newspapers (nothing else ever does)."""
    html = render(visit, template, **values)
    headers = {
        "Content-Security-Policy": page_policy(images=images),
        "Content-Language": visit.messages.language,
    }
    response = visit.answer(html, "text/html; charset=utf-8", headers=headers)
    if status != HTTPStatus.OK:
        response = Response.html(html, status=status, headers={**headers, "Cache-Control": "no-store"})
    return response


def render(visit: Visit, template: str, **values: Any) -> str:
    """Fill in a template in the reader's language."""
    told = visit.messages
    return (
        environment()
        .get_template(template)
        .render(
            visit=visit,
            address=visit.address,
            language=told.language,
            _=told.gettext,
            ngettext=told.ngettext,
            number=told.number,
            clock=told.clock,
            day=told.day,
            month=told.month,
            language_name=told.language_name,
            **values,
        )
    )


def marked(text: str | None) -> Markup:
    """Escape a text of the search and show what was found in it."""
    return Markup(marked_html(text or ""))  # noqa: S704 — escaped by search


def outward(url: str | None) -> str | None:
    """Return an address that a link may lead to: http or https with a host, None for any other."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def tongue(code: str | None) -> Markup:
    """Return the attributes `lang` and `dir` for a text in this language (dir=auto where it is unknown)."""
    locale = locale_of(code) if code else None
    if locale is None:
        return Markup('dir="auto"')
    return Markup('lang="{}" dir="{}"').format(escape(code), locale.text_direction)


def sparkline(counts: list[tuple[str, int]], *, width: int = 200, height: int = 40) -> str:
    """Return the points of a line through the counts, each at its time, for `<polyline points>`.

    Counts whose times cannot be read, or that were all seen at once, stand evenly spaced.
    """
    counts = counts[-LONGEST_SPARKLINE:]
    top = max([*(count for _, count in counts), 1])
    places = _places([stamp for stamp, _ in counts])
    return " ".join(
        f"{place * width:.1f},{height - 2 - count * (height - 4) / top:.1f}"
        for place, (_, count) in zip(places, counts, strict=True)
    )


def _places(stamps: list[str]) -> list[float]:
    """Return where times stand between the first (0) and the last (1)."""
    try:
        times = [moment(stamp).timestamp() for stamp in stamps]
    except (ValueError, OverflowError):
        times = []
    if len(times) > 1 and times[0] < times[-1] and times == sorted(times):
        return [(time - times[0]) / (times[-1] - times[0]) for time in times]
    return [place / max(1, len(stamps) - 1) for place in range(len(stamps))]


@lru_cache
def asset(name: str) -> str:
    """Return the path of a file of `static/` with a mark of its content, so that it may be kept for a year."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/-/newsroom/{mark}/{name}"
