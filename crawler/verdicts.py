"""Pages that are no article, and why: challenges, scripts, soft 404s, listings, empty answers, other files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlsplit

from crawler.datelines import short_text
from crawler.documents import clean
from crawler.fields import css, has_text, select, text_of
from crawler.notices import CHALLENGE, LOGIN, NOT_FOUND, REFUSAL, WALL, notice
from crawler.trailers import squeezed

if TYPE_CHECKING:
    from archive.items import Article
    from crawler.documents import Document
    from crawler.selectors import Elements

Reason: TypeAlias = Literal["challenge", "needs-javascript", "login", "soft-404", "listing", "empty", "not-html"]
"""Why an answer holds no article; these words are public: runs count by them, `baotinh parse` prints them."""

HTML_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "application/octet-stream")
OTHER_FILES = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"RIFF",
    b"wOF",
    b"\x1f\x8b",
    b"{",
    b"[",
)
OTHER_XML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|urlset|sitemapindex|rdf:RDF|svg)\b",
    re.IGNORECASE | re.DOTALL,
)
TAG = re.compile(rb"<\s*(?:!doctype\s+html|[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
SNIFFED = 4096

WANTS_SCRIPT = re.compile(r"javascript", re.IGNORECASE)
PASSWORDS = select("input[type=password]")
HEADINGS = css("h1, h2.title, title")
SHELLS = select("#root, #app, #__next, #__nuxt, app-root")
# Text without a blank in the letters of base64 (RFC 4648 4 and 5): no language is written so.
ENCODED = re.compile(r"(?<!\S)[A-Za-z0-9+/=_-]{60,}(?!\S)")
ENCODED_BODIES = select("#dcontent")
FRONT_PAGE = re.compile(r"/?(?:[a-z]{2}/?)?")
LINKS = select("a[href]")
TEASERS = select("h2 a[href], h3 a[href], h4 a[href]")
MOST_TAGS = 250_000
"""Ten times what the largest real page has: the tree of more would take hundreds of megabytes."""
LITTLE_TEXT = 200
CHALLENGE_TEXT = 1000
SHORT_ARTICLE = 400
MANY_STORIES = 8
FEW_STORIES = 3
SHORTEST_HEADLINE = 25
MOSTLY_LINKS = 0.4
MOST_CARDS = 60
FARTHEST_BOX = 3
"""Elements from a linked heading to the box that is its card."""
BEHIND = 3
"""Lines behind a teaser in which the wall may stand."""


@dataclass(frozen=True, slots=True)
class NotArticle:
    """Why an answer holds no article; `detail` is a sentence for people."""

    reason: Reason
    detail: str = ""


def other_file(body: bytes | str, content_type: str | None) -> NotArticle | None:
    """Judge an answer by its declared type and first bytes: empty, or another kind of file."""
    if not body[:SNIFFED].strip() and not body.strip():  # the first alone copies nothing large
        return NotArticle("empty", "the answer has no content")
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type and media_type not in HTML_TYPES:
        return NotArticle("not-html", f"the answer is {media_type}")
    head = body[:SNIFFED].encode("utf-8", "replace") if isinstance(body, str) else body[:SNIFFED]
    if head.lstrip().startswith(OTHER_FILES) or OTHER_XML.match(head):
        return NotArticle("not-html", "the file is not HTML")
    return None


def not_markup(page: bytes) -> NotArticle | None:
    """Judge a page in UTF-8: without a single tag near its beginning it is none, nor with more than any page has."""
    if TAG.search(page, 0, SNIFFED) is None:
        return NotArticle("not-html", "the text has no HTML tags")
    if len(page) > MOST_TAGS and (tags := page.count(b"<")) > MOST_TAGS:
        return NotArticle("not-html", f"the markup has {tags:,} tags")
    return None


def unread(document: Document, reading: Article, filled_by_script: Elements) -> NotArticle | None:
    """Judge a page after its layout read it: a message instead of an article, or a body that scripts write."""
    if not reading.body and not reading.images and ENCODED_BODIES.on(document):
        return NotArticle("needs-javascript", "the body is encoded; a script of the page decodes it")
    if not reading.body and any(
        not len(element) and not has_text(element) for element in filled_by_script.on(document)
    ):
        return NotArticle("needs-javascript", "the body's element is empty; a script of the page fills it")
    if 2 * sum(map(len, ENCODED.findall(reading.body))) > len(reading.body):
        return NotArticle("needs-javascript", "the body is encoded; a script of the page decodes it")
    return message(document, reading) if len(reading.body) < SHORT_ARTICLE else None


def message(document: Document, reading: Article) -> NotArticle | None:
    """Judge a reading of little text: what it says may be a message; one that is dated or has a lead is an article."""
    if wall := notice(WALL, reading.body):
        return NotArticle("login", f"the page says: {wall}")
    if reading.published_at is not None or reading.lead:
        return None
    if said := notice(NOT_FOUND, f"{reading.title}\n{reading.body}"):
        return NotArticle("soft-404", f"the page says: {said}")
    login = LOGIN.search(reading.title)
    if login and (PASSWORDS.on(document) or login.end() == len(reading.title)):
        return NotArticle("login", f"the page asks to log in: {reading.title}")
    return None


def walled(document: Document, reading: Article) -> NotArticle | None:
    """Judge a generic reading of little text: a demand to log in right behind it, which its body does not hold."""
    if len(reading.body) >= SHORT_ARTICLE:
        return None
    lines = [line for line in map(clean, text_of(document.root).splitlines()) if line]
    last = squeezed(reading.body.rpartition("\n")[2])
    ends = [at for at, line in enumerate(lines, 1) if last and squeezed(line) == last]
    behind = lines[ends[-1] : ends[-1] + BEHIND] if ends else []
    wall = notice(WALL, "\n".join(behind))
    return NotArticle("login", f"the page says: {wall}") if wall else None


def no_article(document: Document, *, known_family: bool) -> NotArticle | None:
    """Judge a page that no family reads, before the generic reader tries; None when it may be an article.

    A page of a known family whose layout found no article, and that does not call itself one, is a listing.
    """
    if challenged(document):
        return NotArticle("challenge", "a script asks the browser to prove itself, or the site refuses")
    said = next((heading for heading in HEADINGS.texts(document) if NOT_FOUND.search(heading)), None)
    if said and not says_article(document):
        return NotArticle("soft-404", f"the page says: {said}")
    if verdict := unfinished(document):
        return verdict
    if not says_article(document) and asks_password(document):
        return NotArticle("login", "the page asks to log in")
    parts = urlsplit(document.url)
    is_front = FRONT_PAGE.fullmatch(parts.path) is not None and not parts.query
    if is_front or (known_family and not says_article(document)):
        return NotArticle("listing", "the page lists articles")
    return None


def asks_password(document: Document) -> bool:
    """Tell whether the page is a login: a field for a password under such a heading, or beside little text."""
    if not PASSWORDS.on(document):
        return False
    return len(document.visible) < SHORT_ARTICLE or any(map(LOGIN.search, HEADINGS.texts(document)))


def challenged(document: Document) -> bool:
    """Tell whether the page is a trial for browsers, or a refusal, in the place of what was asked for."""
    text, headings = document.visible, HEADINGS.texts(document)
    if len(text) >= CHALLENGE_TEXT:
        return False
    addresses = (script.get("src", "") for script in document.fittings["script"])
    said = " ".join([document.scripts, text, *headings, *addresses])
    return bool(CHALLENGE.search(said)) or any(map(REFUSAL.search, headings))


def unfinished(document: Document) -> NotArticle | None:
    """Judge a page that shows next to nothing until its scripts run, if they ever do."""
    text = document.visible
    if any(not has_text(element) for element in ENCODED_BODIES.on(document)):
        return NotArticle("needs-javascript", "the body is encoded; a script of the page decodes it")
    if len(text) < LITTLE_TEXT and not document.article_data and scripted(document):
        return NotArticle("needs-javascript", "the page is a shell that scripts fill")
    return None if text else NotArticle("empty", "the page shows no text")


def says_article(document: Document) -> bool:
    """Tell whether the page calls itself an article, in JSON-LD or in meta."""
    kinds = " ".join(document.meta.get("og:type", []))
    return bool(document.article_data) or "article" in kinds or "article:published_time" in document.meta


def scripted(document: Document) -> bool:
    """Tell whether scripts are to fill the page: an application's empty root, or a word about JavaScript."""
    if any(len(text_of(element).strip()) < LITTLE_TEXT for element in SHELLS.on(document)):
        return True
    asked = " ".join(text_of(element) for element in document.root.iter("noscript"))
    return bool(WANTS_SCRIPT.search(asked))


def bare(document: Document, reading: Article) -> bool:
    """Tell whether a reading of an unknown page holds too little to be an article: no date, and next to no text."""
    if reading.published_at is not None:
        return False
    return not reading.body or (len(reading.body) < LITTLE_TEXT and not says_article(document))


def unfounded(document: Document, reading: Article) -> NotArticle | None:
    """Judge a layout's reading that has no date, lead or author: a section in the same dress is no article."""
    if reading.published_at or reading.lead or reading.authors or says_article(document):
        return None
    if not reading.body and not reading.images:
        return NotArticle("listing", f"the page has a heading and nothing of an article: {reading.title}")
    return listed(document, reading)


def listed(document: Document, reading: Article) -> NotArticle | None:
    """Judge a page after the generic reader: mostly links to stories, of which the body is made too.

    Links alone say little: a short article may stand amid many of them. A section that prints a summary under
    each headline has fewer; it is told by its short name, many linked headings, and no date of its own.
    """
    if says_article(document):
        return None
    undated = reading.published_at is None and len(reading.title) < SHORTEST_HEADLINE
    teasers = len({link.get("href") for link in TEASERS.on(document)}) if undated else 0
    if teasers >= max(MANY_STORIES, reading.body.count("\n\n") * 0.5):
        return NotArticle("listing", "the page is named like a section and lists articles")
    if is_made_of_cards(document, reading):
        return NotArticle("listing", "the text is that of cards of articles")
    links = [(link.get("href"), clean(text_of(link))) for link in LINKS.on(document)]
    stories = {href: squeezed(text) for href, text in links if len(text) >= SHORTEST_HEADLINE}
    if len(stories) < MANY_STORIES or sum(len(text) for _, text in links) <= len(document.visible) * MOSTLY_LINKS:
        return None
    headlines = set(stories.values())
    repeated = sum(squeezed(line) in headlines for line in reading.body.splitlines())
    if len(reading.body) < SHORT_ARTICLE or repeated >= FEW_STORIES:
        return NotArticle("listing", "the page lists articles")
    return None


def is_made_of_cards(document: Document, reading: Article) -> bool:
    """Tell whether at least half of the text stands in boxes that hold little more than a linked heading."""
    lines = {squeezed(line) for line in reading.body.splitlines() if line}
    links = TEASERS.on(document)[:MOST_CARDS]
    boxes = dict.fromkeys(outer for link in links for outer in islice(link.iterancestors(), FARTHEST_BOX))
    texts = [said for box in boxes if (said := short_text(box)) is not None]
    cards = {squeezed(line) for text in texts for line in text.splitlines()}
    return len(links) >= MANY_STORIES and 2 * len(lines & cards) >= max(len(lines), FEW_STORIES)
