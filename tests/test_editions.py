"""Every edition of vietnam.vn: its words for the source and the comments, its digits, its language."""

from __future__ import annotations

import re

import pytest

from archive.items import Article
from crawler.families.vietnamvn import VietnamVnPage
from crawler.pages import read
from crawler.spiders.vietnamvn import VietnamVnSpider

ORIGINAL = "https://baolamdong.vn/cho-phien-hoa-lam-dong-khach-tro-lai-411900.html"
SLUG = "cho-phien-hoa-lam-dong-khach-tro-lai"

# Edition, headline, one sentence, the source's line, counters with what they say; None: no number, a button.
EDITIONS = {
    "vi": (
        "Chợ phiên Hòa Lâm", "Chợ phiên mở lại hôm thứ Năm.", "Nguồn: {}",
        {"Bình luận (0)": 0, "3 bình luận": 3, "Bình luận": None, "Gửi bình luận": None},
    ),
    "en": ("Hoa Lam market", "The market opened again.", "Source: {}", {"Comment (0)": 0, "Comments (1,204)": 1204}),
    "ar": (
        "سوق هوا لام", "عادت السوق إلى العمل يوم الخميس.", "المصدر: {}",
        {"تعليق (0)": 0, "تعليق (٣)": 3, "تعليقات (۱۲)": 12, "أضف تعليق": None},
    ),
    "fr": ("Le marché de Hoa Lam", "Le marché a rouvert jeudi.", "Source : {}", {"Commentaire (0)": 0}),
    "es": ("El mercado de Hoa Lam", "El mercado abrió de nuevo.", "Fuente: {}", {"Comentarios (7)": 7}),
    "ru": ("Рынок Хоа Лам", "Рынок снова открыт.", "Источник: {}", {"Комментарий (0)": 0, "5 комментариев": 5}),
    "zh": ("和林集市", "集市周四重新开放。", "来源：{}", {"评论 (0)": 0, "评论（１２）": 12, "发表评论": None}),
    "ja": ("ホアラム市場", "市場は木曜日に再開した。", "出典: {}", {"コメント (0)": 0, "コメント（4）": 4}),
    "ko": ("호아람 시장", "시장이 목요일에 다시 열렸다.", "출처: {}", {"댓글 (0)": 0, "댓글 (8)": 8}),
    "lo": ("ຕະຫຼາດຮວາລຳ", "ຕະຫຼາດເປີດຄືນໃໝ່ແລ້ວ.", "ແຫຼ່ງທີ່ມາ: {}", {"ຄຳເຫັນ (0)": 0, "ຄໍາເຫັນ (໒)": 2}),
    "km": ("ផ្សារហ្វាឡាំ", "ផ្សារបានបើកឡើងវិញ។", "ប្រភព៖ {}", {"មតិយោបល់ (0)": 0, "មតិ (៦)": 6}),
}  # fmt: skip
COUNTERS = [(edition, counter, count) for edition, told in EDITIONS.items() for counter, count in told[3].items()]


def address(edition: str) -> str:
    return f"https://www.vietnam.vn/{'' if edition == 'vi' else f'{edition}/'}{SLUG}"


def reading(edition: str, counter: str, *, inside: bool) -> Article:
    title, sentence, source, _ = EDITIONS[edition]
    trailer = f"<p>{source.format(ORIGINAL)}</p>" + (f"<p>{counter}</p>" if inside else "")
    after = "" if inside else f"<section><h4>{counter}</h4></section>"
    page = (
        f"<!DOCTYPE html><html lang='{edition}'><head><meta charset='utf-8'><title>{title}</title>"
        f"<link rel='canonical' href='{address(edition)}'></head><body><div id='__next'><main><h1>{title}</h1>"
        f"<div class='post-detail-body'><p>{sentence}</p>{trailer}</div>{after}</main></div></body></html>"
    )
    found = read(page.encode(), address(edition), (VietnamVnPage,))
    assert isinstance(found, Article)
    return found


@pytest.mark.parametrize("inside", [True, False], ids=["in the body", "after the body"])
@pytest.mark.parametrize(("edition", "counter", "count"), COUNTERS)
def test_source_and_count_are_read_in_the_edition_s_words(
    edition: str, counter: str, count: int | None, inside: bool
) -> None:
    article = reading(edition, counter, inside=inside)
    assert article.source_url == ORIGINAL
    assert article.comment_count == count
    assert article.language == edition
    assert article.title == EDITIONS[edition][0]
    assert article.url == address(edition)
    if count is not None or not inside:
        assert article.body == EDITIONS[edition][1]


def vietnamese(body: str, after: str = "") -> Article:
    page = f"<html lang='vi'><body><h1>Chợ phiên</h1><div class='post-detail-body'>{body}</div>{after}</body></html>"
    found = read(page, address("vi"), (VietnamVnPage,))
    assert isinstance(found, Article)
    return found


def test_the_imprint_goes_and_sentences_that_begin_like_it_stay() -> None:
    lines = ("BỘ VĂN HÓA, THỂ THAO", "Chịu trách nhiệm: Hà Vi", "Cục trưởng", "Trụ sở: số 7", "Giấy phép số 1")
    imprint = "".join(f"<p>{line}</p>" for line in lines)
    assert vietnamese(f"<p>Chợ mở lại.</p>{imprint}").body == "Chợ mở lại."
    assert vietnamese(f"<p>Chợ mở lại.</p><p>Nguồn: {ORIGINAL}</p>{imprint}").body == "Chợ mở lại."
    for sentence in ("Trụ sở mới của chợ có bốn mươi quầy.", "Giấy phép bán hàng được cấp trong ngày."):
        assert vietnamese(f"<p>Chợ mở lại.</p><p>{sentence}</p>").body == f"Chợ mở lại.\n\n{sentence}"


@pytest.mark.parametrize("card", [
    "<aside><h3>Tin khác</h3><span>Bình luận (7)</span></aside>",
    "<div class='related'><span>7 bình luận</span></div>",
    "<div><div><a href='/b-c-d-e'>Chợ đêm phường Suối Cát sau ba tháng</a><span>Bình luận (7)</span></div></div>",
])  # fmt: skip
def test_the_comments_of_another_article_do_not_count(card: str) -> None:
    assert vietnamese("<p>Chợ mở lại.</p>", card).comment_count is None
    assert vietnamese("<p>Chợ mở lại.</p>", f"{card}<section><h4>Bình luận (2)</h4></section>").comment_count == 2


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_spider_asks_for_every_edition_and_knows_its_articles(edition: str) -> None:
    front = address(edition).removesuffix(SLUG)
    assert front in {section if section.endswith("/") else f"{section}/" for section in VietnamVnSpider.sections}
    assert re.search(VietnamVnSpider.article_url, address(edition))
    assert not re.search(VietnamVnSpider.article_url, front)


def test_editions_are_articles_of_their_own() -> None:
    assert len({reading(edition, "", inside=False).url for edition in EDITIONS}) == len(EDITIONS)
    assert not any(reading(edition, "", inside=False).aliases for edition in EDITIONS)
