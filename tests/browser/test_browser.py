"""A real Chromium in the newsroom: reading, searching, comparing, keyboard, looks, and axe-core on every page."""

from __future__ import annotations

import re
import sys
from collections import Counter
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from newsroom_browser import PATIENCE, browsing, chromium, serving

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from newsroom_archive import ARABIC, EDITED, GONE, HOSTILE, LONG, PICTURES, WITHDRAWN, build

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="NO BROWSER: install chromium (apt-get install chromium)"),
]

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = {
    "front": "/",
    "hits": "/?q=đập",
    "filtered": "/?q=xã&source=baolamdong&is=comments&from=2025-06-01&to=2026-06-30",
    "nothing": "/?q=khôngcótừnày",
    "article": f"/article/{EDITED}",
    "gone": f"/article/{GONE}",
    "arabic": f"/article/{ARABIC}",
    "long": f"/article/{LONG}",
    "hostile": f"/article/{HOSTILE}",
    "pictures": f"/article/{PICTURES}",
    "history": f"/article/{EDITED}/history",
    "compare": f"/article/{EDITED}/compare/1/4",
    "inline": f"/article/{EDITED}/compare/1/4?view=inline",
    "changes": "/changes",
    "vanished": "/vanished",
    "sources": "/sources",
    "capture": "/capture/1",
    "withdrawn": f"/article/{WITHDRAWN}",
    "missing": "/nowhere",
    "english": "/?q=đập&lang=en",
}
TABLES = [
    "/archive",
    "/archive/articles",
    f"/archive/articles/{EDITED}",
    "/archive/articles?_search=dap",
    "/archive/articles?source=baolamdong&comment_count__gt=0&_sort=id",
    "/archive/articles?_search=zzz",
    "/archive/revisions",
    "/archive/latest",
    "/archive/most_edited",
    "/archive?sql=select+id,+title+from+articles+where+id+%3E+1",
]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1200, "height": 900}},
    "english": {"viewport": {"width": 1200, "height": 900}, "locale": "en-GB"},
    "dark": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 360, "height": 740}},
}
NARROWEST = {"viewport": {"width": 320, "height": 740}}
"""A window of 1280 pixels at a zoom of 400 % (WCAG 2.2, 1.4.10: nothing scrolls sideways)."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(build(tmp_path_factory.mktemp("site"))) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as started:
        yield started


class Watched:
    """A page of the browser that notes what no page may do: errors, refused content, foreign requests, dialogs."""

    def __init__(self, browser: Any, site: str, **settings: Any) -> None:
        self.site = site
        self.faults: list[str] = []
        self.context = browser.new_context(**{"locale": "vi-VN", "base_url": site, **settings})
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.site, "data:")):
            self.faults.append(f"foreign: {request.url}")


@pytest.fixture
def watched(browser: Any, site: str, request: pytest.FixtureRequest) -> Iterator[Watched]:
    made = Watched(browser, site, **getattr(request, "param", LOOKS["light"]))
    yield made
    made.context.close()
    assert made.faults == []


@pytest.mark.parametrize(
    ("path", "look"),
    [*product(PAGES.values(), LOOKS), *product(TABLES, ("light", "dark", "narrow"))],
    ids=[f"{name}-{look}" for name, look in (*product(PAGES, LOOKS), *product(TABLES, ("light", "dark", "narrow")))],
)
def test_axe_finds_nothing_and_nothing_overflows(browser: Any, site: str, path: str, look: str) -> None:
    watched = Watched(browser, site, **LOOKS[look])
    watched.page.goto(path)
    results = Axe().run(watched.page, options={"runOnly": RULES})
    assert results.violations_count == 0, results.generate_report()
    assert watched.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    watched.context.close()
    assert watched.faults == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_page_scrolls_sideways_at_320_pixels(browser: Any, site: str, lang: str) -> None:
    watched = Watched(browser, site, **NARROWEST, locale=lang)
    wide = {}
    for path in (*PAGES.values(), *TABLES, f"/article/{LONG}/history", f"/article/{HOSTILE}/compare/1/2"):
        watched.page.goto(path)
        width = watched.page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[path] = width
    watched.context.close()
    assert wide == {}
    assert watched.faults == []


@pytest.mark.parametrize("watched", [LOOKS["narrow"]], indirect=True)
def test_a_narrow_table_keeps_its_labels_for_eyes_and_ears(watched: Watched) -> None:
    page = watched.page
    page.goto(f"/article/{EDITED}/history")
    told = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    heard = Counter(node["role"]["value"] for node in told if not node["ignored"])
    assert (heard["table"], heard["row"], heard["columnheader"], heard["rowheader"]) == (1, 5, 5, 4)
    boxes = page.locator(".revisions tbody tr").evaluate_all(
        "rows => rows.map(row => row.getBoundingClientRect().right)"
    )
    assert max(boxes) <= 344
    page.goto("/sources")
    lefts = page.locator(".sources tbody tr:first-child td[data-label] > *").evaluate_all(
        "all => all.map(one => Math.round(one.getBoundingClientRect().left))"
    )
    assert len(set(lefts)) == 1


@pytest.mark.parametrize("watched", [LOOKS["narrow"]], indirect=True)
def test_cells_of_a_narrow_search_of_a_table_bear_their_own_names(watched: Watched) -> None:
    watched.page.goto("/archive/articles?_search=dap")
    for name in ("snippet", "search_key", "title", "section"):
        cell = watched.page.locator(f"td.col-{name}").first
        assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == f'"{name}"'
    assert watched.page.locator("td.type-none").count() > 3
    assert not any(cell.is_visible() for cell in watched.page.locator("td.type-none").all())


def test_paper_holds_the_citation_and_the_address_of_the_page(watched: Watched) -> None:
    page = watched.page
    page.goto(f"/article/{EDITED}")
    assert not page.locator("#citation").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#citation").is_visible()
    assert page.locator(".facts .url").first.is_visible()
    assert page.locator(".printed").inner_text() == f"{watched.site}/article/{EDITED}"
    assert not page.locator(".masthead nav").is_visible()
    page.goto("/?q=đập&source=baolamdong")
    assert page.locator("h1").inner_text() == "Tìm: đập"
    assert page.locator("h1").bounding_box()["height"] > 20
    assert page.locator(".chips").inner_text() == "Báo: Báo Lâm Đồng"
    page.goto(f"/article/{EDITED}/compare/1/4?view=inline")
    assert page.locator(".printed").inner_text().endswith(f"/article/{EDITED}/compare/1/4?view=inline")
    assert page.locator("del").first.is_visible()


def test_no_typewriter_font_sets_vietnamese(watched: Watched) -> None:
    page = watched.page
    for path, part in (("/", ".tips code"), (f"/article/{EDITED}", ".cite pre")):
        page.goto(path)
        family = page.locator(part).first.evaluate("node => getComputedStyle(node).fontFamily")
        assert "mono" not in family.lower(), path


def test_a_copied_difference_keeps_its_words_apart(watched: Watched) -> None:
    page = watched.page
    page.goto(f"/article/{EDITED}/compare/1/2?view=inline")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.inline h2'))")
    assert page.evaluate("getSelection().toString()").strip() == "Xã Suối Cạn chi 3,9 4,2 tỷ đồng sửa đập"


def test_captured_markup_is_shown_as_text_and_never_runs(watched: Watched) -> None:
    page = watched.page
    page.goto("/capture/1")
    page.get_by_role("link", name="Đọc dạng văn bản thuần").click()
    page.wait_for_url("**/capture/1/text")
    assert "<script>alert(1)</script>" in page.locator("body").inner_text()
    page.go_back()
    with page.expect_download() as caught:
        page.get_by_role("link", name="Tải các byte gốc").click()
    assert caught.value.suggested_filename == "baolamdong.vn-20260812T014000Z-1.html"


def test_a_search_from_the_front_page_to_an_old_revision(watched: Watched) -> None:
    page = watched.page
    page.goto("/")
    page.get_by_role("searchbox").fill("sua dap")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=sua"))
    assert page.locator("mark").first.inner_text() in ("sửa đập", "sửa", "đập")
    page.get_by_role("link", name="Xã Suối Cạn hoãn sửa đập").click()
    page.wait_for_url(f"**/article/{EDITED}")
    page.get_by_role("link", name="2 lần").click()
    page.get_by_role("radio", name="Bản cũ: bản 1").check()
    page.get_by_role("button", name="So sánh hai bản").click()
    page.wait_for_url(f"**/article/{EDITED}/compare/1/4")
    assert page.locator("del").count() > 0
    page.get_by_role("link", name="gộp một bài").click()
    assert page.locator(".inline ins").count() > 0


def test_facets_and_histogram_narrow_and_chips_take_back(watched: Watched) -> None:
    page = watched.page
    page.goto("/?q=xã")
    page.get_by_role("link", name=re.compile("^Văn hóa")).click()
    page.wait_for_url(re.compile("section="))
    page.locator(".histogram a").nth(3).click()
    page.wait_for_url(re.compile("from=2025-"))
    assert page.locator(".chips li").count() == 2
    page.locator(".chips a").first.click()
    page.wait_for_url(re.compile("^(?!.*section)"))
    assert page.locator(".chips li").count() == 1


@pytest.mark.parametrize("watched", [LOOKS["narrow"]], indirect=True)
def test_facets_fold_on_a_narrow_screen(watched: Watched) -> None:
    page = watched.page
    page.goto("/?q=xã")
    assert not page.locator(".facets h3").first.is_visible()
    assert page.locator(".hits li").first.bounding_box()["y"] < 740
    page.locator(".facets summary").click()
    assert page.locator(".facets h3").first.is_visible()


@pytest.mark.parametrize("watched", [{**LOOKS["light"], "java_script_enabled": False}], indirect=True)
def test_everything_works_without_a_script(watched: Watched) -> None:
    page = watched.page
    page.goto("/?q=xã")
    assert page.locator(".facets h3").first.is_visible()
    page.get_by_role("link", name=re.compile("^Văn hóa")).click()
    page.wait_for_url(re.compile("section="))
    page.goto(f"/article/{EDITED}")
    page.get_by_text("Trích dẫn").click()
    assert "SHA-256" in page.locator("#citation").inner_text()


def test_the_keyboard_alone_reaches_content_and_box(watched: Watched) -> None:
    page = watched.page
    page.goto(f"/article/{EDITED}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("đập")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q="))


def test_following_leads_to_a_feed(watched: Watched) -> None:
    page = watched.page
    page.goto("/?q=đập")
    address = page.locator('link[type="application/atom+xml"]').get_attribute("href")
    assert address == page.get_by_role("link", name="Theo dõi tìm kiếm này (Atom)").get_attribute("href")
    assert watched.context.request.get(address).text().startswith("<?xml")


def test_the_language_can_be_switched_and_stays(watched: Watched) -> None:
    page = watched.page
    page.goto(f"/article/{EDITED}")
    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="What changed").click()
    assert page.get_by_role("heading", level=1).inner_text() == "What changed"


def test_an_arabic_article_is_set_from_right_to_left(watched: Watched) -> None:
    page = watched.page
    page.goto(f"/article/{ARABIC}")
    assert page.locator(".text h1").evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert page.locator(".facts").evaluate("node => getComputedStyle(node).direction") == "ltr"


def test_the_menu_of_a_column_opens_by_keyboard(watched: Watched) -> None:
    page = watched.page
    page.goto("/archive/articles")
    page.get_by_role("button", name="More on comment_count").press("Enter")
    page.wait_for_function("document.activeElement.textContent === 'Sort ascending'")
    page.keyboard.press("Escape")
    assert not page.locator("body > .dropdown-menu").is_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "More on comment_count"


@pytest.mark.parametrize("watched", [LOOKS["dark"]], indirect=True)
def test_tables_are_dark_where_the_reader_likes_it_dark(watched: Watched) -> None:
    colours = set()
    for path in ("/", "/archive/articles", "/archive?sql=select+1"):
        watched.page.goto(path)
        colours.add(watched.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == {"rgb(21, 23, 26)"}
    editor = watched.page.locator(".CodeMirror").evaluate("node => getComputedStyle(node).backgroundColor")
    assert editor == "rgb(30, 33, 37)"


@pytest.mark.parametrize("path", [*TABLES, "/archive?sql=select+1"])
def test_datasettes_own_pages_work_under_their_policy(watched: Watched, path: str) -> None:
    watched.page.goto(path)
    if "?sql" in path:
        assert watched.page.locator(".CodeMirror").count() == 1
