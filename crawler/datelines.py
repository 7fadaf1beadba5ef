"""Printed dates told by their place: the one that stands by the headline, not today's, a card's or the imprint's."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal

from crawler.dates import parse_date
from crawler.fields import UNSHOWN, Finder, css, select, text_of, tidy
from crawler.trailers import squeezed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lxml.html import HtmlElement

    from crawler.documents import Document

HEADLINES = select("h1, h2[class*=title], [class*=title] h2")
PAGE_TITLE = css("title")
ASIDE = frozenset({"a", "aside", "figure", "figcaption", "footer", "header", "nav"})
ELSEWHERE = re.compile(
    r"relat|lien-?quan|tin-?khac|(?<![a-z])(?:other|card|side-?bar|widget|latest|today|current|clock|copyright|licen[cs]e"
    r"|top-?bar|menu|foot|tin-?moi|weather|print)",
    re.IGNORECASE,
)
# What papers call the line with an article's date and author, and what such a line begins with.
PUBLICATION = re.compile(
    r"publi|pub-?date|(?<![a-z])(?:post|posted|entry|article|detail|meta|byline|created)(?![a-z])|ngay-?dang",
    re.IGNORECASE,
)
CONFIRMING = ("og:url", "og:image", "article:modified_time", "og:updated_time")
WRITTEN_DAY = re.compile(r"(?<!\d)(20\d\d)([/-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])")
COMMENTS = re.compile(r"comment|binh-?luan|y-?kien", re.IGNORECASE)
SAYS_PUBLISHED = re.compile(r"\W*(?:ngày đăng|đăng (?:lúc|ngày)|xuất bản|published|posted)\b", re.IGNORECASE)
IMPRINT = re.compile(r"giấy phép|\bGP-|bản quyền|tổng biên tập|©", re.IGNORECASE)
SHORTEST_HEADLINE = 25
LONGEST_CARD = 400
"""Characters: what holds a headline of another article and no more text than this is that article's card."""
MOST_IN_CARD = 100
"""Elements: what holds more than this is neither a card nor a headline."""
FARTHEST = 1500
"""Characters between headline and date: behind them the text has begun, and what is dated may be another article."""
SHORTEST_PROSE, MOST_PROSE = 40, 3
"""Characters of a paragraph of the text, and how many of them there are before it has begun: a lead may be two."""
FARTHEST_ELEMENTS = 2000
MOST_CANDIDATES = 50
MOST_HEADLINES = 5


def dateline(
    selector: str, attribute: str | None = None, *, above: Literal["any", "vouched", "none"] = "any"
) -> Finder:
    """Find the text, or one attribute, of those elements of a selector that stand by the page's headline.

    For selectors that are guesses (`[class*=date]`): a page whose own date they miss has other dates too. Only
    the first 50 are judged. `above` says which count of those that stand over the headline, where today's date
    and that of a series stand too: `vouched` are those for which their names, or another date, speak.
    """
    elements = select(selector)

    def texts(document: Document) -> list[str]:
        found = elements.on(document)[:MOST_CANDIDATES]
        places = [Place(head) for head in headlines(document)] if found else []
        said = [(element, (element.get(attribute) if attribute else short_text(element)) or "") for element in found]
        return tidy(text for element, text in said if any(counts(place, element, text, document) for place in places))

    def counts(place: Place, element: HtmlElement, text: str, document: Document) -> bool:
        if any(map(COMMENTS.search, names(place, element))):
            return False
        if above != "vouched" or place.has_beside(element, above=False):
            return place.has_beside(element, above=above != "none")
        return place.has_beside(element, above=True) and (
            is_named(place, element, text) or is_confirmed(text, document)
        )

    return Finder("selector", texts)


def is_named(place: Place, element: HtmlElement, text: str) -> bool:
    """Tell whether a date is an article's by what it or its box is called, or by what it says."""
    return SAYS_PUBLISHED.match(text) is not None or any(map(PUBLICATION.search, names(place, element)))


def names(place: Place, element: HtmlElement) -> Iterator[str]:
    """Iterate over what an element and the boxes around it are called that do not hold a place."""
    return (outer.get(key, "") for outer in place.below(element) for key in ("class", "id", "itemprop"))


def is_confirmed(text: str, document: Document) -> bool:
    """Tell whether the page's address, its picture's, or its last change has the same day as a date."""
    when = parse_date(text)
    told = " ".join([document.url, *(said for key in CONFIRMING for said in document.meta.get(key, []))])
    days = {(int(day[1]), int(day[3]), int(day[4])) for day in WRITTEN_DAY.finditer(told)}
    return when is not None and (when.year, when.month, when.day) in days


def headlines(document: Document) -> list[HtmlElement]:
    """Return the elements that print the headline as the page's title says it, five at most; h1 where none does.

    The longest such text is the headline: the paper's name stands in the title too, and in an h1 on some papers.
    """
    found = [(squeezed(short_text(element) or ""), element) for element in HEADLINES.on(document)[:MOST_CANDIDATES]]
    titles = [*PAGE_TITLE.texts(document), *document.meta.get("og:title", [])][:MOST_CANDIDATES]
    named = list(map(squeezed, titles))
    said = [key for key, _ in found if key and any(key in title for title in named)]
    longest = max(said, key=len, default=None)
    heads = [element for key, element in found if (key == longest if longest else element.tag == "h1")]
    return heads[:MOST_HEADLINES]


def short_text(element: HtmlElement) -> str | None:
    """Return an element's text, None where it is longer than a card's; of a large one only the beginning is walked."""
    length = 0
    for count, inner in enumerate(element.iter("*")):
        length += 0 if inner.tag in UNSHOWN else len((inner.text or "").strip())
        length += 0 if inner is element else len((inner.tail or "").strip())
        if count > MOST_IN_CARD or length > LONGEST_CARD:
            return None
    return text_of(element)


class Place:
    """Where an element of the article stands (headline, body), to tell what is beside it and what is beyond it.

    Each element around another is judged once.
    """

    def __init__(self, element: HtmlElement) -> None:
        self.element = element
        self.around = {element, *element.iterancestors()}
        self.judged: dict[HtmlElement, bool] = {}

    def has_beside(self, element: HtmlElement, *, above: bool) -> bool:
        """Tell whether an element stands in this one or shortly after it; or over it in the same box, if `above`."""
        if element in self.around:
            return True
        inside = list(self.below(element))
        common = inside[-1].getparent()
        if common is None or common is self.element:
            return common is not None
        if self.is_beyond(element) or (element.getparent() not in self.around and is_imprint(element)):
            return False
        ours = next(child for child in common if child in self.around)
        if common.index(inside[-1]) < common.index(ours):
            return above and ours is self.element and common.tag not in ("body", "html")
        return element in self.near

    def below(self, element: HtmlElement) -> Iterator[HtmlElement]:
        """Iterate over an element and those around it, from the inside, that do not hold this place."""
        for outer in chain([element], element.iterancestors()):
            if outer in self.around:
                return
            yield outer

    def is_beyond(self, element: HtmlElement) -> bool:
        """Tell whether an element stands in a part of the page that is not the article."""
        unjudged, verdict = [], False
        for outer in self.below(element):
            if outer in self.judged:
                verdict = self.judged[outer]
                break
            unjudged.append(outer)
        for outer in reversed(unjudged):
            verdict = verdict or is_elsewhere(outer)
            self.judged[outer] = verdict
        return verdict

    @cached_property
    def near(self) -> Collection[HtmlElement]:
        """The elements after this one, as far as little text stands between."""
        length, prose, found = 0, 0, set()
        for inner in islice(following(self.element), FARTHEST_ELEMENTS):
            found.add(inner)
            length += 0 if inner.tag in UNSHOWN else len((inner.text or "").strip())
            length += len((inner.tail or "").strip())
            prose += inner.tag == "p" and len((inner.text or "").strip()) >= SHORTEST_PROSE
            if length > FARTHEST or prose >= MOST_PROSE:
                break
        return found


def is_elsewhere(outer: HtmlElement) -> bool:
    """Tell whether an element that does not hold the headline is a frame of the page, or another article's card."""
    if outer.tag in ASIDE or ELSEWHERE.search(f"{outer.get('class', '')} {outer.get('id', '')}"):
        return True
    links = list(outer.iter("a")) if short_text(outer) is not None else []
    if outer.tag == "li" and links:
        return True
    return any(len(text_of(link).strip()) >= SHORTEST_HEADLINE for link in links)


def is_imprint(element: HtmlElement) -> bool:
    """Tell whether a date belongs to the paper's licence."""
    outer = element.getparent()
    said = None if outer is None else short_text(outer)
    return said is not None and IMPRINT.search(said) is not None


def following(element: HtmlElement) -> Iterator[HtmlElement]:
    """Iterate over the elements that begin after an element ends, in the page's order."""
    for outer in [element, *element.iterancestors()]:
        for sibling in outer.itersiblings():
            yield from sibling.iter("*")
