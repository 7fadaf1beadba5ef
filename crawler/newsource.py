"""The command `baotinh new-source`: looks at a newspaper's site and writes its spider and its first saved pages."""

from __future__ import annotations

import re
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from archive.schema import ArchiveError
from archive.urls import in_domains
from crawler import survey
from crawler.fixtures import as_told, checkout_pages, save, told
from crawler.look import Look, from_site
from crawler.pages import read
from crawler.parse import checked, sources
from crawler.saved import UNPLACED, from_files
from crawler.spider_file import spider

if TYPE_CHECKING:
    from collections.abc import Sequence

SPIDERS = Path(__file__).parent / "spiders"
NAME = re.compile(r"[a-z][a-z0-9_]{2,30}")
NO_PATTERN = "article_url: no ending recurs, so only addresses with five digits are taken: write what tells articles"


@click.command("new-source")
@click.argument("name")
@click.argument("url")
@click.argument("more", metavar="[FILE]...", nargs=-1)
@click.option("--from", "files", multiple=True, metavar="FILE", help="A saved page to look at; nothing is fetched.")
@click.option("--origin", help="Ask this place instead of the paper's own (a mirror, a test).")
@click.option("--spiders", type=click.Path(file_okay=False, path_type=Path), help="Where the spider file goes.")
@click.option("--pages", type=click.Path(file_okay=False, path_type=Path), help="Where the saved pages go.")
def new_source(
    name: str,
    url: str,
    more: tuple[str, ...],
    files: tuple[str, ...],
    origin: str | None,
    spiders: Path | None,
    pages: Path | None,
) -> None:
    """Look at the newspaper at URL and write its spider NAME, with a listing and three articles as saved pages.

    It names the CMS family, finds feeds, sitemaps, sections and the address pattern of articles, under the rules
    of every crawl. With --from it looks at pages that were saved: the front page and a few articles.
    """
    pages = pages or checkout_pages()
    target = (spiders or SPIDERS) / f"{name}.py"
    if more and not files:
        raise click.UsageError(f"what is {more[0]!r} for? saved pages are given by --from FILE…")
    check(name, url, target)
    look = look_at(url, (*files, *more), origin)
    family, layouts = survey.family_of(look.articles, sources().values())
    for page in [*filter(None, [look.listing]), *look.articles]:
        saved = save(pages, name, page.url, page.body, layouts, force=True)
        click.echo(f"{saved}: {told(as_told(read(page.body, page.url, layouts)))}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(spider(name, look, family, layouts), "utf-8")
    click.echo(f"{target}: {family or 'no known family'}, {look.pattern and look.pattern.regex}")
    for line in to_check(name, look, family):
        click.echo(f"- {line}")


def look_at(url: str, files: Sequence[str], origin: str | None) -> Look:
    """Look at a site, or at saved pages of it; raises ArchiveError when no article is found."""
    look = Look(with_small_host(url))
    if files:
        from_files(look, files)
    else:
        from_site(look, origin)
    if not look.articles:
        raise ArchiveError(f"no article found at {url}{look.why}: save a few pages and give them by --from")
    return look


def with_small_host(url: str) -> str:
    """Return an address with its host in small letters, as pages link to it."""
    parts = urlsplit(url.strip())
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def check(name: str, url: str, target: Path) -> None:
    """Raise UsageError for a name that is none or taken, and for an address that is none."""
    if not NAME.fullmatch(name) or iskeyword(name):
        raise click.UsageError(f"{name!r} is no name: small letters, digits and _, such as baosuoicat")
    if name in sources() or target.exists():
        raise click.UsageError(f"{name} is there already: see {target}")
    try:
        checked(url)
    except ValueError as error:
        raise click.UsageError(f"{error}: give the front page's, such as https://baosuoicat.example/") from error
    taken = next((known for known, source in sources().items() if in_domains(url, source.as_source().domains)), None)
    if taken:
        raise click.UsageError(f"{url} is read by the source {taken} already")


def to_check(name: str, look: Look, family: str | None) -> list[str]:
    """List what a person must look at before the source is crawled."""
    counts = ", ".join(f"{len(urls)} {kind.removesuffix('s') if len(urls) == 1 else kind}" for kind, urls in look.roads)
    pattern = look.pattern
    unplaced = sum(page.url.endswith(UNPLACED) for page in look.articles)
    return [
        f"found: {counts}{look.why}; the spider holds as many as fit a line",
        f"article_url matches {pattern.matched} of {pattern.of} addresses" if pattern else NO_PATTERN,
        *(
            [f"{unplaced} of the pages do not say where they are from: put their address into the .json"]
            * bool(unplaced)
        ),
        *([] if family else ["no layout knows these pages: write one, or see whether the generic readings will do"]),
        "the saved readings: title, lead, date, authors, body and comment count as the pages print them",
        "the spider: title and province (provinces_before, former_domains), and what its docstring calls a guess",
        "addresses of articles for tests/test_sources.py, and `baotinh sources --markdown > docs/papers.md`",
        f"a first crawl: baotinh crawl {name} --limit 5",
    ]
