"""Every saved page reads as the .json beside it says.

A page is tests/pages/<source>/<slug>.html.gz; its .json has "url", "source" and the "reading": its kind, then
every field of an article, or the reason why it is none. To add a page, save it there with a .json of "url" and
"source"; to write the readings anew after a change of a layout (whose version must rise in the same commit):

    python -m tests.test_pages

Then look at what git shows to have changed: the files are what we vouch for.
"""

import dataclasses
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from archive.items import Article
from crawler.pages import NotArticle, read
from crawler.parse import layouts_for

PAGES = Path(__file__).parent / "pages"
SAVED = sorted(PAGES.glob("*/*.json"))
SET_BY_SPIDER = {"source", "capture"}


def told_of(saved: Path) -> dict[str, Any]:
    return json.loads(saved.read_text("utf-8"))


def reading_of(saved: Path) -> Article | NotArticle:
    told = told_of(saved)
    body = gzip.decompress(saved.with_suffix(".html.gz").read_bytes())
    return read(body, told["url"], layouts_for(told["url"], told["source"]))


def as_told(reading: Article | NotArticle) -> dict[str, Any]:
    """A reading with all of its fields, as its .json has it."""
    if isinstance(reading, NotArticle):
        return {"kind": "not-article", "reason": reading.reason}
    fields = {name: value for name, value in dataclasses.asdict(reading).items() if name not in SET_BY_SPIDER}
    return {"kind": "article", **json.loads(json.dumps(fields, default=lambda moment: moment.isoformat()))}


@pytest.mark.parametrize("saved", SAVED, ids=lambda saved: f"{saved.parent.name}/{saved.stem}")
def test_page_reads_as_told(saved: Path) -> None:
    assert as_told(reading_of(saved)) == told_of(saved)["reading"]


def test_every_page_has_its_reading() -> None:
    pages = {page.name.removesuffix(".html.gz") for page in PAGES.glob("*/*.html.gz")}
    assert pages == {saved.stem for saved in SAVED}


def write_readings() -> None:
    """Write what the saved pages read as now into their .json files."""
    for saved in SAVED:
        told = told_of(saved) | {"reading": as_told(reading_of(saved))}
        saved.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    write_readings()
