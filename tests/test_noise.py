"""What a page may change without its article changing: white space, composition, entities, advertisements, boxes."""

from __future__ import annotations

import re
import unicodedata
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from store_fixture import PAPER, capture

from archive.items import Article
from archive.store import Store
from crawler.demo.paper import PAPER_HOST, demo_papers
from crawler.demo.server import serve
from crawler.families.onecms import OneCmsPage
from crawler.pages import GenericPage, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUN_OF_TEXT = re.compile(r"(?<=>)([^<>]{40,})(?=<)")
AD = r'\1<div class="c-box"><a href="/quang-cao">Quảng cáo cho ngày hội xuống đồng</a></div>'
RELATED = r'\1<div class="c-box"><h3><a href="/khac-300001.html">Bài khác cùng chuyên mục</a></h3></div>'
NOISE: dict[str, Callable[[str], str]] = {
    "token": lambda page: page.replace("</body>", "<!-- 81f --><script>var token = 4711</script></body>"),
    "composition": lambda page: unicodedata.normalize("NFD", page),
    "white space": lambda page: RUN_OF_TEXT.sub(lambda text: text[1].replace(" ", "  \n\t "), page),
    "entities": lambda page: re.sub("[àáảãạăâđêôơư]", lambda letter: f"&#{ord(letter[0])};", page),
    "no-break": lambda page: RUN_OF_TEXT.sub(lambda text: text[1].replace(" ", "&nbsp;", 3), page),
    "zero width": lambda page: RUN_OF_TEXT.sub(lambda text: text[1].replace(" ", "\u200b ", 2) + "\u00ad", page),
    "advertisements": lambda page: re.sub("(</p>)", AD, page, count=3),
    "related": lambda page: re.sub("(</p>)", RELATED, page, count=2),
}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Articles of the demo newspaper, by their addresses."""
    paper = demo_papers(size=8)[0]
    with serve(paper) as server:
        addresses = {paper.address(state.story): paper.path(state.story) for state in paper.visible()}
        origin = server.addresses[PAPER_HOST]
        return {url: urllib.request.urlopen(origin + path).read().decode() for url, path in addresses.items()}


def reading(url: str, page: str, hours: float) -> Article:
    found = read(page.encode(), url, (OneCmsPage, GenericPage), content_type="text/html; charset=utf-8")
    assert isinstance(found, Article)
    return replace(found, source=PAPER.name, capture=capture(hours, url, page))


def saved(folder: Path, pages: dict[str, str], change: Callable[[str], str]) -> list[str]:
    """What became of the second reading of each page, whose body was changed."""
    with Store(folder / "archive.db") as store:
        store.register(PAPER)
        run = store.open_run(PAPER.name, capture(0).fetched_at)
        store.save(run, [], [reading(url, page, 1) for url, page in pages.items()])
        changed = {}
        for url, page in pages.items():
            head, mark, body = page.partition("<body")
            changed[url] = head + mark + change(body)
            assert changed[url] != page
        return list(store.save(run, [], [reading(url, page, 2) for url, page in changed.items()]))


@pytest.mark.parametrize("kind", NOISE)
def test_noise_makes_no_revision(tmp_path: Path, pages: dict[str, str], kind: str) -> None:
    assert set(saved(tmp_path, pages, NOISE[kind])) == {"same"}


def test_a_paragraph_more_makes_one(tmp_path: Path, pages: dict[str, str]) -> None:
    more = "</p><p>Đính chính: cầu dài bốn mươi tám mét.</p>"
    assert "revised" in saved(tmp_path, pages, lambda body: body.replace("</p>", more))
