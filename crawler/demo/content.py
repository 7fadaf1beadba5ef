"""The stories of the demo newspaper: how content/*.jsonl is read and checked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ZONE = timezone(timedelta(hours=7))
DAY_ZERO = datetime(2026, 9, 1, tzinfo=ZONE)
FOLDER = Path(__file__).with_name("content")
SECTIONS: Mapping[str, str] = {
    "thoi-su": "Thời sự",
    "kinh-te": "Kinh tế",
    "xa-hoi": "Xã hội",
    "nong-nghiep": "Nông nghiệp",
    "van-hoa": "Văn hóa",
    "giao-duc": "Giáo dục",
    "y-te": "Y tế",
    "du-lich": "Du lịch",
    "moi-truong": "Môi trường",
    "the-thao": "Thể thao",
}
EventKind: TypeAlias = Literal["edit", "remove", "restore"]


class ContentError(ValueError):
    """A content file cannot be used; the message names the file, the line and what to mend."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of a story: its file name and its caption ("" when it has none)."""

    name: str
    caption: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happens to a story at 00:00 of a day (days are counted from 1 September 2026, UTC+7)."""

    day: int
    kind: EventKind
    replace: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """One article as it was first written, with all that will happen to it.

    `comments` are (day, count) pairs in order of day; empty means that the page never shows a count.
    `original` is the slug of the Vietnamese story that an Arabic one translates. `number` is the article
    number in its address, 0 until a newspaper has given one.
    """

    slug: str
    section: str
    day: int
    time: str
    title: str
    lead: str
    paragraphs: tuple[str, ...]
    author: str
    tags: tuple[str, ...]
    images: tuple[Picture, ...]
    comments: tuple[tuple[int, int], ...]
    events: tuple[Event, ...]
    original: str | None = None
    number: int = 0

    @property
    def published(self) -> datetime:
        """The instant of publication, aware, UTC+7."""
        return instant(self.day, self.time)


_KEYS = {field.name for field in fields(Story)} - {"number"}


@dataclass(frozen=True, slots=True)
class Content:
    """All stories that were found: the Vietnamese ones and the Arabic translations, in file order."""

    vietnamese: tuple[Story, ...]
    arabic: tuple[Story, ...]


def instant(day: int, time: str = "00:00") -> datetime:
    """Give the aware instant (UTC+7) of a demo day (0 is 1 September 2026) and a time `HH:MM`.

    Raises ValueError when the time is not of that form.
    """
    if not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", time):
        raise ValueError(f"time must be HH:MM, not {time!r}")
    hour, minute = time.split(":")
    return DAY_ZERO + timedelta(days=day, hours=int(hour), minutes=int(minute))


def load(folder: Path = FOLDER) -> Content:
    """Read every *.jsonl of a folder, in order of name.

    Raises ContentError when a line is not a usable story, a slug stands twice in one language, or a
    translation names an original that is not there.
    """
    found = [story for path in sorted(folder.glob("*.jsonl")) for story in _stories(path)]
    content = Content(
        tuple(story for story in found if story.original is None),
        tuple(story for story in found if story.original is not None),
    )
    if not content.vietnamese:
        raise ContentError(f"{folder}: no Vietnamese story in any *.jsonl; the demo newspaper needs one")
    known = _unique(content.vietnamese, folder)
    _unique(content.arabic, folder)
    for story in content.arabic:
        if story.original not in known:
            raise ContentError(f"{folder}: {story.slug}: original {story.original!r} is no Vietnamese slug")
    return content


def _unique(stories: Sequence[Story], folder: Path) -> set[str]:
    seen: set[str] = set()
    for story in stories:
        if story.slug in seen:
            raise ContentError(f"{folder}: the slug {story.slug!r} stands twice; give one another slug")
        seen.add(story.slug)
    return seen


def _stories(path: Path) -> Iterable[Story]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield read_story(json.loads(line))
            except json.JSONDecodeError as error:
                raise ContentError(f"{path.name} line {number}: no JSON: {error}") from error
            except ValueError as error:
                raise ContentError(f"{path.name} line {number}: {error}") from error


def read_story(record: object) -> Story:
    """One decoded line of a content file as a Story; ValueError says which key is wrong and why."""
    if not isinstance(record, dict):
        raise ValueError("a story is a JSON object")  # noqa: TRY004 - bad data, not a bad call
    if unknown := sorted(record.keys() - _KEYS):
        raise ValueError(f"unknown key {', '.join(unknown)}")
    original = _text(record, "original") if "original" in record else None
    story = Story(
        slug=_text(record, "slug"),
        section=_text(record, "section") if original is None else "",
        day=_integer(record.get("day"), "day"),
        time=_text(record, "time"),
        title=_text(record, "title"),
        lead=_text(record, "lead", empty=True),
        paragraphs=_texts(record, "paragraphs"),
        author=_text(record, "author", empty=True),
        tags=_texts(record, "tags"),
        images=tuple(_picture(image) for image in _list(record, "images")),
        comments=_comments(record.get("comments") or {}),
        events=tuple(_event(event) for event in _list(record, "events")),
        original=original,
    )
    _check(story)
    return story


def _check(story: Story) -> None:
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", story.slug):
        raise ValueError(f"slug {story.slug!r} must be lower-case ASCII words joined by hyphens")
    if story.original is None and story.section not in SECTIONS:
        raise ValueError(f"section {story.section!r} is none of {', '.join(SECTIONS)}")
    if not story.paragraphs:
        raise ValueError("paragraphs: at least one is needed")
    texts = [story.title, story.lead, *story.paragraphs]
    published, removed, last = story.published, False, story.day
    for event in story.events:
        if event.day <= story.day or event.day < last or instant(event.day) <= published:
            raise ValueError(f"event on day {event.day}: events follow publication in order of day")
        last = event.day
        if event.kind == "edit":
            texts = revise(texts, event)
        elif (event.kind == "remove") == removed:
            raise ValueError(f"event on day {event.day}: remove and restore must alternate")
        else:
            removed = event.kind == "remove"


def revise(texts: Sequence[str], event: Event) -> list[str]:
    """Title, lead and paragraphs after an edit; ValueError when a text to replace occurs nowhere."""
    result = list(texts)
    for old, new in event.replace:
        if not any(old in text for text in result):
            raise ValueError(f"event on day {event.day}: {old!r} does not occur in title, lead or paragraphs")
        result = [text.replace(old, new) for text in result]
    return result


def _text(record: Mapping[str, Any], key: str, *, empty: bool = False) -> str:
    value = record.get(key, "" if empty else None)
    if not isinstance(value, str) or (not empty and not value.strip()):
        raise ValueError(f"{key} must be a text, not {value!r}")
    return value.strip()


def _list(record: Mapping[str, Any], key: str) -> list[object]:
    value = record.get(key) or []
    if not isinstance(value, list):
        raise ValueError(f"{key} must be a list, not {value!r}")  # noqa: TRY004 - bad data, not a bad call
    return value


def _texts(record: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = _list(record, key)
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{key} must hold texts only, not {value!r}")
    return tuple(str(value).strip() for value in values)


def _integer(value: object, what: str, lowest: int = -10_000) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < lowest:
        raise ValueError(f"{what} must be a whole number of at least {lowest}, not {value!r}")
    return value


def _picture(value: object) -> Picture:
    if not isinstance(value, dict) or not re.fullmatch(r"[\w.-]+", str(value.get("name", ""))):
        raise ValueError(f'images: each is {{"name": "file.jpg", "caption": "…"}}, not {value!r}')
    return Picture(value["name"], _text(value, "caption", empty=True))


def _comments(value: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, dict):
        raise ValueError('comments must be an object such as {"0": 0, "3": 7}')  # noqa: TRY004 - bad data
    pairs = []
    for day, count in value.items():
        if not re.fullmatch(r"-?\d{1,4}", day):
            raise ValueError(f"comments: the day must be a whole number, not {day!r}")
        pairs.append((int(day), _integer(count, f"comments of day {day}", 0)))
    return tuple(sorted(pairs))


def _event(value: object) -> Event:
    if not isinstance(value, dict) or value.get("kind") not in ("edit", "remove", "restore"):
        raise ValueError(f"events: the kind is edit, remove or restore, not {value!r}")
    pairs = value.get("replace", [])
    good = isinstance(pairs, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair) and pair[0]  # noqa: PLR2004 - a pair
        for pair in pairs
    )
    if not good or bool(pairs) != (value["kind"] == "edit"):
        raise ValueError('events: an edit, and nothing else, has "replace": [["old", "new"], …]')
    replaced = tuple((old, new) for old, new in pairs)
    return Event(_integer(value.get("day"), "event day"), cast("EventKind", value["kind"]), replaced)
