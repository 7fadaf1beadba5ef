"""The command `baotinh sources`: which newspapers there are, and on what facts their spiders stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.base import NewsSpider

SAVED_PAGES = Path(__file__).parents[1] / "tests" / "pages"
FIRST_DEMO = 9000
"""Sources from this number on are simulated."""
HEADING = """# The papers

One provincial newspaper a row; made by `baotinh sources --markdown`, do not edit. Provinces are those since
July 2025, with those up to June 2025 that the paper now covers. Saved pages lie in `tests/pages/<name>`.

Confidence is the weakest grade of the facts that the spider needs: **raw** (seen in a saved page of the paper),
**code** (a working crawler uses it), **url** (an address was seen), **guess**. Where a fact is a guess, the
spider's docstring says which, several roads are given (feed, sitemap, section), and each run says which answered.

"""
COLUMNS = ("Paper", "Province", "Before July 2025", "Family", "Discovered by", "Saved pages", "Confidence")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print every source as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the page docs/papers.md.")
def sources(*, as_json: bool, as_markdown: bool) -> None:
    """List the newspapers: province, family, how articles are discovered, saved pages, confidence."""
    if as_json and as_markdown:
        raise click.UsageError("give --json or --markdown, not both")
    known = all_sources()
    if as_json:
        click.echo(json.dumps([record(source) for source in known], ensure_ascii=False, indent=2))
    elif as_markdown:
        click.echo(markdown(known), nl=False)
    else:
        Console().print(table(known))


def all_sources() -> list[type[NewsSpider]]:
    """Return the spider class of every source, in the order of their numbers."""
    from crawler.run import spiders  # Scrapy takes half a second to import

    return sorted(cast("Iterable[type[NewsSpider]]", spiders().values()), key=lambda source: source.number)


def papers(known: Iterable[type[NewsSpider]]) -> list[type[NewsSpider]]:
    """Return the provincial papers among the sources: no syndicator, nothing simulated."""
    return [source for source in known if source.province and source.number < FIRST_DEMO]


def record(source: type[NewsSpider]) -> dict[str, Any]:
    """Return a source as an object for JSON; its keys are public."""
    return {
        "name": source.name,
        "number": source.number,
        "title": source.title,
        "province": source.province,
        "provinces_before": list(source.provinces_before),
        "language": source.language,
        "family": source.family,
        "readers": [layout.reader() for layout in source.layouts],
        "domains": list(source.allowed_domains),
        "former_domains": list(source.former_domains),
        "feeds": list(source.feeds),
        "sitemaps": list(source.sitemaps),
        "sections": list(source.sections),
        "saved_pages": saved_pages(source),
        "confidence": source.confidence,
    }


def saved_pages(source: type[NewsSpider]) -> int | None:
    """Count a source's saved pages; None where the tests are not at hand."""
    if not SAVED_PAGES.is_dir():
        return None
    return len(list((SAVED_PAGES / str(source.name)).glob("*.html.gz")))


def discovery(source: type[NewsSpider]) -> str:
    """Say how a source's articles are discovered, such as `3 feeds, sitemap, 8 sections`."""
    kinds = (("feed", source.feeds), ("sitemap", source.sitemaps), ("section", source.sections))
    return ", ".join(counted(kind, addresses) for kind, addresses in kinds if addresses)


def counted(kind: str, addresses: Sequence[str]) -> str:
    """Say how many there are of a kind, `sitemap` for one and `2 sitemaps` for more."""
    return kind if len(addresses) == 1 else f"{len(addresses)} {kind}s"


def cells(source: type[NewsSpider]) -> tuple[str, ...]:
    """Return a source's row under COLUMNS."""
    pages = saved_pages(source)
    return (
        source.title,
        source.province or "",
        ", ".join(source.provinces_before),
        source.family or "",
        discovery(source),
        "" if pages is None else str(pages),
        source.confidence,
    )


def markdown(known: Iterable[type[NewsSpider]]) -> str:
    """Return the page docs/papers.md: the provincial papers as a Markdown table."""
    rows = [("---",) * len(COLUMNS)]
    for source in papers(known):
        title, *rest = cells(source)
        rows.append((f"[{title}](https://{source.allowed_domains[0]}/) `{source.name}`", *rest))
    return HEADING + "".join(f"| {' | '.join(row)} |\n" for row in [COLUMNS, *rows])


def table(known: Iterable[type[NewsSpider]]) -> Table:
    """Return all sources as a table for the terminal."""
    shown = Table("No.", "Name", *COLUMNS)
    for source in known:
        shown.add_row(str(source.number), source.name, *cells(source))
    return shown
