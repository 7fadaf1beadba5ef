"""From the bytes of a page to an Article, or to the reason why it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.charsets import as_utf8, supposed_utf8
from crawler.documents import Document
from crawler.generic import GenericPage
from crawler.layouts import ArticlePage
from crawler.verdicts import NotArticle, bare, listed, no_article, not_markup, other_file, unfounded, unread, walled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from archive.items import Article

__all__ = ["ArticlePage", "GenericPage", "NotArticle", "read"]


def read(
    body: bytes | str,
    url: str,
    layouts: Sequence[type[ArticlePage]] = (),
    *,
    content_type: str | None = None,
    captured_at: datetime | None = None,
) -> Article | NotArticle:
    """Read a page with the first of `layouts` that fits, the generic one last. Pure, safe in a thread.

    `body` is decoded of its content encoding; `url` is the paper's own address; `content_type` is the header's
    value. `captured_at` (aware) is what relative dates are counted from. Never raises on any bytes.
    """
    if (verdict := other_file(body, content_type)) is not None:
        return verdict
    page = body.encode("utf-8", "replace") if isinstance(body, str) else supposed_utf8(body, content_type)
    if (verdict := not_markup(page)) is not None:
        return verdict
    document = Document(page, url)
    if document.garbled and isinstance(body, bytes):
        document = Document(as_utf8(body, content_type), url)
    if document.cut:
        return NotArticle("not-html", "the markup is nested too deep to be read to its end")
    families = [layout for layout in layouts if layout is not GenericPage and layout.matches(document)]
    for layout in families:
        reading = layout(document, captured_at).article()
        if reading is not None:
            return unread(document, reading, layout.filled_by_script) or unfounded(document, reading) or reading
    return no_article(document, known_family=bool(families)) or _generic(document, captured_at)


def _generic(document: Document, captured_at: datetime | None) -> Article | NotArticle:
    """Read a page that no family's layout fits."""
    reading = GenericPage(document, captured_at).article()
    if reading is None:
        return NotArticle("empty", "the page has no headline")
    verdict = unread(document, reading, GenericPage.filled_by_script) or walled(document, reading)
    if verdict is not None:
        return verdict
    if (verdict := listed(document, reading)) is not None:
        return verdict
    if bare(document, reading):
        return NotArticle("empty", "the page has no date, and no text or next to none")
    return reading
