"""Which page follows a section page, by what the page itself links to; nothing is guessed."""

from __future__ import annotations

import re

from crawler.discovery import absolute, links, rooted

NUMBER = re.compile(
    r"(?:[?&](?:paged?|trang|p|pageindex)=|[/_-](?:page|trang|p)[/_-]?)(\d{1,5})(?=/?$|\.html?$|&)", re.IGNORECASE
)
"""A page number in an address: `?page=2`, `/trang-2`, `/page/2/`, `-p2.html` and the like."""
ENDING = re.compile(r"(?:/|\.html?)$")
NEXT = "//link[contains(concat(' ', @rel, ' '), ' next ')] | //a[contains(concat(' ', @rel, ' '), ' next ')]"


def following(page: str, url: str) -> str | None:
    """The address of the page after `url`: what it calls its next page (HTML, rel=next), else a link to its number.

    That link must be to the same section and to the number after its own (2 where it has none). None without one.
    """
    found = rooted(page, url)
    if found is None:
        return None
    root, base = found
    for element in root.xpath(NEXT):
        address = absolute(element.get("href") or "", base)
        if address is not None and address.partition("#")[0] != url:
            return address.partition("#")[0]
    section, number = parted(url)
    return next((link for link in links(page, url) if parted(link) == (section, number + 1)), None)


def parted(url: str) -> tuple[str, int]:
    """An address without its page number and ending, and that number, 1 where it has none."""
    match = NUMBER.search(url)
    bare = url if match is None else url[: match.start()] + url[match.end() :]
    return ENDING.sub("", ENDING.sub("", bare)), 1 if match is None else int(match[1])
