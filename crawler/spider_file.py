"""The file of a new spider, written from what a look at the newspaper found."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.urls import host
from crawler import survey
from crawler.parse import sources
from crawler.sources import FIRST_DEMO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.look import Look
    from crawler.pages import ArticlePage

WIDEST = 120
LONGEST_TITLE = 60
PLAIN = re.compile(r"[\w./:%+=-]+", re.ASCII)


def spider(name: str, look: Look, family: str | None, layouts: Sequence[type[ArticlePage]]) -> str:
    """Write the spider's file: class attributes only, and in its docstring what is a guess."""
    documents = [survey.document_of(page) for page in (look.front, look.listing, *look.articles) if page is not None]
    title = harmless(survey.title_of(documents) or name)[:LONGEST_TITLE].strip()
    domain = urlsplit(look.articles[0].url).hostname or host(look.url)
    imports = [f"from {layout.__module__} import {layout.__name__}\n" for layout in layouts]
    own = [
        f"name = {quoted(name)}",
        f"number, title, family = {next_number()}, {quoted(title)}, {quoted(family or name)}",
        *written_language(survey.language_of(documents[0])),
        f"allowed_domains = {tuple_of(hosts(domain))}",
        f"confidence = {quoted(confidence(look, family))}",
        *facts(look, layouts),
    ]
    return (
        f'"""{title}: https://{domain}."""\n\nfrom crawler.base import NewsSpider\n{"".join(imports)}\n\n'
        f"class {survey.class_name(name, title)}Spider(NewsSpider):\n"
        f'    """{docstring(look, family)}"""\n\n' + "".join(f"    {line}\n" for line in own)
    )


def written_language(language: str | None) -> list[str]:
    """Write the language, unless it is the one of most papers."""
    return [] if language in (None, "vi") else [f"language = {quoted(language)}"]


def facts(look: Look, layouts: Sequence[type[ArticlePage]]) -> list[str]:
    """Write where articles are found, how their addresses look, and which layouts read them."""
    told = [f"{kind} = {fitting(kind, urls)}" for kind, urls in look.roads if urls]
    if look.pattern is not None:
        told.append(f'article_url = r"{look.pattern.regex}"')
    if layouts:
        told.append(f"layouts = ({', '.join(layout.__name__ for layout in layouts)},)")
    return told


def hosts(domain: str) -> list[str]:
    """Return a host, and the same without `www.`: pages link to both."""
    return list(dict.fromkeys([domain, domain.removeprefix("www.")]))


def quoted(text: str) -> str:
    """Write a text as a Python string; whatever a page may say, it stays one."""
    return json.dumps(text, ensure_ascii=False)


def harmless(text: str) -> str:
    """Return a text without what could end a docstring or a string."""
    return text.replace("\\", " ").replace('"', "'")


def docstring(look: Look, family: str | None) -> str:
    """Say on what the spider stands, and what of it is a guess."""
    known = (
        f"{family}, by {len(look.articles)} of its articles."
        if family
        else "No known family: the generic reader reads it."
    )
    return f"{known} {'Sections' if look.front else 'Feeds and sections'} are guesses from the menu."


def confidence(look: Look, family: str | None) -> str:
    """Return the weakest grade of the facts that the spider needs: raw where all were seen on its pages."""
    return "raw" if family and look.pattern and look.front and (look.feeds or look.sitemaps) else "guess"


def next_number() -> int:
    """Return the next number that no source has had."""
    return max((source.number for source in sources().values() if source.number < FIRST_DEMO), default=0) + 1


def fitting(kind: str, urls: Sequence[str]) -> str:
    """Write addresses as a tuple in one line, as many as fit."""
    written = (tuple_of(urls[:number]) for number in range(len(urls), 0, -1))
    return next((text for text in written if len(f"    {kind} = {text}") <= WIDEST), tuple_of(urls[:1]))


def tuple_of(urls: Sequence[str]) -> str:
    """Write addresses as a tuple; what all of many begin with is written once."""
    start = urls[0][: urls[0].rstrip("/").rfind("/") + 1]
    if len(urls) > 2 and all(url.startswith(start) for url in urls) and PLAIN.fullmatch(start):  # noqa: PLR2004
        paths = ", ".join(quoted(url.removeprefix(start)) for url in urls)
        return f'tuple(f"{start}{{path}}" for path in ({paths}))'
    return f"({', '.join(map(quoted, urls))}{',' if len(urls) == 1 else ''})"
