"""The demo newspaper's pages in ONECMS markup, and the template environment of all its pages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from crawler.demo.content import SECTIONS, Picture, Story
from crawler.demo.remix import pick

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from crawler.demo.paper import Newspaper, State

IMAGE_HOST = "bsc.1cdn.example"
_SIDEBAR = ("Đọc nhiều", "Tin mới", "Chuyên đề", "Trang địa phương", "Multimedia", "Bạn đọc", "Góc nhìn")


def entities(text: str) -> Markup:
    """Text as ASP.NET encodes it: the letters of Latin-1 as numeric entities (`d&#226;n`), the rest as is."""
    return Markup(re.sub("[\xa0-\xff]", lambda letter: f"&#{ord(letter[0])};", str(escape(text))))  # noqa: S704 - escaped


def month_first(moment: datetime) -> str:
    """`1/8/2026 10:02:01 AM` for 8 January: how ONECMS prints times in meta."""
    hour = moment.hour % 12 or 12
    half = "AM" if moment.hour < 12 else "PM"  # noqa: PLR2004 - noon
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment:%M:%S} {half}"


def slug_of(text: str) -> str:
    """Give a Vietnamese text as the slug of a tag's address."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d")).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")


def image_address(story: Story, picture: Picture, width: str = "") -> str:
    """Where ONECMS keeps a story's picture; a width such as `540x360` names its thumbnail."""
    folder = f"thumbs/{width}/" if width else ""
    return f"https://{IMAGE_HOST}/{folder}{story.published:%Y/%m/%d}/uploaded-{picture.name}"


def environment() -> Environment:
    """Give the Jinja environment of all pages: escaping on, an unknown name is an error."""
    env = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"entities": entities, "month_first": month_first, "slug_of": slug_of}
    env.globals |= {"image_address": image_address, "image_host": IMAGE_HOST, "sections": SECTIONS}
    return env


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an ONECMS body: kind is paragraph, highlight, image, nested, ad, related or signature."""

    kind: str
    text: Markup | None = None
    picture: Picture | None = None
    stories: tuple[Story, ...] = ()


def _prose(text: str, number: int) -> Markup:
    """Give a paragraph in one of the shapes that real bodies have: entities, hard blanks, inline elements."""
    html = str(entities(text)) if number % 6 == 0 else str(escape(text))
    if number % 4 == 1:
        html = re.sub(r"(?<=\d) (?=[^\W\d])", "&nbsp;", html, count=1)
    if number % 3 == 2:  # noqa: PLR2004 - every third article
        html = re.sub("“[^”“<>]{1,200}”", lambda quote: f"<em>{quote[0]}</em>", html)
    return Markup(html)  # noqa: S704 - escaped above


def blocks(state: State, related: Sequence[Story]) -> list[Block]:
    """Give a body as ONECMS lays it out; which shapes occur depends on the story's number alone."""
    story, texts = state.story, [_prose(text, state.story.number) for text in state.paragraphs]
    pictures = list(story.images)
    result = [Block("image", picture=pictures.pop(0))] if pictures and story.number % 2 else []
    for at, text in enumerate(texts):
        if at == 1 and story.number % 10 == 7:  # noqa: PLR2004 - every tenth article
            result.append(Block("highlight", text))
        elif pictures and at == 1:
            result.append(Block("nested", text, picture=pictures.pop(0)))
        else:
            result.append(Block("paragraph", text))
        if at == 0:
            result.append(Block("ad"))
        if at == len(texts) // 2:
            result.append(Block("related", stories=tuple(related)))
    result += [Block("image", picture=picture) for picture in pictures]
    if story.author and story.number % 9 == 4:  # noqa: PLR2004 - every ninth article
        result.append(Block("signature", escape(story.author)))
    return result


class OneCmsPress:
    """Renders a newspaper's pages as ONECMS does; `turn` differs in each response of a restless paper."""

    def __init__(self, paper: Newspaper) -> None:
        self._paper = paper
        self._env = environment()
        self._env.globals |= {"paper": paper, "address": paper.address}
        self._lasting = paper.lasting(30)
        self._chrome: Mapping[str, Markup] = {}
        self._chrome = self._furniture()

    def _furniture(self) -> dict[str, Markup]:
        """Menu, sidebar and footer of every page; the sidebar is long enough for the paper's weight."""
        parts = {part: self._render(f"onecms_{part}.html", {}) for part in ("head", "menu", "footer")}
        size = sum(len(part.encode()) for part in parts.values()) + 14_000
        sidebar, box = Markup(""), 0
        while size + len(sidebar.encode()) < self._paper.weight:
            picked = [self._lasting[(box * 6 + at) % len(self._lasting)] for at in range(6)]
            title = _SIDEBAR[box % len(_SIDEBAR)]
            sidebar += self._render("onecms_box.html", {"title": title, "stories": picked})
            box += 1
        return {**parts, "sidebar": sidebar}

    def _render(self, template: str, names: Mapping[str, object]) -> Markup:
        return Markup(self._env.get_template(template).render({**self._chrome, **names}))  # noqa: S704 - a template

    def article(self, state: State, turn: int = 0) -> str:
        """Give an article's page."""
        number = state.story.number
        related = [self._lasting[pick(number, f"related{at}-{turn}", len(self._lasting))] for at in range(3)]
        header = self._render("onecms_header.html", {"state": state, "story": state.story})
        if number % 5 == 0:
            # Texts hold no plain quotation mark (Jinja writes &#34;), so that only attributes change.
            header = Markup(str(header).replace('"', "'"))  # noqa: S704 - escaped
        return self._render(
            "onecms_article.html",
            {
                "state": state,
                "story": state.story,
                "header": header,
                "blocks": blocks(state, related),
                "related": related,
                "now": self._paper.now,
                "zone": 20 + pick(number, f"ad{turn}", 40),
                "reactions": [pick(number, f"reaction{at}-{turn}", 30) for at in range(3)],
                "bare": number % 4 == 0,
            },
        )

    def listing(self, title: str, path: str, states: Iterable[State], *, more: int | None = None) -> str:
        """Give a section, tag or front page, the newest on top; `more` is the channel of what follows."""
        shown = list(states)
        return self._render("onecms_list.html", {"title": title, "path": path, "states": shown, "more": more})

    def printed(self, state: State) -> str:
        """Give the print form of an article."""
        return self._render("onecms_print.html", {"state": state, "story": state.story})

    def message(self, title: str, text: str) -> str:
        """Give a page that holds a message only, such as "not found"."""
        return self._render("onecms_message.html", {"title": title, "text": text})
