"""Which page of the demo newspaper answers which address."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, ClassVar, TypeAlias
from urllib.parse import unquote, urlsplit

from crawler.demo.content import SECTIONS, ZONE, Story
from crawler.demo.feeds import FEED_LENGTH, feed, robots, sitemap, sitemap_index
from crawler.demo.markup import OneCmsPress, slug_of
from crawler.demo.reply import JSON, TEXT, XML, Reply, redirect, text_reply
from crawler.demo.syndicator import VietnamVnPress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.demo.paper import Newspaper, State

LIST_LENGTH = 24
_KEPT = 512
_MISSING = ("Không tìm thấy trang", "Trang bạn tìm không tồn tại hoặc đã được gỡ bỏ.")
_MISSING_ARABIC = ("الصفحة غير موجودة", "لم نعثر على الصفحة التي تبحث عنها.")
Route: TypeAlias = tuple[re.Pattern[str], str]


def routes(*pairs: tuple[str, str]) -> tuple[Route, ...]:
    """Patterns of whole paths, each with the name of the method that answers."""
    return tuple((re.compile(pattern), method) for pattern, method in pairs)


class Site:
    """The addresses of a newspaper that both editions have: robots.txt, sitemaps, feeds and lists.

    Lists are kept until the clock moves; an article is made anew for each request.
    """

    routes: ClassVar[tuple[Route, ...]] = routes(
        (r"/robots\.txt", "robots"),
        (r"/sitemap\.xml", "index"),
        (r"/sitemap-article-(\d{4}-\d\d-\d\d)\.xml", "day"),
    )

    def __init__(self, paper: Newspaper, press: OneCmsPress | VietnamVnPress) -> None:
        self.paper = paper
        self.press = press
        self._turn = 0
        self._kept: dict[str, Reply] = {}
        self._kept_at = paper.now

    def answer(self, target: str) -> Reply:
        """Answer a request target; its query is ignored."""
        if self._kept_at != self.paper.now or len(self._kept) > _KEPT:
            self._kept, self._kept_at = {}, self.paper.now
        path = unquote(urlsplit(target).path)
        if path in self._kept:
            return self._kept[path]
        for pattern, method in self.routes:
            if match := pattern.fullmatch(path):
                handler: Callable[..., Reply | None] = getattr(self, method)
                reply = handler(*match.groups()) or self.missing()
                if method != "article":
                    self._kept[path] = reply
                return reply
        return self.missing()

    def missing(self) -> Reply:
        """Answer with a real 404."""
        texts = _MISSING if self.paper.edition == "onecms" else _MISSING_ARABIC
        return text_reply(self.press.message(*texts), status=404)

    def robots(self) -> Reply:
        """robots.txt."""
        return text_reply(robots(self.paper), TEXT)

    def index(self) -> Reply:
        """Answer with the sitemap index."""
        days = list(self.paper.days())
        return text_reply(sitemap_index(self.paper, days), XML, last_modified=days[0][1] if days else None)

    def day(self, text: str) -> Reply | None:
        """Answer with the sitemap of one day of publication."""
        try:
            start = datetime.combine(date.fromisoformat(text), datetime.min.time(), ZONE)
        except ValueError:
            return None
        states, changed = [], None
        for story in self.paper.newest(start + timedelta(days=1, seconds=-1)):
            if story.published < start:
                break
            state = self.paper.state(story)
            changed = max(changed or state.changed_at, state.changed_at)
            states.append(state)
        if not states:
            return None
        shown = [state.story for state in states if state.standing == "published"]
        pairs = [(self.paper.address(story), story.published) for story in shown]
        return text_reply(sitemap(pairs), XML, last_modified=changed)

    def latest(self, limit: int, section: str | None = None) -> tuple[list[State], datetime | None]:
        """Give the newest articles (of a section), and the last change among all that were looked at.

        Removed ones are looked at too: their going changes the list.
        """
        states: list[State] = []
        changed: datetime | None = None
        for story in self.paper.newest():
            if len(states) == limit:
                break
            if section in (None, story.section):
                state = self.paper.state(story)
                changed = max(changed or state.changed_at, state.changed_at)
                if state.standing == "published":
                    states.append(state)
        return states, changed

    def page(self, story: Story | None) -> Reply | None:
        """Answer with an article's page; its ETag is that of its content, unless the paper is restless."""
        state = self.paper.state(story) if story else None
        if state is None or state.standing != "published":
            return None
        turn, mark = 0, state.digest
        if self.paper.restless:
            self._turn += 1
            turn, mark = self._turn, f"{mark}-{self._turn}"
        changed = None if self.paper.restless else state.changed_at
        return Reply(200, lambda: self.press.article(state, turn).encode(), etag=f'W/"{mark}"', last_modified=changed)


class OneCmsSite(Site):
    """The provincial paper's addresses, as ONECMS has them."""

    press: OneCmsPress
    routes: ClassVar[tuple[Route, ...]] = Site.routes + routes(
        (r"/([a-z0-9-]+)-(\d{6})\.html", "article"),
        (r"/", "front"),
        (r"/rss/?", "front"),
        (r"/rss/home", "home_feed"),
        (r"/rss/([a-z0-9/-]+)", "feed"),
        (r"/sitemap-category\.xml", "categories"),
        (r"/print/(\d{6})\.html", "printed"),
        (r"/([a-z0-9-]+)-ptag\.html", "tag"),
        (r"/api/getMoreArticle/[a-z]*_[^_]*_(\d+)_(\d+)_\d*", "more"),
        (r"/([a-z0-9/-]+)", "section"),
    )

    def __init__(self, paper: Newspaper) -> None:
        super().__init__(paper, OneCmsPress(paper))

    def article(self, slug: str, number: str) -> Reply | None:
        """Answer with an article; a slug that is not its own leads to the right address, as ONECMS does."""
        story = self.paper.by_number(int(number))
        reply = self.page(story)
        if reply and story and story.slug != slug:
            return redirect(self.paper.address(story))
        return reply

    def _list(self, title: str, path: str, found: tuple[Sequence[State], datetime | None], more: int | None) -> Reply:
        states, changed = found
        return text_reply(self.press.listing(title, path, states, more=more), last_modified=changed)

    def front(self) -> Reply:
        """Answer with the front page."""
        return self._list("Trang chủ", "/", self.latest(LIST_LENGTH), 0)

    def section(self, path: str) -> Reply | None:
        """Answer with a section page."""
        section = self.paper.section_of(path)
        if section is None:
            return None
        channel = list(SECTIONS).index(section) + 1
        return self._list(SECTIONS[section], f"/{path}", self.latest(LIST_LENGTH, section), channel)

    def home_feed(self) -> Reply:
        """Answer with the feed of all sections."""
        states, changed = self.latest(FEED_LENGTH)
        return text_reply(feed(self.paper, "Trang chủ", "/rss/home", states), XML, last_modified=changed)

    def feed(self, path: str) -> Reply | None:
        """Answer with a section's feed."""
        section = self.paper.section_of(path)
        if section is None:
            return None
        states, changed = self.latest(FEED_LENGTH, section)
        text = feed(self.paper, SECTIONS[section], f"/rss/{path}", states)
        return text_reply(text, XML, last_modified=changed)

    def categories(self) -> Reply:
        """Answer with the sitemap of the section pages."""
        return text_reply(sitemap((f"https://{self.paper.host}/{slug}", None) for slug in SECTIONS), XML)

    def printed(self, number: str) -> Reply | None:
        """Answer with the print form of an article."""
        story = self.paper.by_number(int(number))
        state = self.paper.state(story) if story else None
        if state is None or state.standing != "published":
            return None
        return text_reply(self.press.printed(state))

    def tag(self, slug: str) -> Reply | None:
        """Answer with the written articles that carry a tag, newest first."""
        stories = [story for story in self.paper.stories if slug in map(slug_of, story.tags)]
        states = [self.paper.state(story) for story in sorted(stories, key=lambda story: -story.number)]
        shown = [state for state in states if state.standing == "published"]
        return self._list(slug, f"/{slug}-ptag.html", (shown, None), None) if shown else None

    def more(self, last: str, channel: str) -> Reply | None:
        """Answer with what a list shows after its last article: the JSON of `/api/getMoreArticle`."""
        story = self.paper.by_number(int(last))
        names = [None, *SECTIONS]
        if story is None or int(channel) >= len(names):
            return None
        older = dropwhile(lambda other: other.number != story.number, self.paper.newest(story.published))
        section = names[int(channel)]
        states = (self.paper.state(other) for other in older if section in (None, other.section))
        shown = (state for state in states if state.standing == "published" and state.story is not story)
        return text_reply(json.dumps([self._row(state) for state in islice(shown, 20)]), JSON)

    def _row(self, state: State) -> dict[str, object]:
        story = state.story
        return {
            "PublisherId": story.number,
            "LinktoMe2": self.paper.address(story),
            "Title": state.title,
            "Headlines": state.lead,
            "Time_ddMMyyyyHHmm": f"{story.published:%d/%m/%Y %H:%M}",
            "CommentCount": state.comment_count or 0,
        }


class VietnamVnSite(Site):
    """The addresses of the syndicator's Arabic edition."""

    press: VietnamVnPress
    routes: ClassVar[tuple[Route, ...]] = Site.routes + routes(
        (r"/(?:ar/?)?", "front"), (r"/ar/rss", "feed"), (r"/ar/([a-z0-9-]+)", "article")
    )

    def __init__(self, paper: Newspaper) -> None:
        super().__init__(paper, VietnamVnPress(paper))

    def article(self, slug: str) -> Reply | None:
        """Answer with an article."""
        return self.page(self.paper.by_slug(slug))

    def front(self) -> Reply:
        """Answer with the front page of the edition."""
        states, changed = self.latest(LIST_LENGTH)
        return text_reply(self.press.listing("أخبار المحليات", "/ar", states), last_modified=changed)

    def feed(self) -> Reply:
        """Answer with the feed of the edition."""
        states, changed = self.latest(FEED_LENGTH)
        return text_reply(feed(self.paper, "أخبار المحليات", "/ar/rss", states), XML, last_modified=changed)


def site(paper: Newspaper) -> Site:
    """Make the site of a newspaper, after its edition."""
    return OneCmsSite(paper) if paper.edition == "onecms" else VietnamVnSite(paper)
