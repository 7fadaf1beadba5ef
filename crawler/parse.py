"""The command `baotinh parse`: saved pages in, readings as JSON out; no archive, no network."""

from __future__ import annotations

import json
import re
import sys
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.urls import canonical, in_domains
from crawler.pages import NotArticle, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from archive.items import Article
    from crawler.base import NewsSpider
    from crawler.pages import ArticlePage

LARGEST_PAGE = 64 * 1024 * 1024
"""Bytes of a page at most, unpacked: far above any real page, far below what a gzip bomb holds."""
FIELDS = (
    "url", "title", "lead", "body", "published_at", "modified_at", "published_raw", "authors", "section", "tags",
    "language", "images", "comment_count", "source_url", "reader", "field_sources",
)  # fmt: skip
"""Keys of an article's object, in order; they are public."""
SURROGATES = re.compile("[\ud800-\udfff]")
GZIP_MAGIC = b"\x1f\x8b"


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--url", help="The address that the page was saved from.")
@click.option("--source", help="Read with this source's layouts; else the address tells the source.")
@click.option("--jsonl", is_flag=True, help='FILE (or standard input) holds lines {"id", "url", "path"}.')
def parse(file: str | None, url: str | None, source: str | None, *, jsonl: bool) -> None:
    """Read a saved page (HTML, gzip, or - for standard input) and print what it says as JSON.

    With --jsonl many pages are read, each given by a line; one that cannot be read gives a line with the kind
    "error", and the rest is read all the same.
    """
    if jsonl:
        with click.open_file(file or "-", "r", encoding="utf-8", errors="replace") as lines:
            for answer in answers(lines, source):
                click.echo(as_line(answer))
        return
    if file is None or url is None:
        raise click.UsageError("give a FILE and the --url it was saved from, or --jsonl")
    try:
        answer = as_json(read(page(file), checked(url), layouts_for(url, source)), url)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def as_line(answer: dict[str, Any]) -> str:
    """An object as one line of JSON; what UTF-8 cannot write (a lone surrogate) is escaped."""
    line = json.dumps(answer, ensure_ascii=False)
    return line if line.isascii() or not SURROGATES.search(line) else json.dumps(answer)


def answers(lines: Iterable[str], source: str | None) -> Iterator[dict[str, Any]]:
    """Read the page of each line and give its answer, the line's id kept; blank lines are passed over."""
    for line in filter(str.strip, lines):
        asked: Any = None
        try:
            asked = json.loads(line)
            url = checked(asked["url"])
            answer = as_json(read(page(asked["path"]), url, layouts_for(url, source)), url)
        except click.UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one page must not end the run
            answer = {"kind": "error", "error": complaint(error)}
        name = asked.get("id") if isinstance(asked, dict) else None
        yield {"id": name, **answer}


def complaint(error: Exception) -> str:
    """Say in one line why a page could not be read."""
    if isinstance(error, KeyError):
        return f"the line has no {error}: give id, url and path"
    return " ".join(f"{type(error).__name__}: {error}".split())


def checked(url: str) -> str:
    """Return an address as it is; raises ValueError when it is not an absolute http(s) address."""
    canonical(url)
    return url


def page(path: str) -> bytes:
    """Return the bytes of a page in a file, a gzip file or standard input ("-").

    Raises OSError when it cannot be read, ValueError when it is larger than LARGEST_PAGE or broken gzip.
    """
    if path == "-":
        return unpacked(sys.stdin.buffer, "standard input")
    with Path(path).open("rb") as stream:
        return unpacked(stream, path)


def unpacked(stream: BinaryIO, name: str) -> bytes:
    """Return all that is in a stream, decompressed where it is gzip."""
    body = stream.read(LARGEST_PAGE + 1)
    if body.startswith(GZIP_MAGIC):
        gunzip = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: gzip's header and checksum
        try:
            body = gunzip.decompress(body, LARGEST_PAGE + 1)
        except zlib.error as error:
            raise ValueError(f"{name} is not a gzip file: {error}") from error
        if not gunzip.eof and len(body) <= LARGEST_PAGE:
            raise ValueError(f"{name} is a gzip file without its end")
    if len(body) > LARGEST_PAGE:
        raise ValueError(f"{name} is larger than {LARGEST_PAGE >> 20} MiB")
    return body


def layouts_for(url: str, source: str | None) -> tuple[type[ArticlePage], ...]:
    """Return the layouts of a source, given by name or else by the address; those of all for no source's.

    Raises click.UsageError for an unknown name.
    """
    known = sources()
    if source is not None and source not in known:
        raise click.UsageError(f"unknown source {source!r}: `scrapy list` names those there are")
    named = [known[source]] if source is not None else []
    chosen = named or [spider for spider in known.values() if in_domains(url, spider.as_source().domains)]
    return tuple(dict.fromkeys(layout for spider in chosen or known.values() for layout in spider.layouts))


@cache
def sources() -> dict[str, type[NewsSpider]]:
    """Return the spider class of every source by its name."""
    # Scrapy takes half a second to import.
    from crawler.run import spiders

    return spiders()


def as_json(reading: Article | NotArticle, url: str) -> dict[str, Any]:
    """Return a reading as an object for JSON: its kind, then the fields, times as ISO 8601."""
    if isinstance(reading, NotArticle):
        return {"kind": "not-article", "reason": reading.reason, "detail": reading.detail, "url": url}
    fields = {name: getattr(reading, name) for name in FIELDS}
    for name in ("published_at", "modified_at"):
        fields[name] = fields[name].isoformat() if fields[name] is not None else None
    return {
        "kind": "article",
        **fields,
        "images": [{"url": image.url, "caption": image.caption} for image in reading.images],
        "field_sources": dict(reading.field_sources),
    }
