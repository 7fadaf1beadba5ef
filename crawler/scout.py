"""A few pages of one site, fetched one after another under the rules of every crawl; nothing is archived."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request

from archive.schema import ArchiveError
from crawler.base import NO_CONTACT
from crawler.handlers import Origin
from crawler.reasons import Refused
from crawler.resolver import ALLOWED_HOSTS
from crawler.run import project_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from typing import Self

    from scrapy.http import Response

SETTINGS: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": {"http": "crawler.handlers.OriginHandler", "https": "crawler.handlers.OriginHandler"},
    "DOWNLOADER_MIDDLEWARES": {"crawler.middlewares.ConditionalGet": None},
    "ITEM_PIPELINES": {},
    "EXTENSIONS": {"crawler.manners.Throttle": 200, "scrapy.extensions.throttle.AutoThrottle": None},
    "LOG_LEVEL": "ERROR",
}
"""What differs from a crawl: no run, so nothing to capture, to compare with or to count for."""


ROBOTS = "robots.txt forbids it"


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was received: `url` is the paper's own address, after redirects."""

    url: str
    body: bytes
    content_type: str | None = None


class Fetch(Protocol):
    """Gives the page at an address, None (and the reason in `missing`) where there is none to be had."""

    missing: Counter[str]

    async def __call__(self, url: str) -> Page | None:
        """Fetch one page."""


Errand: TypeAlias = "Callable[[Fetch], Coroutine[Any, Any, None]]"


class Scout(scrapy.Spider):
    """Runs an errand on one site: a coroutine that is handed the scout, and calls it for each page it wants."""

    name = "scout"

    def __init__(self, errand: Errand, host: str, origin: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.errand = errand
        self.domains = (host,)
        self.mirror = Origin(origin, f"https://{host}/", self.domains) if origin else None
        self.missing: Counter[str] = Counter()
        self.failure: Exception | None = None
        if self.mirror is not None:
            ALLOWED_HOSTS.add(self.mirror.hostname.lower())

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's constructor; raises ValueError without a contact address, unless only loopback is asked."""
        scout = super().from_crawler(crawler, *args, **kwargs)
        if not crawler.settings["CONTACT"] and not (scout.mirror and scout.mirror.is_loopback):
            raise ValueError(NO_CONTACT)
        return scout

    async def start(self) -> AsyncIterator[Any]:
        """Run the errand; what it raises is kept for who sent the scout."""
        try:
            await self.errand(self)
        except Exception as error:  # noqa: BLE001 - raised again by `send`
            self.failure = error
        nothing: tuple[Request, ...] = ()  # Scrapy wants an iterator
        for request in nothing:
            yield request

    async def __call__(self, url: str) -> Page | None:
        """Fetch one page; None, counted by its reason, where the site does not give it or our rules forbid it."""
        is_robots = url == urljoin(url, "/robots.txt")
        request = Request(url, dont_filter=True, meta={"dont_obey_robotstxt": is_robots})
        try:
            engine: Any = self.crawler.engine
            response: Response = await engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever a site may answer; the reason is counted
            why = reason(error)
            self.missing[self.unreachable() if why == ROBOTS else why] += 1
            return None
        if response.status != HTTPStatus.OK:
            self.missing[f"status {response.status}"] += 1
            return None
        content_type = response.headers.get("Content-Type")
        return Page(response.url, response.body, content_type.decode("latin-1") if content_type else None)

    def unreachable(self) -> str:
        """Say what keeps us out: the rules of robots.txt, or that nobody knows them (RFC 9309 2.3.1.4)."""
        stats = self.crawler.stats
        told = sorted(name.removeprefix("robots/") for name in stats.get_stats() if name.startswith("robots/"))
        if not stats.get_value("robots/unreachable"):
            return ROBOTS
        why = [word for word in told if word != "unreachable"]
        return f"robots.txt is not to be had ({', '.join(why)}), so nothing may be fetched"


def reason(error: Exception) -> str:
    """Why a page was not fetched, in a few words."""
    if isinstance(error, Refused) and error.reason != "robots":
        return f"refused ({error.reason})"
    if isinstance(error, IgnoreRequest):
        return ROBOTS
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def send(errand: Errand, url: str, origin: str | None = None) -> Counter[str]:
    """Run an errand on the site of `url` and return why pages were not to be had, counted.

    One request a second, robots.txt obeyed, only http(s), only public addresses but for an `origin` that is
    asked instead. Raises ArchiveError without a contact address, and what the errand raises.
    """
    settings = project_settings()
    for name, value in SETTINGS.items():
        settings.set(name, settings.getdict(name) | value if name == "DOWNLOADER_MIDDLEWARES" else value, "cmdline")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, "cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = Crawler(Scout, settings)
    task = process.crawl(
        crawler, errand=errand, host=(urlsplit(url).hostname or "").removeprefix("www."), origin=origin
    )
    process.start()
    try:
        task.result()
    except ValueError as error:
        raise ArchiveError(str(error)) from error
    scout: Any = crawler.spider
    if scout.failure is not None:
        raise scout.failure
    return Counter(scout.missing)
