"""The command `baotinh fixture`: saved pages that the tests read, each with the reading that we vouch for."""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from archive.schema import ArchiveError
from archive.text import fold
from archive.urls import in_domains
from crawler.pages import NotArticle, read
from crawler.parse import checked, layouts_for, page, sources
from crawler.sources import SAVED_PAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.items import Article
    from crawler.pages import ArticlePage
    from crawler.scout import Fetch

SET_BY_SPIDER = frozenset({"source", "capture"})
LONGEST_SLUG = 40
SUFFIX = re.compile(r"\.\w{2,5}$")
NUMBERED = re.compile(r"-(?:[a-z]{0,6}\d{3,}|[0-9a-f]{7,})$")


@click.command()
@click.argument("name")
@click.argument("page_from", metavar="PAGE")
@click.option("--url", help="The address that FILE was saved from.")
@click.option("--origin", help="Ask this place instead of the paper's own (a mirror, a test).")
@click.option("--pages", "folder", type=click.Path(file_okay=False, path_type=Path), help="Where saved pages lie.")
@click.option("--force", is_flag=True, help="Overwrite a page that is saved already.")
def fixture(
    name: str, page_from: str, url: str | None, origin: str | None, folder: Path | None, *, force: bool
) -> None:
    """Save one more page of the newspaper NAME for the tests, with the reading that it has now.

    The page comes from its address, or from a FILE (HTML, gzip) that was saved from --url. Look at the .json:
    the tests hold every later reading against it.
    """
    source = sources().get(name)
    if source is None:
        raise click.UsageError(f"unknown source {name!r}: `scrapy list` names those there are")
    address = url or page_from
    try:
        is_own = in_domains(checked(address), source.as_source().domains)
    except ValueError as error:
        raise click.UsageError(f"{error}: give an address, or a FILE and the --url it was saved from") from error
    if not is_own:
        raise click.UsageError(f"{address} lies on no host of {name} ({', '.join(source.allowed_domains)})")
    if url is None:
        address, body = fetched(address, origin)
    else:
        body = page_of(page_from)
    saved = save(folder or checkout_pages(), name, address, body, source.layouts, force=force)
    click.echo(f"{saved}: {told(json.loads(saved.read_text('utf-8'))['reading'])}")


def page_of(path: str) -> bytes:
    """Return the bytes of a saved page; raises UsageError when it cannot be read."""
    try:
        return page(path)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from error


def fetched(url: str, origin: str | None) -> tuple[str, bytes]:
    """Fetch one page under the rules of a crawl; raises ArchiveError when it is not to be had."""
    from crawler.scout import send  # Scrapy takes half a second to import

    found: list[tuple[str, bytes]] = []

    async def errand(fetch: Fetch) -> None:
        if (answer := await fetch(url)) is not None:
            found.append((answer.url, answer.body))

    missing = send(errand, url, origin)
    if not found:
        raise ArchiveError(f"{url}: {next(iter(missing), 'no answer')}")
    return found[0]


def checkout_pages() -> Path:
    """Return where this checkout keeps its saved pages; raises UsageError outside of one."""
    if not SAVED_PAGES.is_dir():
        raise click.UsageError("baotinh does not run from a checkout here: name the folder of saved pages by --pages")
    return SAVED_PAGES


def save(
    folder: Path, name: str, url: str, body: bytes, layouts: Sequence[type[ArticlePage]], *, force: bool = False
) -> Path:
    """Save a page and its reading; returns the path of the .json.

    A page that is no article is named `not-…`, after its reason; another page of the same name gets a number.
    Raises UsageError when the page is saved already and `force` is not given.
    """
    reading = read(body, url, layouts)
    slug = f"not-{reading.reason}" if isinstance(reading, NotArticle) else slug_of(url, reading.title)
    path = place_of(folder / name, slug, url)
    if path.exists() and not force:
        raise click.UsageError(f"{path} is there already: --force overwrites it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".html.gz").write_bytes(gzip.compress(body, mtime=0))
    record = {"url": url, "source": name, "reading": as_told(reading)}
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path


def place_of(folder: Path, slug: str, url: str) -> Path:
    """Return where the page at `url` is saved, or is to be: beside another one of its name, not over it."""
    names = (f"{slug}.json" if number == 1 else f"{slug}-{number}.json" for number in count(1))
    return next(path for name in names if not (path := folder / name).exists() or saved_from(path) == url)


def saved_from(path: Path) -> str | None:
    """Return the address of a saved page, None when its .json does not tell it."""
    try:
        record = json.loads(path.read_text("utf-8"))
    except ValueError:
        return None
    return record.get("url") if isinstance(record, dict) else None


def slug_of(url: str, title: str) -> str:
    """Return a short name for a page: the words of its address, else those of its title."""
    segment = SUFFIX.sub("", urlsplit(url).path.rstrip("/").rpartition("/")[2].lower())
    words = NUMBERED.sub("", segment)
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", words):
        words = "-".join(re.findall(r"[a-z0-9]+", fold(title))) or "page"
    return words if len(words) <= LONGEST_SLUG else words[:LONGEST_SLUG].rpartition("-")[0] or words[:LONGEST_SLUG]


def as_told(reading: Article | NotArticle) -> dict[str, Any]:
    """Return a reading with all of its fields, as the .json of a saved page has it."""
    if isinstance(reading, NotArticle):
        return {"kind": "not-article", "reason": reading.reason}
    fields = {key: value for key, value in dataclasses.asdict(reading).items() if key not in SET_BY_SPIDER}
    return {"kind": "article", **json.loads(json.dumps(fields, default=lambda moment: moment.isoformat()))}


def told(reading: dict[str, Any]) -> str:
    """Say in one line what a saved reading holds, so that a person sees what is missing."""
    if reading["kind"] != "article":
        return f"no article ({reading['reason']})"
    parts = [
        f"by {reading['reader']}",
        repr(reading["title"]),
        reading["published_at"] or "no date",
        f"{len(reading['body'])} characters of body",
        ", ".join(reading["authors"]) or "no author",
        "lead" if reading["lead"] else "no lead",
        "comments unknown" if reading["comment_count"] is None else f"{reading['comment_count']} comments",
    ]
    return "; ".join(parts)


def reread(path: Path) -> dict[str, Any]:
    """Return what a saved page, named by its .json, reads as now."""
    record = json.loads(path.read_text("utf-8"))
    body = gzip.decompress(path.with_suffix(".html.gz").read_bytes())
    return as_told(read(body, record["url"], layouts_for(record["url"], record["source"])))
