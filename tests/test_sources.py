"""Every source is complete, stands on its own hosts, and docs/papers.md says what the sources say."""

import ast
import inspect
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.urls import canonical, in_domains
from crawler.sources import SAVED_PAGES, all_sources, markdown, papers, sources

ROOT = Path(__file__).parents[1]
KNOWN = all_sources()
PAPERS = papers(KNOWN)
REAL = [source for source in KNOWN if source.number < 9000]
GRADES = {"raw", "code", "url", "guess"}

# Addresses of articles as the papers form them, and addresses on the same paper that are no article.
ARTICLES = {
    "baoangiang": ["https://baoangiang.com.vn/mot-ngay-o-cho-noi-a465150.html"],
    "baobacninhtv": ["https://baobacninhtv.vn/mot-ngay-o-cho-que-postid449633.bbg"],
    "baocamau": ["https://baocamau.vn/mot-ngay-o-cho-noi-a129291.html"],
    "baocantho": ["https://baocantho.com.vn/mot-ngay-o-cho-noi-a56315.html"],
    "baocaobang": [
        "https://baocaobang.vn/mot-ngay-o-cho-phien-3161421.html",
        "https://baocaobang.vn/Mot-ngay-o-cho-phien-38371.html",
    ],
    "baodaklak": [
        "https://baodaklak.vn/kinh-te/202608/mot-ngay-o-cho-phien-8ac1f09/",
        "https://phuyen.baodaklak.vn/suc-khoe/202503/mot-ngay-o-cho-ddd2016/",
    ],
    "baodanang": ["https://baodanang.vn/mot-ngay-o-cho-ca-3318952.html"],
    "baodienbienphu": ["https://baodienbienphu.vn/tin-bai/kinh-te/mot-ngay-o-cho-phien"],
    "baodongnai": ["https://baodongnai.com.vn/kinh-te/202608/mot-ngay-o-cho-que-3f51a77/"],
    "baodongthap": ["https://baodongthap.vn/mot-ngay-o-cho-noi-a230144.html"],
    "baogialai": ["https://baogialai.com.vn/mot-ngay-o-cho-que-post596298.html"],
    "baohaiphong": ["https://baohaiphong.vn/mot-ngay-o-cho-ca-512340.html"],
    "baohatinh": ["https://baohatinh.vn/mot-ngay-o-cho-que-post139172.html", "https://baohatinh.vn/post-139172.html"],
    "baohungyen": [
        "https://baohungyen.vn/mot-ngay-o-cho-que-3171182.html",
        "https://baohungyen.vn/kinh-te/202101/mot-ngay-o-cho-que-c4f1fcb/",
    ],
    "baokhanhhoa": ["https://baokhanhhoa.vn/du-lich/202607/mot-ngay-tren-bien-4301ac0/"],
    "baolaichau": ["https://baolaichau.vn/kinh-te/mot-ngay-o-cho-phien-329216"],
    "baolamdong": [
        "https://baolamdong.vn/mot-ngay-o-cho-hoa-386800.html",
        "https://baolamdong.vn/bbt/mot-ngay-o-cho-ca-130891.html",
        "https://baolamdong.vn/thong-tin-can-biet/202405/mot-ngay-o-cho-hoa-b180e1a/",
    ],
    "baolangson": ["https://baolangson.vn/mot-ngay-o-cho-phien-5071654.html"],
    "baolaocai": ["https://baolaocai.vn/mot-ngay-o-cho-phien-post402118.html"],
    "baonghean": ["https://baonghean.vn/mot-ngay-o-cho-que-10129889.html"],
    "baoninhbinh": [
        "https://baoninhbinh.org.vn/mot-ngay-o-cho-que/d20230322150639060.htm",
        "https://baoninhbinh.org.vn/mot-ngay-o-cho-que-20180104031946780p3c24.htm",
    ],
    "baophutho": ["https://baophutho.vn/mot-ngay-o-cho-que-234313.htm"],
    "baoquangngai": [
        "https://baoquangngai.vn/mot-ngay-o-cho-ca-71234.htm",
        "https://baoquangngai.vn/kinh-te/bien/202308/mot-ngay-o-cho-ca-3bc1af9/",
    ],
    "baoquangninh": ["https://baoquangninh.vn/mot-ngay-o-cho-ca-3164333.html"],
    "baoquangtri": ["https://baoquangtri.vn/kinh-te/202608/mot-ngay-o-cho-que-1b90e4c/"],
    "baosonla": ["https://baosonla.vn/kinh-te/mot-ngay-o-cho-phien-51YnYvXDR.html"],
    "baotayninh": [
        "https://baotayninh.vn/mot-ngay-o-cho-bien-88701.html",
        "https://baotayninh.vn/mot-ngay-o-cho-bien-a179002.html",
    ],
    "baothainguyen": ["https://baothainguyen.vn/kinh-te/202607/mot-ngay-o-cho-che-63d1c02/"],
    "baothanhhoa": [
        "https://baothanhhoa.vn/mot-ngay-o-cho-que-244736.htm",
        "https://baothanhhoa.vn/thi-truong/mot-ngay-o-cho-que/148739.htm",
    ],
    "baotuyenquang": [
        "https://baotuyenquang.com.vn/kinh-te/202609/mot-ngay-o-cho-phien-77aa031/",
        "https://baotuyenquang.com.vn/mot-ngay-o-cho-phien-179493.html",
    ],
    "baovinhlong": [
        "https://baovinhlong.com.vn/kinh-te/202501/mot-ngay-o-cho-noi-0ef5d8d/",
        "https://dongkhoi.baovinhlong.vn/mot-ngay-o-cho-noi-a151020.html",
    ],
    "hanoimoi": ["https://hanoimoi.vn/mot-ngay-o-cho-hoa-745382.html"],
    "huengaynay": ["https://huengaynay.vn/du-lich/mot-ngay-o-cho-que-163431.html"],
    "sggp": ["https://www.sggp.org.vn/mot-ngay-o-cho-hoa-post841067.html"],
    "vietnamvn": ["https://www.vietnam.vn/mot-ngay-o-cho-hoa", "https://www.vietnam.vn/ar/mot-ngay-o-cho-hoa"],
}
NO_ARTICLES = (
    "/",
    "/kinh-te",
    "/kinh-te/",
    "/kinh-te.html",
    "/quoc-khanh-event1204.html",
    "/cho-que-ptag.html",
    "/lien-he",
)


def each(of: list) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("source", of, ids=lambda source: source.name)


def test_34_papers_cover_34_provinces() -> None:
    assert len(PAPERS) == 34
    assert {source.number for source in PAPERS} == set(range(1, 35))
    assert len({source.province for source in PAPERS}) == 34


def test_63_provinces_before_are_covered_once() -> None:
    before = Counter(name for source in PAPERS for name in source.provinces_before)
    assert len(before) == 63
    assert set(before.values()) == {1}
    assert all(source.provinces_before[0] == source.province for source in PAPERS)


def test_names_numbers_and_hosts_are_of_one_source_each() -> None:
    for value in ("name", "number", "title"):
        assert max(Counter(getattr(source, value) for source in KNOWN).values()) == 1
    hosts = Counter(host for source in KNOWN for host in {*source.allowed_domains, *source.former_domains})
    assert max(hosts.values()) == 1


@each(KNOWN)
def test_source_is_complete(source: type) -> None:
    module = inspect.getmodule(source)
    assert Path(inspect.getfile(source)).stem == source.name
    assert source.__doc__.strip()
    assert source.__doc__ != source.__mro__[1].__doc__
    assert source.title in module.__doc__
    assert 1 <= source.number <= 9999
    assert source.allowed_domains
    assert source.confidence in GRADES
    assert source.feeds or source.sitemaps or source.sections


@each(PAPERS)
def test_spider_is_a_short_file_of_class_attributes(source: type) -> None:
    text = Path(inspect.getfile(source)).read_text("utf-8")
    assert len(text.splitlines()) <= 40
    body = next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)).body
    assert not [node for node in body if isinstance(node, ast.FunctionDef)]


@each(PAPERS)
def test_a_guess_is_said_to_be_one(source: type) -> None:
    words = source.__doc__
    assert ("guess" in words or "inferred" in words) >= (source.confidence == "guess")
    roads = [source.feeds, source.sitemaps, source.sections]
    if source.confidence == "guess":
        assert sum(map(bool, roads)) > 1


@each(PAPERS)
def test_layouts_and_family_belong_together(source: type) -> None:
    assert source.family
    assert len({layout.reader() for layout in source.layouts}) == len(source.layouts)


@each(KNOWN)
def test_listings_lie_on_the_papers_own_hosts(source: type) -> None:
    listings = [*source.feeds, *source.sitemaps, *source.sections]
    assert len({canonical(url) for url in listings}) == len(listings)
    for url in listings:
        assert in_domains(url, source.allowed_domains), url
        assert not re.search(source.article_url, url), url


@each(REAL)
def test_article_addresses_are_told_from_others(source: type) -> None:
    assert ARTICLES[source.name]
    for url in ARTICLES[source.name]:
        assert re.search(source.article_url, url), url
        assert in_domains(url, (*source.allowed_domains, *source.former_domains)), url
    for path in NO_ARTICLES:
        url = f"https://{source.allowed_domains[0]}{path}"
        assert not re.search(source.article_url, url), url


@each(REAL)
def test_source_has_a_saved_article_at_an_address_of_its_own(source: type) -> None:
    told = [json.loads(saved.read_text("utf-8")) for saved in SAVED_PAGES.glob(f"{source.name}/*.json")]
    articles = [page["url"] for page in told if page["reading"]["kind"] == "article"]
    assert articles
    assert all(in_domains(url, source.allowed_domains) for url in articles)
    assert all(re.search(source.article_url, canonical(url)) or source.name == "baosonla" for url in articles)


SAVED = [(saved, json.loads(saved.read_text("utf-8"))["reading"]) for saved in sorted(SAVED_PAGES.glob("*/*.json"))]
READERS = {layout.reader().partition("/")[0] for source in KNOWN for layout in source.layouts}


def saved_by(reader: str) -> list[tuple[str, dict]]:
    """Names and readings of the saved articles that a layout reads."""
    return [(saved.stem, told) for saved, told in SAVED if told.get("reader", "").partition("/")[0] == reader]


@pytest.mark.parametrize("reader", sorted({*READERS, "generic"}))
def test_every_layout_has_three_saved_articles(reader: str) -> None:
    assert len(saved_by(reader)) >= 3


# Hex id is one family in two dresses. A lead alone is no article where bodies may be encoded: `not-lead-alone`.
ODD_FORMS = {
    "onecms": {"longform", "video", "photos", "lead alone"},
    "epi": {"longform", "video", "photos", "lead alone"},
    "hexid-skin": {"longform", "video", "photos", "lead alone"},
    "newscontents": {"longform", "video", "photos", "lead alone"},
    "mediatech": {"longform", "video", "photos", "lead alone"},
    "dcontent": {"longform", "video", "photos"},
    "bacninh": {"photos"},
    "camau": {"video"},
    "dienbien": {"video"},
    "ninhbinh": {"photos"},
    "quangngai": {"video"},
    "sonla": {"photos"},
}


def form(name: str, told: dict) -> str:
    """What a saved page is, by its name; photos and leads alone must read as such."""
    word = name.partition("-")[0]
    if word == "anh" or name.startswith("bao-anh-"):
        return "photos" if len(told["images"]) > 1 else "?"
    if word in ("lead", "thong"):
        return "?" if told["body"] or not told["lead"] else "lead alone"
    return {"longform": "longform", "emagazine": "longform", "video": "video"}.get(word, "article")


@pytest.mark.parametrize("reader", ODD_FORMS)
def test_odd_forms_are_saved_of_every_family(reader: str) -> None:
    forms = {form(name, told) for name, told in saved_by(reader)}
    assert forms >= {*ODD_FORMS[reader], "article"}
    assert "?" not in forms


def test_list_of_papers_is_current() -> None:
    assert (ROOT / "docs" / "papers.md").read_text("utf-8") == markdown(KNOWN), (
        "run: baotinh sources --markdown > docs/papers.md"
    )


def test_command_prints_json_markdown_and_a_table() -> None:
    as_json = CliRunner().invoke(sources, ["--json"])
    listed = json.loads(as_json.output)
    assert [entry["number"] for entry in listed] == sorted(source.number for source in KNOWN)
    assert next(entry for entry in listed if entry["name"] == "baotayninh")["readers"] == ["mediatech/1"]
    assert CliRunner().invoke(sources, ["--markdown"]).output == markdown(KNOWN)
    assert "baocaobang" in CliRunner().invoke(sources, env={"COLUMNS": "200"}).output


def test_command_wants_one_form() -> None:
    answer = CliRunner().invoke(sources, ["--json", "--markdown"])
    assert answer.exit_code == 2
    assert "not both" in answer.output
