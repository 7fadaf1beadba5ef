"""The syndicator's Arabic pages, in the server-rendered Next.js shape of vietnam.vn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.demo.markup import environment
from crawler.demo.remix import pick

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.demo.content import Story
    from crawler.demo.paper import Newspaper, State

_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_CARDS = 12


class VietnamVnPress:
    """Renders the pages of a newspaper whose edition is `vietnamvn`."""

    def __init__(self, paper: Newspaper) -> None:
        self._paper = paper
        self._env = environment()
        self._env.globals |= {
            "paper": paper,
            "address": paper.address,
            "static": f"vstatic.{paper.host.removeprefix('www.')}",
            "picture_of": self._picture,
        }
        self._lasting = paper.lasting(2 * _CARDS)

    def _picture(self, story: Story, at: int = 0) -> str:
        """Give a picture's address: its name begins with the milliseconds since 1970 of its upload."""
        name = story.images[at].name if story.images else "vietnam-default.jpg"
        stamp = int(story.published.timestamp()) * 1000 + at
        host = self._env.globals["static"]
        return f"https://{host}/vietnam/resource/IMAGE/{story.published:%Y/%m/%d}/{stamp}_{name}"

    def article(self, state: State, turn: int = 0) -> str:
        """Give an article's page: its last two lines name the original and, where known, the comments."""
        number = state.story.number
        count = None if state.comment_count is None else str(state.comment_count)
        if count is not None and number % 2:
            count = count.translate(_ARABIC_DIGITS)
        start = pick(number, f"cards-{turn}", len(self._lasting))
        names = {
            "state": state,
            "story": state.story,
            "source": self._paper.source_address(state.story),
            "count": count,
            "cards": (self._lasting[start:] + self._lasting[:start])[:_CARDS],
        }
        return self._env.get_template("vietnamvn_article.html").render(names)

    def listing(self, title: str, path: str, states: Iterable[State]) -> str:
        """Give the front page of the edition: cards that lead to the articles."""
        names = {"title": title, "path": path, "states": list(states)}
        return self._env.get_template("vietnamvn_list.html").render(names)

    def message(self, title: str, text: str) -> str:
        """Give a page that holds a message only, such as "not found"."""
        return self._env.get_template("vietnamvn_message.html").render({"title": title, "text": text})
