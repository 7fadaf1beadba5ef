"""Differences as HTML: two marks never run together, and who hears the page hears what is a mark."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from archive.diff import Piece, compare
from archive.grades import Reading
from archive.web.marks import shown
from archive.web.messages import messages

PIECES = st.lists(st.builds(Piece, st.sampled_from(["same", "removed", "added"]), st.text(min_size=1)))


def test_a_word_in_place_of_another_keeps_a_gap() -> None:
    pieces = (Piece("same", "phí "), Piece("removed", "3,9"), Piece("added", "4,2"), Piece("same", " tỷ"))
    assert shown(pieces) == "phí <del>3,9</del> <ins>4,2</ins> tỷ"


def test_white_space_stands_outside_of_the_marks() -> None:
    assert shown((Piece("same", "một mét"), Piece("added", " rưỡi"))) == "một mét <ins>rưỡi</ins>"
    assert shown((Piece("removed", "cũ "), Piece("added", "mới"))) == "<del>cũ</del> <ins>mới</ins>"
    assert shown((Piece("same", "a"), Piece("removed", " "))) == "a<del> </del>"


def test_a_page_says_its_marks_in_the_readers_language() -> None:
    said = shown((Piece("removed", "3,9"), Piece("added", "4,2")), messages("vi"))
    assert re.sub("<[^>]+>", "", said) == "[bỏ: 3,9] [thêm: 4,2]"
    assert '<span class="said" lang="vi">' in said


@given(PIECES)
def test_nothing_of_a_text_becomes_markup_and_no_letter_is_lost(pieces: list[Piece]) -> None:
    made = shown(pieces)
    bare = re.sub("</?(?:ins|del)>", "", made)
    assert "<" not in bare
    gaps = re.sub(r"<(\w+)>\s*</\1>", " ", made)  # marked white space is a gap itself
    assert not re.search("</(?:del|ins)><(?:del|ins)>", gaps)
    assert "".join(html.unescape(bare).split()) == "".join("".join(piece.text for piece in pieces).split())


def test_a_real_difference_reads_as_text() -> None:
    difference = compare(Reading("Chi 3,9 tỷ sửa đập", None, "a"), Reading("Hoãn sửa đập", None, "a"))
    text = re.sub("<[^>]+>", "", shown(difference.title.pieces))
    assert text == "Chi 3,9 tỷ Hoãn sửa đập"
