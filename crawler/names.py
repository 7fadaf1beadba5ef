"""Names: authors taken out of bylines, and the paper's tag taken off a lead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.text import fold
from crawler.documents import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

LABELS = (
    "tin|bài viết|bài|chùm ảnh|nguồn ảnh|hình ảnh|ảnh|hình|video|clip|đồ họa|đồ hoạ|infographic|thực hiện|tác giả"
    "|lược dịch|biên dịch|dịch|nhóm pv|nhóm phóng viên|nội dung|trình bày|thiết kế|biên tập|kỹ thuật|lời bình|lời"
    "|tổng hợp|minh họa|minh hoạ|quay phim|dựng phim|words|story|texts?|photos?|pictures?|images?"
    "|textes?|fotos?|textos?|текст|фото|文字|文|写真|作者|记者|摄影|글|사진|نص|صور|تصوير|ຂຽນໂດຍ|ບົດ|ຮູບ|អត្ថបទ|រូបភាព"
)
BETWEEN = r"(?:\s*(?:,|&|\+|/|-|–|・|(?<!\w)(?:và|and|et|y|и|و)(?=\s))\s*|\s+)"
ROLES = rf"(?:{LABELS})(?:{BETWEEN}(?:{LABELS})){{0,5}}"
LABEL = re.compile(rf"(?<!\w){ROLES}\s*[:\uff1a]", re.IGNORECASE)
WHOLLY_BRACKETED = re.compile(r"^\s*\(([^()]*)\)\s*$")
IN_BRACKETS = re.compile(r"\([^()]*\)")
ADDRESS = re.compile(r"\S+://\S+|\bwww\.\S+|\S+@\S+|\+?\d[\d .-]{6,}\d")
PREFIX = re.compile(
    r"^(?:(?:by|von|par|por|di|da|door|av|written by|текст:|автор:?|بقلم|كتب|الكاتب|取材・文|文|記者)[\s:\uff1a]+"
    r"|(?:pv|ctv|btv|phóng viên|cộng tác viên|biên tập viên|nhà báo)\s+)",
    re.IGNORECASE,
)
SUFFIX = re.compile(r"\s+(?:(?:thực hiện|tổng hợp|biên soạn|biên dịch|lược dịch|lược ghi|ghi)|기자)$", re.IGNORECASE)
PARTED = re.compile(r"\s*[\n;,،、|•/]\s*|\s+(?:-|–|—|&|\+|và|and|und|et|og|och|ve|y|e)\s+")
AFTER_OUTLET = re.compile(r"^\W*(?:theo|nguồn)[\s:\uff1a]", re.IGNORECASE)
ORGANISATION = re.compile(
    r"^(?:(?:báo|đài|tạp chí|cổng|trang|ban biên tập|tòa soạn|toà soạn|cơ quan|trung tâm|thông tấn xã)(?:\s|$)"
    r"|(?:ttxvn|vov|vtv|vnexpress|vietnam ?(?:plus|\+)|reuters|afp|xinhua|tass)(?:\W|$)"
    r"|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,4}$)",
    re.IGNORECASE,
)
PLACEHOLDERS = frozenset(
    (
        *("bút danh", "tác giả", "admin", "administrator", "author", "editor", "mediatech", "null"),
        *("pv", "p.v", "ctv", "btv", "bbt", "pv-ctv", "nhóm pv", "nhóm phóng viên", "phóng viên", "cộng tác viên"),
        *("tổng hợp", "tin", "bài", "ảnh", "email", "e-mail", "điện thoại", "sđt"),
    )
)
# Papers merged with their broadcaster since 2025 are called so: a comma within the name parts no persons.
MERGED = re.compile(
    r"\bbáo (?:và|&) (?:đài )?phát thanh\s*(?:,|-|–|và|&)\s*truyền hình(?:(?!\s[-–—]\s)[^\n;|/,()])*", re.IGNORECASE
)
LONGEST_NAME = 60
LONGEST_BYLINE = 500
"""Characters: what is longer is prose, or an attack."""
MOST_WORDS = 6
# A word of what papers call themselves, which no person's name has.
PAPER_WORD = re.compile(r"^bao|online$|dientu$|news$|dt$|(?:com|org)?vn$")
# The paper's tag before a lead: `(Baonghean.vn) - `, `(HPĐT)- `, `ĐNO - `.
BRACKETED_TAG = re.compile(r"^\([^()]{2,30}\)\s*[-–—]+\s*")
BARE_TAG = re.compile(r"^([A-ZĐ]{2,6}?)(?:O|ĐT)?\s*[-–—]+\s+")


def split_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the persons named in bylines, in order, each once.

    Labels (`Tin và ảnh:`, `By`), placeholders, addresses and organisations are left out; so is the outlet
    that a text was taken from (`Theo …`), and what stands in brackets beside a name.
    """
    found: dict[str, str] = {}
    for text in texts:
        if len(text) > LONGEST_BYLINE:
            continue
        told = MERGED.sub("\n", WHOLLY_BRACKETED.sub(r"\1", text))
        for part in PARTED.split(LABEL.sub("\n", IN_BRACKETS.sub(" ", ADDRESS.sub("\n", told)) or told)):
            name = SUFFIX.sub("", PREFIX.sub("", clean(part))).strip(' .:-–/()[]*"')
            if is_person(name) and not AFTER_OUTLET.match(part):
                found.setdefault(name.casefold(), name)
    return tuple(found.values())


def is_credit(line: str) -> bool:
    """Tell whether a line is nothing but a credit (`Bài, ảnh: Hà Vi`): a label, and names behind it."""
    said = line.strip(" ()[]")
    label = LABEL.match(said)
    behind = LABEL.sub("\n", said[label.end() :]) if label else ""
    parts = [part.split() for part in PARTED.split(IN_BRACKETS.sub(" ", behind)) if part.strip(" .")]
    return bool(parts) and all(len(words) <= MOST_WORDS and all(map(begins_name, words)) for words in parts)


def is_name(line: str) -> bool:
    """Tell whether a line may be nothing but a name: two to six words, none of them small, no figure, no stop."""
    name = line.strip(" ()")
    words = name.split()
    return 1 < len(words) <= MOST_WORDS and name[-1].isalpha() and all(map(begins_name, words))


def begins_name(word: str) -> bool:
    """Tell whether a word may be one of a name: no number, and no small letter at its beginning."""
    first = next(filter(str.isalpha, word), "")
    return not first.islower() and not any(map(str.isdigit, word))


def is_paper(name: str, url: str, called: Iterable[str]) -> bool:
    """Tell whether a name is that of the paper at `url`, as it is `called` or as its host has it.

    A bare province is not enough: Khánh Hòa is a person's name too.
    """
    label = (urlsplit(url).hostname or "").removeprefix("www.").partition(".")[0]
    key, keys = _key(name), [_key(other) for other in called]
    if not key or key in (label, f"{label}o", *keys):
        return bool(key)
    bare = _bare(key)
    return bare != key if bare == label.removeprefix("bao") else bare in map(_bare, keys)


def _bare(key: str) -> str:
    return PAPER_WORD.sub("", PAPER_WORD.sub("", key))


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))


def is_person(name: str) -> bool:
    """Whether a name can be a person's: some letters, no address, no organisation, no placeholder."""
    return (
        1 < len(name) <= LONGEST_NAME
        and any(letter.isalpha() for letter in name)
        and name.casefold() not in PLACEHOLDERS
        and ORGANISATION.match(name) is None
    )


def without_tag(lead: str, paper: str) -> str:
    """Return a lead without the paper's tag before it.

    A bare tag is told from a lead that begins with `EU - ` by the initials of the `paper`, behind which `O`
    (online) or `ĐT` (điện tử) may stand.
    """
    tag = BARE_TAG.match(lead)
    if tag and tag[1] in "".join(word[0] for word in paper.upper().split()):
        return lead[tag.end() :]
    return BRACKETED_TAG.sub("", lead)
