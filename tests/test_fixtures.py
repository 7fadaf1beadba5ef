"""`baotinh fixture`: one more saved page, from its address or from a file."""

from __future__ import annotations

import gzip
import json
import re
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from demo_crawl import baotinh

from crawler.demo.paper import PAPER_HOST, demo_papers
from crawler.demo.server import serve
from crawler.demo.site import site
from crawler.fixtures import reread, slug_of

if TYPE_CHECKING:
    from pathlib import Path

PAPER = demo_papers(size=20)[0]
STORIES = [state.story for state in islice(PAPER.visible(), 2)]
URL = PAPER.address(STORIES[0])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_bytes(site(PAPER).answer(PAPER.path(STORIES[0])).render())
    return path


def fixture(folder: Path, *arguments: object, name: str = "demo_suoicat"):
    return baotinh("fixture", name, *arguments, "--pages", folder / "pages", BAOTINH_DELAY="0")


def saved(folder: Path) -> list[Path]:
    return sorted((folder / "pages").glob("*/*.json"))


def test_a_file_is_saved_with_its_reading(tmp_path: Path, file: Path) -> None:
    done = fixture(tmp_path, file, "--url", URL)
    assert done.returncode == 0, done.stderr
    [path] = saved(tmp_path)
    told = json.loads(path.read_text("utf-8"))
    assert (told["url"], told["source"]) == (URL, "demo_suoicat")
    assert told["reading"]["title"] == PAPER.state(STORIES[0]).title
    assert told["reading"] == reread(path)
    assert gzip.decompress(path.with_suffix(".html.gz").read_bytes()) == file.read_bytes()
    assert "onecms/" in done.stdout


def test_a_page_is_fetched_from_an_origin(tmp_path: Path) -> None:
    with serve(PAPER) as server:
        done = fixture(tmp_path, URL, "--origin", server.addresses[PAPER_HOST])
        assert done.returncode == 0, done.stderr
        gone = fixture(tmp_path, f"https://{PAPER_HOST}/khong-co-999999.html", "--origin", server.addresses[PAPER_HOST])
    assert gone.stderr == f"baotinh: https://{PAPER_HOST}/khong-co-999999.html: status 404\n"
    assert gone.returncode == 1
    assert json.loads(saved(tmp_path)[0].read_text("utf-8"))["url"] == URL


def test_a_saved_page_is_not_overwritten_unless_told_so(tmp_path: Path, file: Path) -> None:
    fixture(tmp_path, file, "--url", URL)
    before = saved(tmp_path)[0].read_text("utf-8")
    file.write_bytes(file.read_bytes().replace(b"</h1>", b" 2</h1>"))
    refused = fixture(tmp_path, file, "--url", URL)
    assert refused.returncode == 64
    assert "--force" in refused.stderr
    assert saved(tmp_path)[0].read_text("utf-8") == before
    assert fixture(tmp_path, file, "--url", URL, "--force").returncode == 0
    assert saved(tmp_path)[0].read_text("utf-8") != before


def test_another_page_of_the_same_name_is_saved_beside_it(tmp_path: Path, file: Path) -> None:
    other = URL.replace(".html", "1.html")
    assert fixture(tmp_path, file, "--url", URL).returncode == 0
    file.write_bytes(re.sub(rb"<link[^>]*canonical[^>]*>", b"", file.read_bytes()))
    assert fixture(tmp_path, file, "--url", other).returncode == 0
    assert [json.loads(path.read_text("utf-8"))["url"] for path in saved(tmp_path)] == [other, URL]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("page.html",), "give an address, or a FILE and the --url"),
        (("page.html", "--url", "https://elsewhere.example/a-123456.html"), "lies on no host of demo_suoicat"),
        (("nowhere.html", "--url", URL), "No such file"),
        ((URL,), "BAOTINH_CONTACT"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, file: Path, arguments: tuple[str, ...], says: str) -> None:
    given = [tmp_path / part if part.endswith("page.html") else part for part in arguments]
    done = fixture(tmp_path, *given)
    assert done.returncode != 0
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not saved(tmp_path)


def test_an_unknown_source_is_named(tmp_path: Path, file: Path) -> None:
    assert "unknown source 'baonowhere'" in fixture(tmp_path, file, "--url", URL, name="baonowhere").stderr


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://b.vn/kinh-te/mot-ngay-o-cho-que-386800.html", "mot-ngay-o-cho-que"),
        ("https://b.vn/kinh-te/202608/mot-ngay-o-cho-phien-8ac1f09/", "mot-ngay-o-cho-phien"),
        ("https://b.vn/mot-ngay-o-cho-que-post596298.html", "mot-ngay-o-cho-que"),
        ("https://b.vn/post-139172.html", "mua-lon-o-ban-lang"),
        ("https://b.vn/../../etc/passwd", "mua-lon-o-ban-lang"),
        ("https://b.vn/" + "mot-" * 40 + "ngay", "mot-mot-mot-mot-mot-mot-mot-mot-mot-mot"),
    ],
)
def test_a_page_is_named_after_its_address_or_title(url: str, slug: str) -> None:
    assert slug_of(url, "Mưa lớn ở Bản Láng") == slug
