"""Two readings of one article → what differs, paragraph by paragraph and word by word (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal, TypeAlias

from archive.grades import Grade, Reading, grades, paragraphs, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Op: TypeAlias = Literal["same", "removed", "added"]
Stretch: TypeAlias = tuple[str, str, bool]
"""Words removed, words added, and whether they are the same (then the first are left out)."""
Kind: TypeAlias = Literal["same", "changed", "removed", "added", "moved-from", "moved-to"]

WORDS = re.compile(r"\d+(?:[.,:/]\d+)*%?|(?:[^\W\d_][\u0300-\u036f\u064b-\u065f\u0670]*)+|\s+|.", re.DOTALL)
ALIKE = 0.5
MOVED = 0.8
"""Share of words that two paragraphs have in common to count as one that was changed, or that was moved."""
MOST_PAIRS = 1_000_000
MOST_PARTS = 40_000
"""Equal pairs, and parts in all, that one alignment looks at; a larger middle counts as replaced."""
NEARBY = 30
"""How many new paragraphs an old one is held against at its own place."""
MOST_MOVES = 200
"""How many lost and found paragraphs are looked at for moves."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is in both readings, in the older alone, or in the newer alone."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of the comparison; `old` and `new` are its places (from 1), None where it is absent.

    `moved-from` stands at the older place and `moved-to` at the newer one: `other` is the place it went to
    or came from. Only `moved-to` bears word marks.
    """

    kind: Kind
    pieces: tuple[Piece, ...]
    old: int | None = None
    new: int | None = None
    other: int | None = None

    @property
    def before(self) -> tuple[Piece, ...]:
        """Return what the older reading says here: everything but the added pieces."""
        return tuple(piece for piece in self.pieces if piece.op != "added")

    @property
    def after(self) -> tuple[Piece, ...]:
        """Return what the newer reading says here: everything but the removed pieces."""
        return tuple(piece for piece in self.pieces if piece.op != "removed")


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two readings; `grades` come gravest first and are empty for equal readings."""

    grades: tuple[Grade, ...]
    title: Paragraph
    lead: Paragraph
    body: tuple[Paragraph, ...]

    def count(self, *kinds: Kind) -> int:
        """Count the paragraphs of the body that are of these kinds."""
        return sum(paragraph.kind in kinds for paragraph in self.body)


def compare(old: Reading, new: Reading, *, ours: bool = False) -> Difference:
    """Compare two readings; `ours` says that our reader changed between them, not the paper."""
    return Difference(
        grades=("reader",) if ours else grades(old, new),
        title=line(old.title, new.title),
        lead=line(old.lead or "", new.lead or ""),
        body=tuple(compare_bodies(old.body, new.body)),
    )


def line(old: str, new: str) -> Paragraph:
    """Compare two texts of one paragraph each, title or lead ("" where there is none)."""
    if not old or not new:
        kind: Kind = "added" if new else "removed" if old else "same"
        return Paragraph(kind, tuple(_pieces(old, new)), 1, 1)
    return _both(old, new, 1, 1)


def mark_words(old: str, new: str) -> Iterator[Piece]:
    """Yield pieces that spell, in NFC, `old` without the added ones and `new` without the removed ones."""
    before, after = (WORDS.findall(unicodedata.normalize("NFC", text)) for text in (old, new))
    stretches: list[Stretch] = []
    for block in align(before, after):
        stretches.append(("" if block.same else "".join(block.before), "".join(block.after), block.same))
        _join(stretches)
    for removed, added, same in stretches:
        if same:
            yield Piece("same", added)
        else:
            yield from _pieces(removed, added)


def _join(stretches: list[Stretch]) -> None:
    """Join the last changes into one while less stands the same between them than changed on either side.

    A rewritten sentence is then two phrases, not a rattle of single words that happen to be in both.
    """
    while len(stretches) > 2:  # noqa: PLR2004 — a change, what stands between, a change
        (removed, added, first), (_, between, same), (more_removed, more_added, last) = stretches[-3:]
        changed = min(max(len(removed), len(added)), max(len(more_removed), len(more_added)))
        if first or last or not same or len(between) > changed:
            break
        joined = (removed + between + more_removed, added + between + more_added, False)
        stretches[-3:] = [joined]


def _pieces(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of two sequences that is equal, or that is not; `old` and `new` are where it begins."""

    same: bool
    before: Sequence[str]
    after: Sequence[str]
    old: int
    new: int


def align(before: Sequence[str], after: Sequence[str]) -> list[Block]:
    """Align two sequences of words or of paragraph keys; the cost is bounded by MOST_PAIRS."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    left, right = before[head : len(before) - tail], after[head : len(after) - tail]
    blocks = [Block(True, before[:head], after[:head], 0, 0)] if head else []
    here = Counter(left)
    pairs = sum(here[key] * number for key, number in Counter(right).items())
    if not pairs or pairs > MOST_PAIRS or len(left) + len(right) > MOST_PARTS:
        if left or right:
            blocks.append(Block(False, left, right, head, head))
    else:
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        for op, i, j, m, n in matcher.get_opcodes():
            blocks.append(Block(op == "equal", left[i:j], right[m:n], head + i, head + m))
    if tail:
        old, new = len(before) - tail, len(after) - tail
        blocks.append(Block(True, before[old:], after[new:], old, new))
    return blocks


def _common(before: Sequence[str], after: Sequence[str]) -> int:
    for place, (left, right) in enumerate(zip(before, after, strict=False)):
        if left != right:
            return place
    return min(len(before), len(after))


def compare_bodies(old: str, new: str) -> Iterator[Paragraph]:
    """Compare two bodies; a paragraph that stands elsewhere is shown as moved, at both of its places."""
    before, after = paragraphs(old), paragraphs(new)
    pairs, lost, found = _pair(before, after)
    moved = _nearest(before, after, lost, found)
    arrived = {place: origin for origin, place in moved.items()}
    for i, j in _in_order(pairs, lost, found):
        if i is not None and j is not None:
            yield _both(before[i], after[j], i + 1, j + 1)
        elif i is not None:
            place = moved.get(i)
            piece = (Piece("removed", before[i]),)
            other = None if place is None else place + 1
            yield Paragraph("removed" if place is None else "moved-from", piece, i + 1, None, other)
        elif j is not None and j in arrived:
            pieces = _both(before[arrived[j]], after[j], 1, 1).pieces
            yield Paragraph("moved-to", pieces, None, j + 1, arrived[j] + 1)
        elif j is not None:
            yield Paragraph("added", (Piece("added", after[j]),), None, j + 1)


def _both(old: str, new: str, i: int, j: int) -> Paragraph:
    if plain(old) == plain(new):
        return Paragraph("same", (Piece("same", new),), i, j)
    return Paragraph("changed", tuple(mark_words(old, new)), i, j)


def _pair(before: list[str], after: list[str]) -> tuple[dict[int, int], list[int], list[int]]:
    """Tell which old paragraph is which new one, which old ones are lost and which new ones are found."""
    pairs: dict[int, int] = {}
    lost: list[int] = []
    found: list[int] = []
    for block in align(*_keys(before, after)):
        olds = list(range(block.old, block.old + len(block.before)))
        news = list(range(block.new, block.new + len(block.after)))
        if block.same:
            pairs.update(zip(olds, news, strict=True))
            continue
        matched = dict(_alike([before[i] for i in olds], [after[j] for j in news]))
        pairs.update({olds[i]: news[j] for i, j in matched.items()})
        lost += [i for place, i in enumerate(olds) if place not in matched]
        found += [j for place, j in enumerate(news) if place not in set(matched.values())]
    return pairs, lost, found


def _keys(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """Return a key per paragraph; a new one that is mostly an old one, wherever it stands, has its key.

    So a paragraph whose number was corrected holds its place in the order, and only what left it has moved.
    """
    old, new = [plain(text) for text in before], [plain(text) for text in after]
    lost, found = set(new), set(old)
    places = _nearest(
        before,
        after,
        [i for i, key in enumerate(old) if key not in lost],
        [j for j, key in enumerate(new) if key not in found],
    )
    for i, j in places.items():
        new[j] = old[i]
    return old, new


def _alike(olds: list[str], news: list[str]) -> Iterator[tuple[int, int]]:
    """Pair, in order, paragraphs that share at least half of their words; each is held against few."""
    bags = [_bag(text) for text in news]
    start = 0
    for i, text in enumerate(olds[:MOST_MOVES]):
        bag = _bag(text)
        near = range(start, min(len(news), start + NEARBY))
        best = max(near, key=lambda j: _likeness(bag, bags[j]), default=None)
        if best is not None and _likeness(bag, bags[best]) >= ALIKE:
            yield i, best
            start = best + 1


def _bag(text: str) -> Counter[str]:
    return Counter(word.lower() for word in WORDS.findall(text) if not word.isspace())


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _nearest(before: list[str], after: list[str], lost: list[int], found: list[int]) -> dict[int, int]:
    """Find for lost paragraphs the found ones that are mostly the same, one for one."""
    free = {j: _bag(after[j]) for j in found[:MOST_MOVES]}
    near: dict[int, int] = {}
    for i in lost[:MOST_MOVES]:
        bag = _bag(before[i])
        best = max(free, key=lambda j: _likeness(bag, free[j]), default=None)
        if best is not None and _likeness(bag, free[best]) >= MOVED:
            near[i] = best
            del free[best]
    return near


def _in_order(pairs: dict[int, int], lost: list[int], found: list[int]) -> Iterator[tuple[int | None, int | None]]:
    """Yield every paragraph once, in reading order: pairs by their place, lost ones before found ones."""
    rest, waiting = sorted(found), sorted(lost)
    for i, j in sorted(pairs.items()):
        while waiting and waiting[0] < i:
            yield waiting.pop(0), None
        while rest and rest[0] < j:
            yield None, rest.pop(0)
        yield i, j
    yield from ((i, None) for i in waiting)
    yield from ((None, j) for j in rest)
