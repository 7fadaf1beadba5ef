"""Names: authors taken out of bylines, and the paper's tag taken off a lead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.documents import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

LABELS = "tin|bài viết|bài|ảnh|hình ảnh|video|clip|đồ họa|thực hiện|tác giả|lược dịch|biên dịch|nhóm pv"
LABEL = re.compile(rf"(?<!\w)(?:{LABELS})(?:\s*(?:,|và|&|\+|/|-|–)\s*(?:{LABELS}))*\s*:", re.IGNORECASE)
PREFIX = re.compile(
    r"^(?:by|von|par|por|di|da|door|av|written by|текст:|автор:?|بقلم|كتب|الكاتب|取材・文|文|記者)[\s::]+",
    re.IGNORECASE,
)
PARTED = re.compile(r"\s*[\n;,،、|•]\s*|\s+(?:-|–|—|&|\+|và|and|und|et|og|och|ve|y|e)\s+")
AFTER_OUTLET = re.compile(r"^\W*(?:theo|nguồn)\s", re.IGNORECASE)
ORGANISATION = re.compile(
    r"^(?:báo|đài|tạp chí|cổng|trang|ban biên tập|tòa soạn|toà soạn|cơ quan|trung tâm|ttxvn)(?:\s|$)",
    re.IGNORECASE,
)
PLACEHOLDERS = frozenset({"bút danh", "tác giả", "admin", "administrator", "author", "editor", "mediatech", "null"})
LONGEST_NAME = 60
# The paper's tag before a lead: `(Baonghean.vn) - `, `(HPĐT)- `, `ĐNO - `.
BRACKETED_TAG = re.compile(r"^\([^()]{2,30}\)\s*[-–—]+\s*")
BARE_TAG = re.compile(r"^([A-ZĐ]{2,6}?)(?:O|ĐT)?\s*[-–—]+\s+")


def split_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the persons named in bylines, in order, each once.

    Labels (`Tin và ảnh:`, `By`), placeholders, addresses and organisations are left out; so is the outlet
    that a text was taken from (`Theo …`).
    """
    found: dict[str, str] = {}
    for text in texts:
        for part in PARTED.split(LABEL.sub("\n", text)):
            name = PREFIX.sub("", clean(part)).strip(' .:-–/()[]*"')
            if is_person(name) and not AFTER_OUTLET.match(part):
                found.setdefault(name.casefold(), name)
    return tuple(found.values())


def is_person(name: str) -> bool:
    """Whether a name can be a person's: some letters, no address, no organisation, no placeholder."""
    return (
        1 < len(name) <= LONGEST_NAME
        and any(letter.isalpha() for letter in name)
        and not any(mark in name for mark in ("://", "@", "www."))
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
