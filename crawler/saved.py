"""A look at an unknown newspaper through pages that somebody saved: nothing is fetched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from archive.schema import ArchiveError
from archive.urls import host, in_domains
from crawler import survey
from crawler.fields import text_of
from crawler.fixtures import page_of
from crawler.look import Look, is_article, settle
from crawler.pages import NotArticle, read
from crawler.trailers import squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crawler.scout import Page

# What browsers write into pages that they save.
SAVED_FROM = re.compile(rb"<!-- saved from url=\(\d+\)(\S+) -->")
SNIFFED = 2048
UNPLACED = ".saved"
"""How an address ends that is none of the paper's: it stands for that of a page which does not tell its own."""


def from_files(look: Look, files: Sequence[str]) -> None:
    """Take saved pages apart into a listing and articles; feeds are what they name, sections those of the menus.

    Raises ArchiveError, with what each file is, when none holds an article.
    """
    from crawler.scout import Page  # Scrapy takes half a second to import

    bodies = {path: page_of(path) for path in dict.fromkeys(files)}
    linked = headlines(Page(look.url, body) for body in bodies.values())
    for path, body in bodies.items():
        take(look, Page(address_of(look.url, path, body, linked), body))
    if not look.articles:
        told = "; ".join(f"{Path(path).name}: {verdict(look.url, path, body)}" for path, body in bodies.items())
        raise ArchiveError(f"no article in the saved pages ({told}): give the front page and one article or more")
    settle(look, look.listed, [page.url for page in look.articles if not page.url.endswith(UNPLACED)])


def take(look: Look, page: Page) -> None:
    """Note what one saved page says."""
    document = survey.document_of(page)
    look.sections += [url for url in survey.sections_of(document) if url not in look.sections]
    look.feeds += [url for url in survey.declared_feeds(document) if url not in look.feeds]
    look.listed += survey.stories_of(document)
    if not is_article(page):
        look.listing = look.listing or page
    elif all(page.url != known.url for known in look.articles):
        look.articles.append(page)


def headlines(pages: Iterable[Page]) -> dict[str, str]:
    """Return where the headlines lead that the pages link to, by their letters alone."""
    found: dict[str, str] = {}
    for page in pages:
        document = survey.document_of(page)
        for link in survey.LINKS.on(document):
            for url in survey.on_site(document, [link]):
                found.setdefault(squeezed(text_of(link)), url)
    return found


def address_of(home: str, path: str, body: bytes, linked: Mapping[str, str]) -> str:
    """Return the address of a saved page: the one it declares, else where another page links its headline to.

    Where nothing tells it, the file's name stands for it; a front page is no such page.
    """
    from crawler.scout import Page

    document = survey.document_of(Page(home, body))
    saved_from = [found[1].decode("ascii", "replace") for found in SAVED_FROM.finditer(body, 0, SNIFFED)]
    site = (host(home).removeprefix("www."),)
    declared = [url for url in [*survey.declared_addresses(document), *saved_from] if in_domains(url, site)]
    if declared:
        return declared[0]
    named = urljoin(home, f"/{Path(path).name.partition('.')[0]}{UNPLACED}")
    if isinstance(reading := read(body, named), NotArticle):
        return home
    return linked.get(squeezed(reading.title), named)


def verdict(home: str, path: str, body: bytes) -> str:
    """Say why a saved page is no article."""
    reading = read(body, address_of(home, path, body, {}))
    return f"no article ({reading.reason})" if isinstance(reading, NotArticle) else "an article"
