"""What else the listings of a run call articles that nobody had read yet when they were listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.urls import canonical
from crawler.sieve import MOST_WAITING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.items import Capture, Item
    from crawler.judge import Judge


@dataclass(slots=True)
class Named:
    """The addresses that are spelled otherwise than their key, until the articles have been read.

    A crawl, the healing of one, and a replay all keep them by this rule: so their archives come out equal. Where
    there is no more room the oldest is forgotten, which `count` is told.
    """

    count: Callable[[str], None]
    _waiting: dict[str, Capture] = field(default_factory=dict)

    def take(self, url: str, capture: Capture) -> None:
        """Remember an address and the listing that named it, unless it is the key itself."""
        if url in self._waiting or not is_further(url):
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
            self.count("discovery/passed over/further names")
        self._waiting[url] = capture

    def items(self, judge: Judge) -> Iterator[Item]:
        """The aliases that have an article by now; the others wait on: an unchanged listing is not read again."""
        for url, capture in list(self._waiting.items()):
            yield from judge.aliases(url, capture)
            if judge.known.is_known(url):
                del self._waiting[url]


def is_further(url: str) -> bool:
    """Whether an address is spelled otherwise than its key, its fragment aside; False for an unusable one."""
    try:
        return canonical(url) != url.partition("#")[0]
    except ValueError:
        return False
