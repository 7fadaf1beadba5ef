"""Two readings of an article: grades, word marks, moved paragraphs, and hostile texts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.diff import Difference, compare, mark_words
from archive.grades import Reading, paragraphs, plain

FIRST = "Sáng nay, xã Suối Cạn công bố kinh phí 3,9 tỷ đồng để sửa con đập cũ."
SECOND = "Theo phương án, mặt đập được nâng thêm một mét, đường công vụ được trải đá."
THIRD = "Ba mươi hai hộ ở thôn Bốn đã đồng ý hiến đất làm đường."


def reading(*body: str, title: str = "Sửa đập ở Suối Cạn", lead: str | None = "Kinh phí đã duyệt.") -> Reading:
    return Reading(title, lead, "\n\n".join(body))


BASE = reading(FIRST, SECOND, THIRD)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (BASE, ()),
        (reading(FIRST, SECOND, THIRD, title="Hoãn sửa đập ở Suối Cạn"), ("headline",)),
        (reading(FIRST, SECOND, THIRD, lead="Kinh phí chưa duyệt."), ("lead",)),
        (reading(FIRST, SECOND, THIRD, lead=None), ("lead",)),
        (reading(FIRST.replace("3,9", "4,2"), SECOND, THIRD), ("facts",)),
        (reading(FIRST, SECOND, THIRD.replace("thôn Bốn", "thôn Năm")), ("facts",)),
        (reading(FIRST, SECOND, THIRD.replace("đã đồng ý", "chưa đồng ý")), ("wording",)),
        (reading(SECOND, FIRST, THIRD), ("wording",)),
        (reading(FIRST.replace("3,9", "4,2").replace("con đập", "hồ"), SECOND, THIRD), ("facts", "wording")),
        (reading(FIRST.replace("Sáng nay,", "Sáng nay"), SECOND, THIRD), ("cosmetic",)),
        (reading(FIRST, f"{SECOND} {THIRD}"), ("cosmetic",)),
        (reading(FIRST, SECOND.upper(), THIRD, title=BASE.title.upper()), ("cosmetic",)),
        (reading(*(unicodedata.normalize("NFD", text) for text in (FIRST, SECOND, THIRD))), ()),
    ],
)
def test_grades(new: Reading, expected: tuple[str, ...]) -> None:
    assert compare(BASE, new).grades == expected


def test_the_two_ways_to_place_a_tone_are_one_word() -> None:
    assert compare(reading("Nhà văn hoá mở cửa."), reading("Nhà văn hóa mở cửa.")).grades == ("cosmetic",)


def test_a_digit_of_another_script_is_the_same_number() -> None:
    old, new = reading("بلغت التكلفة 42 مليارا"), reading("بلغت التكلفة ٤٢ مليارا")
    assert "facts" not in compare(old, new).grades
    assert "facts" in compare(old, reading("بلغت التكلفة ٤٣ مليارا")).grades


def test_our_own_change_has_the_grade_reader_alone() -> None:
    difference = compare(BASE, reading(FIRST, title="Tin khác"), ours=True)
    assert difference.grades == ("reader",)
    assert difference.count("removed") == 2


def test_a_changed_number_is_marked_whole_and_alone() -> None:
    difference = compare(BASE, reading(FIRST.replace("3,9", "4,2"), SECOND, THIRD))
    marked = [(piece.op, piece.text) for piece in difference.body[0].pieces if piece.op != "same"]
    assert marked == [("removed", "3,9"), ("added", "4,2")]
    assert [paragraph.kind for paragraph in difference.body] == ["changed", "same", "same"]


def test_changed_neighbours_are_one_mark() -> None:
    pieces = list(mark_words("xã công bố phương án cũ hôm qua", "xã công bố dự thảo mới hôm qua"))
    assert [(piece.op, piece.text) for piece in pieces] == [
        ("same", "xã công bố "),
        ("removed", "phương án cũ"),
        ("added", "dự thảo mới"),
        ("same", " hôm qua"),
    ]


def test_a_rewritten_sentence_is_marked_as_phrases_not_word_by_word() -> None:
    old, new = "hồ xả điều tiết, hạ du theo dõi từng giờ", "hồ đóng cửa xả, mực nước hạ du đã bình thường"
    assert [piece.op for piece in mark_words(old, new)] == ["same", "removed", "added"]
    far = list(mark_words("xã Hai có 47 nhà ngập và cầu gãy", "xã Ba có 47 nhà ngập và cầu trôi"))
    assert [piece.text for piece in far if piece.op == "same"] == ["xã ", " có 47 nhà ngập và cầu "]


def test_a_moved_paragraph_is_shown_at_both_places() -> None:
    difference = compare(BASE, reading(THIRD, FIRST, SECOND))
    kinds = {paragraph.kind: paragraph for paragraph in difference.body}
    assert kinds["moved-to"].new == 1
    assert kinds["moved-to"].other == 3
    assert kinds["moved-from"].old == 3
    assert kinds["moved-from"].other == 1
    assert difference.count("removed", "added") == 0


def test_a_moved_paragraph_keeps_its_word_marks() -> None:
    moved = THIRD.replace("hai hộ", "sáu hộ")
    difference = compare(BASE, reading(moved, FIRST, SECOND))
    arrived = next(paragraph for paragraph in difference.body if paragraph.kind == "moved-to")
    assert [piece.text for piece in arrived.pieces if piece.op == "added"] == ["sáu"]


def test_an_added_and_a_removed_paragraph() -> None:
    difference = compare(BASE, reading(FIRST, "Công trình sẽ hoàn thành vào mùa xuân tới.", THIRD))
    assert [paragraph.kind for paragraph in difference.body] == ["same", "removed", "added", "same"]


def sides(difference: Difference) -> tuple[list[str], list[str]]:
    old = {p.old: "".join(piece.text for piece in p.before) for p in difference.body if p.old}
    new = {p.new: "".join(piece.text for piece in p.after) for p in difference.body if p.new}
    return [plain(old[i]) for i in sorted(old)], [plain(new[j]) for j in sorted(new)]


TEXTS = st.lists(st.sampled_from([FIRST, SECOND, THIRD, "a", "a b", "b a c", "1,5", "é", "ا"]), max_size=12)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_every_paragraph_of_both_readings_is_there_once_and_in_full(one: list[str], other: list[str]) -> None:
    old, new = reading(*one), reading(*other)
    difference = compare(old, new)
    before, after = sides(difference)
    assert [text.casefold() for text in before] == [plain(text).casefold() for text in one]
    assert after == [plain(text) for text in other]
    numbers = [paragraph.new for paragraph in difference.body if paragraph.new]
    assert numbers == sorted(numbers)
    if one == other:
        assert difference.grades == ()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_word_marks_spell_both_texts(old: str, new: str) -> None:
    pieces = list(mark_words(old, new))
    removed = "".join(piece.text for piece in pieces if piece.op != "added")
    added = "".join(piece.text for piece in pieces if piece.op != "removed")
    assert removed == unicodedata.normalize("NFC", old)
    assert added == unicodedata.normalize("NFC", new)


def test_hostile_texts_are_compared_at_a_bounded_cost() -> None:
    same = "\n\n".join(["a"] * 4000)
    difference = compare(Reading("t", None, f"x\n\n{same}\n\ny"), Reading("t", None, f"z\n\n{same}\n\na\n\nw"))
    assert difference.count("removed", "moved-from") > 3000
    long = compare(Reading("t", None, "a b " * 30_000), Reading("t", None, "b c " * 30_000))
    assert long.count("removed", "changed") == 1


def test_paragraphs_are_what_stands_between_blank_lines() -> None:
    assert paragraphs(" a\nb \n \n\nc\n") == ["a\nb", "c"]
