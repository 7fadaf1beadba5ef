"""The demo newspaper as a model: its stories, its clock, and what it shows at an instant."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypeAlias

from crawler.demo.content import FOLDER, SECTIONS, ZONE, ContentError, Story, instant, load, revise
from crawler.demo.remix import MOST, TOP_NUMBER, remix, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Standing: TypeAlias = Literal["published", "unpublished", "removed"]
Edition: TypeAlias = Literal["onecms", "vietnamvn"]

PAPER_HOST = "baosuoicat.example"
SYNDICATOR_HOST = "www.vietnam-demo.example"
EVENING = "22:00"
_DAY_ZERO_EVENING = instant(0, EVENING)
_FIRST_NUMBER = 386_800
_STEP = 11  # no common divisor with 2 to 10: a page's shape follows its number

LAM_DONG_SECTIONS: Mapping[str, str] = {
    "thoi-su/thoi-su-lam-dong": "thoi-su",
    "phap-luat": "xa-hoi",
    "phap-luat/nhip-cau-ban-doc": "xa-hoi",
    "trang-dia-phuong": "moi-truong",
    "kinh-te/nong-nghiep-nong-thon": "nong-nghiep",
    "chinh-sach": "giao-duc",
    "doi-song": "y-te",
}
"""For `section_aliases`: the sections of baolamdong.vn, so that the demo newspaper can pose as it."""


@dataclass(frozen=True, slots=True)
class State:
    """One story as the paper shows it at one instant.

    `comment_count` is None where the page shows none. `changed_at` (aware) is the instant of the last
    change that a reader could see. `digest` (hex) is equal while the article is.
    """

    story: Story
    standing: Standing
    title: str
    lead: str
    paragraphs: tuple[str, ...]
    comment_count: int | None
    changed_at: datetime

    @property
    def digest(self) -> str:
        """A short hash over the texts, captions and the comment count."""
        parts = (self.title, self.lead, *self.paragraphs, repr(self.story.images), str(self.comment_count))
        return sha256("\x00".join(parts).encode()).hexdigest()[:16]


@dataclass(eq=False)
class Newspaper:
    """A deterministic newspaper: the same stories, host, size and clock always give the same pages.

    `size` is how many stories it holds in all (None: those that were written): fewer are the first in
    file order, more are recombined when they are asked for, so that memory stays flat; 40 of them appear on
    each of the days 1 to 4, the rest before. `weight` is the size in bytes that an ONECMS page should have
    at least. `restless` makes ads and related boxes differ in every response. `original` is the paper that
    the syndicator's edition (`vietnamvn`) translates; `written_addresses` maps the slugs of all written
    stories to their addresses. `section_aliases` gives sections further addresses.
    Raises ValueError when these do not fit together.
    """

    stories: Sequence[Story]
    host: str = PAPER_HOST
    name: str = "Báo Suối Cát"
    edition: Edition = "onecms"
    original: Newspaper | None = None
    size: int | None = None
    weight: int = 60_000
    restless: bool = False
    section_aliases: Mapping[str, str] = field(default_factory=dict)
    now: datetime = _DAY_ZERO_EVENING

    def __post_init__(self) -> None:
        if (self.edition == "vietnamvn") != (self.original is not None):
            raise ValueError("the edition vietnamvn, and no other, needs the original newspaper")
        if not self.stories or (self.size is not None and not 0 < self.size <= MOST):
            raise ValueError(f"a newspaper needs stories, and a size of 1 to {MOST:,}")
        self._number_stories()
        count = len(self.stories) if self.size is None else self.size
        self.stories = self.stories[:count]
        self._written = len(self.stories)
        stamps = [int(story.published.timestamp()) for story in self.stories]
        stamps += [seconds(index) for index in range(count - self._written)]
        # Two arrays of numbers are all that is kept of a story until somebody asks for it.
        order = sorted(range(count), key=lambda at: (stamps[at], at))
        self._order = array("l", order)
        self._stamps = array("q", (stamps[at] for at in order))
        self._story = lru_cache(maxsize=1024)(self._make)

    def _number_stories(self) -> None:
        """Give written stories their numbers by age; a story's number does not depend on `size`."""
        ranked = sorted(self.stories, key=lambda story: (story.published, story.slug))
        numbers = {story.slug: _FIRST_NUMBER + _STEP * rank for rank, story in enumerate(ranked)}
        self.stories = tuple(replace(story, number=numbers[story.slug]) for story in self.stories)
        self.written_addresses: Mapping[str, str] = {story.slug: self.address(story) for story in self.stories}
        self._by_slug = {story.slug: at for at, story in enumerate(self.stories[: self.size])}
        self._by_number = {story.number: at for at, story in enumerate(self.stories[: self.size])}

    def _make(self, at: int) -> Story:
        return self.stories[at] if at < self._written else remix(self.stories, at - self._written)

    def __len__(self) -> int:
        return len(self._order)

    def set_clock(self, day: int, time: str = EVENING) -> None:
        """Set the clock to a day of the demo (0 is 1 September 2026) and a time HH:MM, UTC+7."""
        self.now = instant(day, time)

    def by_number(self, number: int) -> Story | None:
        """Give the story with this number in its address, or None."""
        at = self._by_number.get(number, self._written + TOP_NUMBER - number)
        return self._story(at) if 0 <= at < len(self) and self._story(at).number == number else None

    def by_slug(self, slug: str) -> Story | None:
        """Give the story with this slug; of recombined ones only the syndicator's have their own."""
        at = self._by_slug.get(slug)
        if at is None:
            head, _, index = slug.rpartition("-")
            if head not in self._by_slug or not index.isascii() or not index.isdigit():
                return None
            at = self._written + int(index[:9])
        return self._story(at) if at < len(self) and self._story(at).slug == slug else None

    def newest(self, before: datetime | None = None) -> Iterator[Story]:
        """Stories whose time of publication has come (removed ones included), newest first."""
        end = self.now if before is None or before > self.now else before
        for place in range(bisect_right(self._stamps, int(end.timestamp())) - 1, -1, -1):
            yield self._story(self._order[place])

    def days(self) -> Iterator[tuple[date, datetime]]:
        """Days on which something has appeared, newest first, each with the instant of its last story."""
        place = bisect_right(self._stamps, int(self.now.timestamp())) - 1
        while place >= 0:
            moment = datetime.fromtimestamp(self._stamps[place], ZONE)
            yield moment.date(), moment
            midnight = datetime.combine(moment.date(), datetime.min.time(), ZONE)
            place = bisect_left(self._stamps, int(midnight.timestamp())) - 1

    def state(self, story: Story) -> State:
        """Give the story as the paper shows it now."""
        texts, changed_at, removed = [story.title, story.lead, *story.paragraphs], story.published, False
        for event in story.events:
            if instant(event.day) > self.now:
                break
            changed_at = instant(event.day)
            if event.kind == "edit":
                texts = revise(texts, event)
            else:
                removed = event.kind == "remove"
        count: int | None = None
        for day, shown in story.comments:
            if instant(day) > self.now:
                break
            if shown != count:
                count, changed_at = shown, max(changed_at, instant(day))
        standing: Standing = "removed" if removed else "published"
        if story.published > self.now:
            standing = "unpublished"
        paragraphs = tuple(text for text in texts[2:] if text.strip())
        return State(story, standing, texts[0], texts[1], paragraphs, count, changed_at)

    def path(self, story: Story) -> str:
        """Give the path of a story's page: `/slug-123456.html`, or `/ar/slug` at the syndicator."""
        return f"/ar/{story.slug}" if self.edition == "vietnamvn" else f"/{story.slug}-{story.number}.html"

    def address(self, story: Story) -> str:
        """Give the paper's own address of a story."""
        return f"https://{self.host}{self.path(story)}"

    def source_address(self, story: Story) -> str:
        """Give the address of the article that a story translates; ValueError when there is none."""
        known = self.original.written_addresses if self.original else {}
        if story.original is None or story.original not in known:
            raise ValueError(f"{story.slug}: no original {story.original!r} in the newspaper it translates")
        return known[story.original]

    def lasting(self, limit: int) -> list[Story]:
        """List the oldest written stories, those that are never removed first: what sidebars link to."""
        removed = {story.slug for story in self.stories if any(event.kind == "remove" for event in story.events)}
        return sorted(self.stories, key=lambda story: (story.slug in removed, story.published))[:limit]

    def visible(self) -> Iterator[State]:
        """Every article that a reader can open now, newest first."""
        states = (self.state(story) for story in self.newest())
        return (state for state in states if state.standing == "published")

    def section_of(self, path: str) -> str | None:
        """Which section a path such as `kinh-te` or one of the aliases means, or None."""
        return path if path in SECTIONS else self.section_aliases.get(path)


def demo_papers(folder: Path = FOLDER, *, size: int | None = None) -> tuple[Newspaper, Newspaper]:
    """Give the provincial paper and its Arabic edition at the syndicator, from the content files.

    `size` is that of the provincial paper. Raises ContentError when the content cannot be used.
    """
    content = load(folder)
    if not content.arabic:
        raise ContentError(f"{folder}: no Arabic story in any *.jsonl; its edition needs one")
    paper = Newspaper(content.vietnamese, size=size)
    arabic = Newspaper(content.arabic, host=SYNDICATOR_HOST, name="Vietnam.vn", edition="vietnamvn", original=paper)
    return paper, arabic
