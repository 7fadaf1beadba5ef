"""What stands at a body's end and is none of it: declared source, comment counter, imprint, signature."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.text import visible
from crawler.counts import COMMENT_WORDS, count_line, source_line
from crawler.names import is_credit, is_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from crawler.blocks import Block, Line

COMMENT_HEADINGS = frozenset(word.casefold() for words in COMMENT_WORDS.values() for word in words)
ADDRESS = re.compile(r"https?://[^\s<>\"'«»،؛、。，）]+")
OUTLET = re.compile(r"^\W*Theo\s+(?:nguồn\s+)?(?P<name>[^.!?…:;]{2,60}(?:\.\w{2,5}){0,3}?)(?P<stop>\.?)\W*$")
# What may be a paper's or place's tag: what follows is compared with the lead.
TAG = re.compile(r"^(?:\([^()]{2,30}\)\s*[-–—:]*|[^()]{2,30}?\s*[-–—]+\s)\s*")
OUTLET_WORD = re.compile(r"(?:báo|đài|tạp chí|cổng|trang)\s|[\w-]+(?:\.[\w-]+)+$", re.IGNORECASE)
SHORT_NAME = 2
LAST_LINES = 20
LONGEST_SOURCE = 100
LONGEST_SIGNATURE = 80
MOST_CREDITS = 3


@dataclass(frozen=True, slots=True)
class Trailer:
    """What the end of a body said: the declared original, and the comment count (None: not said)."""

    source_url: str | None = None
    comment_count: int | None = None


def address_in(text: str) -> str | None:
    """Return the first address that is printed whole in a text."""
    match = ADDRESS.search(visible(text))
    return match[0].rstrip(".,;:!)]") if match and "…" not in match[0] and "..." not in match[0] else None


def source_of(line: Line) -> str | None:
    """Return the address in a line such as `Nguồn: https://…`; the link's own where the text is cut short."""
    named = source_line(line.text)
    if named is None:
        return None
    return address_in(named) or (line.links[-1] if line.links else None)


def cut_trailers(blocks: list[Block], imprint: re.Pattern[str] | None = None) -> Trailer:
    """Cut the trailing lines off `blocks` and return what they said.

    Trailing are a line that names the source by an address and all after it, sources without an address,
    comment counters, and lines that match `imprint`.
    """
    places = [(block, at) for block, held in enumerate(blocks) for at in range(len(held.lines))]
    lines = [blocks[block].lines[at] for block, at in places]
    end = _source_at(lines)
    while end and _is_trailing(lines[end - 1].text, imprint):
        end -= 1
    if end < len(lines):
        block, at = places[end]
        blocks[block].lines = blocks[block].lines[:at]
        del blocks[block + (at > 0) :]
    sources = (source_of(line) for line in lines[end:])
    counts = (count_line(line.text) for line in lines[end:])
    return Trailer(next(filter(None, sources), None), next((n for n in counts if n is not None), None))


def _source_at(lines: list[Line]) -> int:
    """Find the last line that names the source by its address; the number of lines when there is none.

    One with more text after it than before is no trailer.
    """
    for at in reversed(range(max(0, len(lines) - LAST_LINES), len(lines))):
        if source_of(lines[at]):
            before, after = (sum(len(line.text) for line in part) for part in (lines[:at], lines[at + 1 :]))
            return at if after <= before else len(lines)
    return len(lines)


def _is_trailing(text: str, imprint: re.Pattern[str] | None) -> bool:
    if count_line(text) is not None or visible(text).strip().casefold() in COMMENT_HEADINGS:
        return True
    if imprint is not None and imprint.match(visible(text)):
        return True
    return len(text) <= LONGEST_SOURCE and bool(source_line(text) or is_outlet(text))


def is_outlet(text: str) -> bool:
    """Tell whether a line names an outlet (`Theo TTXVN`) and says nothing else: sentences begin with that word too."""
    match = OUTLET.match(text)
    if match is None:
        return False
    words = match["name"].split()
    if match["stop"] and len(words) > SHORT_NAME:
        return False
    if "," in match["name"]:
        return all(word[0].isupper() for word in words)
    return words[0][0].isupper() or OUTLET_WORD.match(match["name"]) is not None


def cut_signature(blocks: list[Block], bylines: Collection[str]) -> str | None:
    """Cut the signature off the end of `blocks` and return it, None when there is none.

    A signature is a credit (`Bài, ảnh: Hà Vi`), repeats a byline of the page, or is bold and set against the
    right margin, or a name set so (only the last one: the same occurs inside articles too).
    """
    signed = [credit for _ in range(MOST_CREDITS) if (credit := _cut_credit(blocks))]
    at = _last(blocks)
    last = None if at is None else blocks[at]
    if at is not None and last is not None and len(last.text) <= LONGEST_SIGNATURE:
        repeated = squeezed(last.text) in {squeezed(byline) for byline in bylines}
        if repeated or (last.right and (last.bold or is_name(last.text))):
            signed.append(blocks.pop(at).text)
    return "\n".join(reversed(signed)) or None


def _last(blocks: list[Block]) -> int | None:
    """Find the last block that is no picture."""
    return next((at for at in reversed(range(len(blocks))) if blocks[at].lines), None)


def _cut_credit(blocks: list[Block]) -> str | None:
    """Cut the last line off where it is a credit."""
    at = _last(blocks)
    lines = [] if at is None else blocks[at].lines
    if at is None or len(lines[-1].text) > LONGEST_SIGNATURE or not is_credit(lines[-1].text):
        return None
    credit = lines[-1].text
    blocks[at].lines = lines[:-1]
    if not blocks[at].lines:
        blocks.pop(at)
    return credit


def cut_repeated(blocks: list[Block], title: str, lead: str | None) -> None:
    """Cut title and lead off the beginning of `blocks` where the body says them again, the lead behind a tag too."""
    said = {squeezed(text) for text in (title, lead) if text}
    led = squeezed(lead or "")
    first = next((at for at, block in enumerate(blocks) if block.lines), None)
    while first is not None:
        text = blocks[first].text
        if squeezed(text) not in said and (not led or squeezed(TAG.sub("", text)) != led):
            return
        del blocks[first]
        first = next((at for at, block in enumerate(blocks) if block.lines), None)


def squeezed(text: str) -> str:
    """Return a text's letters and digits alone, for telling whether two texts say the same."""
    return "".join(filter(str.isalnum, text)).casefold()
