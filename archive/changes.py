"""What changed between two readings of an article, and which kind of revision that makes (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypeAlias

from archive.text import visible

Kind: TypeAlias = Literal["first", "content", "cosmetic", "reader", "revert"]
Texts: TypeAlias = Mapping[str, str | None]

FIELDS = ("title", "lead", "body")
"""The texts whose change makes a revision; section, authors, tags, images and dates only update the row."""

# A number keeps its sign and its inner signs (3,9 and 39 are not the same); words; any other single sign.
TOKEN = re.compile(r"(?:(?<![\w.,])[-−–+])?\d+(?:[.,:/–-]\d+)*|[^\W\d_]+|[^\w\s]|_")

PUNCTUATION_THAT_TELLS = "%‰&@#§"


def changed_fields(old: Texts, new: Texts) -> list[str]:
    """Name the texts that a reader sees changed; white space, composition and an empty lead change nothing."""
    return [name for name in FIELDS if visible(old[name] or "") != visible(new[name] or "")]


def changed_paragraphs(old: str, new: str) -> int:
    """Count the paragraphs of a body that were added, removed or rewritten; at least those that moved."""
    before, after = _paragraphs(old), _paragraphs(new)
    added, removed = Counter(after) - Counter(before), Counter(before) - Counter(after)
    moved = sum(one != other for one, other in zip(before, after, strict=False))
    return max(added.total(), removed.total()) or moved


def is_cosmetic(old: Texts, new: Texts) -> bool:
    """Tell whether only punctuation, quotes or case differ: no word, no number, no symbol (%, °, +, €)."""
    return all(_essence(old[name] or "") == _essence(new[name] or "") for name in FIELDS)


def describe(old: Texts, new: Texts) -> dict[str, object]:
    """Describe a revision for the column `changes`: the fields, and how many paragraphs of the body."""
    fields = changed_fields(old, new)
    changes: dict[str, object] = {"fields": fields}
    if "body" in fields:
        changes["paragraphs"] = changed_paragraphs(old["body"] or "", new["body"] or "")
    return changes


def _paragraphs(body: str) -> list[str]:
    return [seen for part in body.split("\n\n") if (seen := visible(part))]


def _essence(text: str) -> list[str]:
    tokens = TOKEN.findall(visible(text).casefold())
    return [token for token in tokens if token[0].isalnum() or len(token) > 1 or _carries(token)]


def _carries(sign: str) -> bool:
    """Tell whether a single sign carries meaning: symbols do, and the vowel marks of Thai, Lao and Khmer."""
    return sign in PUNCTUATION_THAT_TELLS or unicodedata.category(sign)[0] in "SM"
