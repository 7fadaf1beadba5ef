"""The two sample texts kept beside the project, wrapped in vietnam.vn markup, read as what they are."""

import html
import unicodedata
from pathlib import Path

import pytest

from archive.items import Article
from crawler.counts import count_line, source_line
from crawler.families.vietnamvn import VietnamVnPage
from crawler.pages import read

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"
PAGE = "https://www.vietnam.vn/ar/{slug}"
SOURCES = {
    "000_f5073120e0513244": "https://baolamdong.vn/cu-jut-can-phan-dau-tro-thanh-la-co-dau-o-khu-vuc-phia-tay-tinh-lam-dong-386800.html",
    "003_2b01b2efba1c22cb": "https://baolamdong.vn/pho-bi-thu-tinh-uy-lam-dong-bui-thang-lam-viec-voi-xa-cat-tien-406733.html",
}

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample texts are not at {SAMPLES}: nothing was checked"),
]


def lines_of(name: str) -> list[str]:
    """A sample's paragraphs: its lines that are not blank."""
    return [line for line in (SAMPLES / f"{name}.txt").read_text("utf-8").splitlines() if line.strip()]


def wrapped(lines: list[str], *, counter_inside: bool, breaks: bool) -> str:
    """The lines as a page of the Arabic edition: as paragraphs, or as one text with breaks."""
    *paragraphs, counter = map(html.escape, lines)
    inside = [*paragraphs, counter] if counter_inside else paragraphs
    body = "<br><br>".join(inside) if breaks else "".join(f"<p>{line}</p>" for line in inside)
    after = "" if counter_inside else f"<div class='comments'><h4>{counter}</h4></div>"
    return (
        '<!DOCTYPE html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>عنوان</title></head>'
        f'<body><div id="__next"><main><h1>عنوان</h1><div class="post-detail-body">{body}</div>{after}</main>'
        "</div></body></html>"
    )


@pytest.mark.parametrize("counter_inside", [True, False])
@pytest.mark.parametrize("breaks", [True, False])
@pytest.mark.parametrize("name", SOURCES)
def test_sample_reads_as_its_paragraphs(name: str, breaks: bool, counter_inside: bool) -> None:
    lines = lines_of(name)
    said = [line for line in lines if source_line(line) is None and count_line(line) is None]
    page = wrapped(lines, counter_inside=counter_inside, breaks=breaks)

    reading = read(page.encode(), PAGE.format(slug=name), (VietnamVnPage,))

    assert isinstance(reading, Article)
    assert len(said) == len(lines) - 2
    assert reading.body.split("\n\n") == [unicodedata.normalize("NFC", line.strip()) for line in said]
    assert reading.source_url == SOURCES[name]
    assert reading.comment_count == 0
    assert reading.language == "ar"
    assert reading.reader == VietnamVnPage.reader()
