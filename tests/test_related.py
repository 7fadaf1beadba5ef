"""Lines that lead to other articles are no part of a body; a sentence that begins with the same words is."""

from __future__ import annotations

import pytest

from crawler.bodies import blocks_of
from crawler.documents import Document
from crawler.related import cut_related

URL = "https://baolamdong.vn/cau-treo-da-den-412345.html"
STORY = "<a href='/b-123456.html'>Chợ đêm phường Suối Cát sau ba tháng</a>"
OTHER = "<a href='/c-123457.html'>Bản Láng có điện</a>"
KEPT = "<p>Nước suối rút dần từ trưa.</p>"


def lines(markup: str) -> list[str]:
    page = Document(f"<div id='b'>{markup}</div>", URL)
    blocks = blocks_of(page.root.get_element_by_id("b"), page.absolute)
    cut_related(blocks)
    assert all(block.lines or block.image for block in blocks)
    return [line.text for block in blocks for line in block.lines]


@pytest.mark.parametrize("related", [
    f"<p>>> Tin liên quan: {STORY}</p>",
    "<p>&gt;&gt; Tin liên quan</p>",
    f"<p>&gt;&gt;&gt; {STORY}</p>",
    f"<p><strong>» {STORY}</strong></p>",
    f"<p><em>Xem thêm: {STORY}</em></p>",
    f"<p>Bài liên quan:</p><p>{STORY}</p><p>- {OTHER}</p>",
    f"<p><b>Tin có liên quan</b></p><ul><li>{STORY}</li><li>{OTHER}</li></ul>",
    f"<p>>> Mời đọc thêm<br>{STORY}<br>{OTHER}</p>",
    f"<p>Có thể bạn quan tâm:</p><p><img src='/a.jpg'></p><p>{STORY}</p>",
])  # fmt: skip
def test_lines_to_other_articles_go(related: str) -> None:
    assert lines(f"<p>Mở đầu.</p>{related}{KEPT}") == ["Mở đầu.", "Nước suối rút dần từ trưa."]


@pytest.mark.parametrize("said", [
    "Xem thêm điều kiện vay vốn tại trụ sở xã.",
    "Tin liên quan đến vụ việc được công an xã tiếp nhận.",
    ">> nhanh hơn năm ngoái",
    f"Theo {STORY}, cầu đã thông.",
    STORY,
    f"> Video: cầu treo sau lũ {STORY}",
])  # fmt: skip
def test_other_lines_stay(said: str) -> None:
    assert len(lines(f"<p>Mở đầu.</p><p>{said}</p>{KEPT}")) == 3


def test_what_follows_the_links_stays() -> None:
    assert lines(f"<p>Xem thêm:</p><p>{STORY}</p>{KEPT}<p>{OTHER}</p>")[1:] == ["Bản Láng có điện"]


def test_a_table_is_no_such_line() -> None:
    assert lines("<table><tr><td>Xem thêm</td><td>Giá</td></tr></table>") == ["Xem thêm | Giá"]
