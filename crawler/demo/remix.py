"""More stories than were written: content recombined for tests and benchmarks of any size."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from crawler.demo.content import DAY_ZERO, Event, Story

if TYPE_CHECKING:
    from collections.abc import Sequence

PER_DAY = 40
LAST_DAY = 4
TOP_NUMBER = 700_000
MOST = 300_000
_COMMUNES = (
    ("Bản Láng", "ban-lang"),
    ("Đá Đen", "da-den"),
    ("Thượng Nguồn", "thuong-nguon"),
    ("Phú Sơn", "phu-son"),
    ("Đồng Cỏ", "dong-co"),
    ("Hòa Lâm", "hoa-lam"),
    ("Vĩnh Thạnh", "vinh-thanh"),
    ("Kim Đài", "kim-dai"),
    ("Tân Lập", "tan-lap"),
)
_TITLES = ("{place}: {title}", "{title}, nhìn từ {place}", "{title} (kỳ {part})", "{title}: chuyện ở {place}")
_UPDATES = (
    "Đến {hour} giờ, ban tổ chức cho biết số hộ tham gia đã tăng lên {count}.",
    "Bản tin được bổ sung: kinh phí sau rà soát là {count} triệu đồng.",
    "Theo số liệu mới nhất, diện tích được ghi nhận là {count} ha.",
)
_UPDATE_ARABIC = "وأفادت آخر الأرقام بأن العدد ارتفع إلى {count} أسرة."


def pick(key: int, label: str, choices: int) -> int:
    """Give a number below `choices` that depends on nothing but the key and the label."""
    return int.from_bytes(blake2b(f"{label}:{key}".encode(), digest_size=6).digest()) % choices


def schedule(index: int) -> tuple[int, int]:
    """Day and minute of the day on which the index-th extra story appears: 40 a day, newest first."""
    return LAST_DAY - index // PER_DAY, 300 + pick(index, "minute", 960)


def seconds(index: int) -> int:
    """When the index-th extra story appears, in seconds since 1970."""
    day, minute = schedule(index)
    return int(DAY_ZERO.timestamp()) + day * 86_400 + minute * 60


def remix(stories: Sequence[Story], index: int) -> Story:
    """Give the index-th extra story: the opening of one story, the end of another, its own title and life."""
    first = stories[pick(index, "first", len(stories))]
    second = stories[pick(index, "second", len(stories))]
    cut = 1 + pick(index, "cut", len(first.paragraphs))
    paragraphs = first.paragraphs[:cut] + second.paragraphs[cut:]
    day, minute = schedule(index)
    place, place_slug = _COMMUNES[pick(index, "place", len(_COMMUNES))]
    pattern = "{title} ({part})" if first.original else _TITLES[pick(index, "title", len(_TITLES))]
    return replace(
        first,
        slug=f"{first.slug}-{index}" if first.original else f"{first.slug}-{place_slug}",
        day=day,
        time=f"{minute // 60:02}:{minute % 60:02}",
        title=pattern.format(title=first.title, place=place, part=2 + pick(index, "part", 90)),
        paragraphs=paragraphs,
        author=second.author,
        comments=_comments(index, day),
        events=_events(index, day, paragraphs[-1], arabic=first.original is not None),
        number=TOP_NUMBER - index,
    )


def _comments(index: int, day: int) -> tuple[tuple[int, int], ...]:
    """Two of five show no count; of the others, some grow during the demo's days."""
    if pick(index, "bar", 5) < 2:  # noqa: PLR2004 - two of five
        return ()
    count = pick(index, "count", 4)
    pairs = [(day, count)]
    for later in range(max(day, 0) + 1, LAST_DAY + 1):
        if pick(index, f"grow{later}", 12) == 0:
            count += 1 + pick(index, f"by{later}", 5)
            pairs.append((later, count))
    return tuple(pairs)


def _events(index: int, day: int, last: str, *, arabic: bool) -> tuple[Event, ...]:
    """Of 100 stories three are edited and one is removed, of the removed every other one restored."""
    at = max(day, 0) + 1 + pick(index, "day", 3)
    fate = pick(index, "fate", 100)
    if at > LAST_DAY or fate > 3:  # noqa: PLR2004 - three of a hundred, and one
        return ()
    if fate == 3:  # noqa: PLR2004 - the one of a hundred
        back = at < LAST_DAY and pick(index, "back", 2) == 0
        return (Event(at, "remove"), Event(at + 1, "restore")) if back else (Event(at, "remove"),)
    pattern = _UPDATE_ARABIC if arabic else _UPDATES[pick(index, "update", len(_UPDATES))]
    update = pattern.format(hour=7 + pick(index, "hour", 12), count=50 + pick(index, "figure", 900))
    return (Event(at, "edit", ((last, f"{last} {update}"),)),)
