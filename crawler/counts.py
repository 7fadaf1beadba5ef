"""Printed comment counts and source lines, in every language of our editions, as numbers and addresses."""

from __future__ import annotations

import re

from archive.text import ascii_digits, fold, visible

MAX_TEXT = 200
"""Characters of the longest text that is looked at: a counter is a few words."""
MAX_COUNT = 9_999_999
"""What is larger is an id or a fault; SQLite could not even hold what a hostile page may print."""

COMMENT_WORDS = {
    "vi": ("bình luận", "ý kiến", "ý kiến bạn đọc", "phản hồi"),
    "en": ("comment", "comments", "comment(s)"),
    "ar": ("تعليق", "تعليقات", "التعليقات", "تعليقًا", "تعليقاً"),
    "fr": ("commentaire", "commentaires", "commentaire(s)"),
    "es": ("comentario", "comentarios", "comentario(s)"),
    "ru": ("комментарий", "комментарии", "комментария", "комментариев"),
    "zh": ("评论", "評論", "留言"),
    "ja": ("コメント",),
    "ko": ("댓글", "의견", "코멘트"),
    "lo": ("ຄຳເຫັນ", "ຄໍາເຫັນ", "ຄວາມຄິດເຫັນ", "ຄວາມເຫັນ"),
    "km": ("មតិ", "យោបល់", "មតិយោបល់"),
    "th": ("ความคิดเห็น", "ความเห็น"),
    "de": ("kommentar", "kommentare"),
    "pt": ("comentário", "comentários"),
    "id": ("komentar",),
}
"""The words beside a comment count, by language (ISO 639-1)."""

SOURCE_WORDS = {
    "vi": ("Nguồn", "Theo nguồn"),
    "en": ("Source",),
    "ar": ("المصدر", "مصدر"),
    "fr": ("Source",),
    "es": ("Fuente",),
    "ru": ("Источник",),
    "zh": ("来源", "來源", "资料来源"),
    "ja": ("出典", "ソース", "情報源", "出所"),
    "ko": ("출처", "소스"),
    "lo": ("ແຫຼ່ງຂໍ້ມູນ", "ແຫລ່ງຂໍ້ມູນ", "ແຫຼ່ງທີ່ມາ", "ທີ່ມາ"),
    "km": ("ប្រភព",),
    "th": ("ที่มา", "แหล่งที่มา"),
    "de": ("Quelle",),
    "pt": ("Fonte",),
    "id": ("Sumber",),
}
"""The words before the declared original of a copy or translation, by language (ISO 639-1)."""


def _plain(text: str) -> str:
    return ascii_digits(fold(visible(text)))


def _any_of(words: dict[str, tuple[str, ...]]) -> str:
    forms = {_plain(word) for known in words.values() for word in known}
    return "(?:" + "|".join(map(re.escape, sorted(forms, key=len, reverse=True))) + ")"


# Thousands stand in groups of three behind one and the same separator: 1.234.567, never 1.23 or 1.234,567.
NUMBER = r"(?:[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:,\d{3})+|(?:٬\d{3})+|(?:['’]\d{3})+|(?: \d{3})+)|\d+)"
BRACKETED = rf"\( ?{NUMBER} ?\)"
UNIT = "(?: ?(?:条|條|则|則|件の|件|개의|개|건))?"
WORD = _any_of(COMMENT_WORDS)
LINE = re.compile(rf"{WORD} ?:? ?{BRACKETED}|(?:{BRACKETED}|{NUMBER}{UNIT}) ?{WORD}")
# A bare number after the word may head a paragraph ("Ý kiến 2"): it counts in a counter, not in a text.
COUNTER = re.compile(rf"{LINE.pattern}|(?:{WORD} ?:? ?)?{NUMBER}{UNIT}|{BRACKETED}")
BRACKETS = str.maketrans("（）[]【】：៖", "()()()::")
DIGIT = re.compile(r"\d")
COLON = re.compile("[:：៖]")
SOURCE_WORD = re.compile(_any_of(SOURCE_WORDS))


def _count(pattern: re.Pattern[str], text: str) -> int | None:
    if len(text) > MAX_TEXT or not DIGIT.search(text):
        return None
    printed = _plain(text).translate(BRACKETS)
    if not pattern.fullmatch(printed):
        return None
    count = int("".join(re.findall(r"\d", printed)))
    return count if count <= MAX_COUNT else None


def parse_count(text: str) -> int | None:
    """Read what a page prints in its comment counter: `(0) Bình luận`, `1.234 bình luận`, `تعليق (٣)`, `12`.

    None where it prints no number that is wholly understood: form labels (`Gửi bình luận`), the form's own
    counter (`0 / 500 ký tự`), rounded numbers (`1,2K`). Never raises.
    """
    return _count(COUNTER, text)


def count_line(line: str) -> int | None:
    """Read a line of text that is a comment count: number and word for comments, and nothing else.

    None for every other line, so that the last lines of a body may be tried: a number alone, or one that
    follows the word without brackets (`Ý kiến 2` may be a heading). Never raises.
    """
    return _count(LINE, line)


def source_line(line: str) -> str | None:
    """Return what a line names as its source (`Nguồn: …`, `المصدر: …`), an address or a name, as printed.

    None for every other line, and where nothing follows the word. Never raises.
    """
    colon = COLON.search(line, 0, MAX_TEXT)
    if not colon or not SOURCE_WORD.fullmatch(_plain(line[: colon.start()])):
        return None
    return line[colon.end() :].strip() or None
