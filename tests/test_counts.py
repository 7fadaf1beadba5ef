"""Comment counts in every printed form and language; labels, forms and garbage give no number."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.counts import COMMENT_WORDS, MAX_COUNT, SOURCE_WORDS, count_line, parse_count, source_line

COUNTS = [
    ("(0) Bình luận", 0),
    ("Bình luận (3)", 3),
    ("3 bình luận", 3),
    ("03 bình luận", 3),
    ("Ý kiến (2)", 2),
    ("1.234 bình luận", 1234),
    ("1,234 comments", 1234),
    ("1 234 567 commentaires", 1_234_567),
    ("1\u202f234 commentaires", 1234),
    ("1\u00a0234 commentaires", 1234),
    ("تعليق (0)", 0),
    ("تعليق (٣)", 3),
    ("تعليق (۴)", 4),
    ("٣ تعليقات", 3),
    ("١٬٢٣٤ تعليقًا", 1234),
    ("\u200fتعليق (٠)\u200f", 0),
    ("Comment (0)", 0),
    ("COMMENTS (12)", 12),
    ("1 comment", 1),
    ("Commentaire (0)", 0),
    ("Comentarios (5)", 5),
    ("Комментарии (0)", 0),
    ("21 комментарий", 21),
    ("评论 (0)", 0),
    ("评论（０）", 0),
    ("3条评论", 3),
    ("コメント (0)", 0),
    ("コメント（１２）", 12),
    ("0件のコメント", 0),
    ("댓글 (0)", 0),
    ("7개의 댓글", 7),
    ("ຄຳເຫັນ (0)", 0),
    ("ຄໍາເຫັນ (໕)", 5),
    ("មតិយោបល់ (០)", 0),
    ("មតិ\u200bយោបល់ (៣)", 3),
    ("ความคิดเห็น (๓)", 3),
    ("\n  Bình luận\n\t( 8 )\n", 8),
    ("Bình luận [4]", 4),
    ("Bình luận: (4)", 4),
]
COUNTERS = [
    ("0", 0),
    ("(0)", 0),
    ("12", 12),
    ("٣", 3),
    ("댓글 0", 0),
    ("댓글 5개", 5),
    ("Bình luận: 4", 4),
    ("Комментариев: 5", 5),
]
UNKNOWN = [
    "",
    "   ",
    "Bình luận",
    "BÌNH LUẬN",
    "Gửi bình luận",
    "Gửi ý kiến",
    "Ý kiến của bạn",
    "Bình luận ()",
    "Ý kiến ( )",
    "تعليق",
    "Comment",
    "コメント",
    "0 / 500 ký tự",
    "0/500",
    "500 ký tự",
    "1,2K bình luận",
    "1.2 bình luận",
    "1.23",
    "1.2345 bình luận",
    "1.234,567 comments",
    "1234.567 comments",
    "0.123",
    "-3",
    "+3 bình luận",
    "(5",
    "5)",
    "3 bình luận 2",
    "Bình luận (3) (4)",
    "3 bài viết",
    "Có 3 bình luận hay về bài này",
    "½",
    "² bình luận",
    "①",
    "9999999999 bình luận",
    "9" * 150,
    "1" * 5000 + " bình luận",
    "Bình luận (3)" + " " * 5000,
]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("text", "count"), COUNTS)
def test_counts(text: str, count: int, form: str) -> None:
    printed = unicodedata.normalize(form, text)
    assert parse_count(printed) == count
    assert count_line(printed) == count


@pytest.mark.parametrize(("text", "count"), COUNTERS)
def test_bare_numbers_count_in_a_counter_only(text: str, count: int) -> None:
    assert parse_count(text) == count
    assert count_line(text) is None


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_no_count_gives_none(text: str) -> None:
    assert parse_count(text) is None
    assert count_line(text) is None


def test_headings_and_sentences_are_no_count_lines() -> None:
    for line in (
        "Ý kiến 2",
        "Comment 1",
        "2026",
        "(1)",
        "Có 3 ý kiến khác nhau.",
        "Bình luận của 3 chuyên gia",
    ):
        assert count_line(line) is None


def test_every_edition_has_its_words() -> None:
    editions = {"vi", "en", "ar", "fr", "es", "ru", "zh", "ja", "ko", "lo", "km"}
    assert editions <= COMMENT_WORDS.keys()
    assert editions <= SOURCE_WORDS.keys()


WORD = st.sampled_from([word for words in COMMENT_WORDS.values() for word in words])
DIGITS = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９", "໐໑໒໓໔໕໖໗໘໙", "០១២៣៤៥៦៧៨៩"])


@given(
    count=st.integers(0, MAX_COUNT),
    separator=st.sampled_from(["", ".", ",", " ", "\u00a0", "\u202f", "٬"]),
    digits=DIGITS,
    word=WORD,
    frame=st.sampled_from(["{1} ({0})", "({0}) {1}", "{0} {1}", "{1}（{0}）"]),
    case=st.sampled_from([str.lower, str.upper, str.title]),
)
def test_whatever_is_printed_is_read(count, separator, digits, word, frame, case) -> None:
    number = f"{count:,}".replace(",", separator).translate(str.maketrans("0123456789", digits))
    assert count_line(frame.format(number, case(word))) == count


@given(st.text() | st.text(st.sampled_from("0123456789 .,()٣٬bình luậnتعليق條件의/:K-\ud800\x00"), max_size=60))
def test_hostile_text_gives_a_count_or_none(text: str) -> None:
    count = parse_count(text)
    assert count is None or 0 <= count <= MAX_COUNT
    assert count_line(text) in (None, count)


@pytest.mark.parametrize("piece", ["1 ", "1.111", "(1", "bình luận ", "0件の", " ", "111,", "コメント"])
def test_long_repetitions_are_cheap(piece: str) -> None:
    assert parse_count(piece * 100_000) is None
    parse_count((piece * 200)[:200])


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("المصدر: https://baolamdong.vn/mua-hoa-386800.html", "https://baolamdong.vn/mua-hoa-386800.html"),
        ("المصدر : https://baolamdong.vn/a", "https://baolamdong.vn/a"),
        ("Nguồn: https://baolamdong.vn/a", "https://baolamdong.vn/a"),
        ("NGUỒN: Báo Lâm Đồng", "Báo Lâm Đồng"),
        (unicodedata.normalize("NFD", "Nguồn: A"), "A"),
        ("Source : https://baolamdong.vn/a", "https://baolamdong.vn/a"),
        ("来源：https://baolamdong.vn/a", "https://baolamdong.vn/a"),
        ("출처: https://baolamdong.vn/a", "https://baolamdong.vn/a"),
        ("ប្រភព៖ https://baolamdong.vn/a", "https://baolamdong.vn/a"),
        ("Nguồn:", None),
        ("Nguồn", None),
        ("Nguồn nước: sạch", None),
        ("https://baolamdong.vn/a", None),
        ("", None),
        ("x" * 300 + ":" + "Nguồn: a", None),
    ],
)
def test_source_line(line: str, source: str | None) -> None:
    assert source_line(line) == source


@given(st.text())
def test_source_line_takes_any_text(text: str) -> None:
    assert source_line(f"Nguồn:{text}") == (text.strip() or None)
    source_line(text)
