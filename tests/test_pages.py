"""Every saved page reads as the .json beside it says.

A page is tests/pages/<source>/<slug>.html.gz; its .json has "url", "source" and the "reading": its kind, then
every field of an article, or the reason why it is none. `baotinh fixture` adds a page; to write the readings anew
after a change of a layout (whose version must rise in the same commit):

    python -m tests.test_pages

Then look at what git shows to have changed: the files are what we vouch for.
"""

import json
from pathlib import Path

import pytest

from crawler.fixtures import reread

PAGES = Path(__file__).parent / "pages"
SAVED = sorted(PAGES.glob("*/*.json"))


@pytest.mark.parametrize("saved", SAVED, ids=lambda saved: f"{saved.parent.name}/{saved.stem}")
def test_page_reads_as_told(saved: Path) -> None:
    assert reread(saved) == json.loads(saved.read_text("utf-8"))["reading"]


def test_every_page_has_its_reading() -> None:
    pages = {page.name.removesuffix(".html.gz") for page in PAGES.glob("*/*.html.gz")}
    assert pages == {saved.stem for saved in SAVED}


def write_readings() -> None:
    """Write what the saved pages read as now into their .json files."""
    for saved in SAVED:
        told = json.loads(saved.read_text("utf-8")) | {"reading": reread(saved)}
        saved.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    write_readings()
