"""Pages spoiled in every way that a crawl may meet, each the same again from its number."""

from __future__ import annotations

import gzip
import random
from functools import cache
from pathlib import Path

PAGES = Path(__file__).parents[1] / "pages"
MANY_BYTES = 5_000_000
DEEP = 100_000
MANY_PARAGRAPHS = 60_000
"""Four tags each: nearly as many as a page may have."""
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "windows-1258", "iso-8859-1", "shift_jis", "gb18030", "iso-2022-jp")
TAGS = ("div", "p", "b", "table", "tr", "td", "li", "a", "span", "font", "main", "svg", "select", "option", "form")
HUGE = ("open tags", "deep nesting", "deep page", "wide page", "one long word", "long attribute")
"""Kinds that make megabytes: one page in HUGE_EVERY is of these."""
HUGE_EVERY = 250


@cache
def saved() -> tuple[tuple[str, bytes], ...]:
    """The saved pages, each with its source's name."""
    found = sorted(PAGES.glob("*/*.html.gz"))
    return tuple((page.parent.name, gzip.decompress(page.read_bytes())) for page in found)


def mutated(number: int) -> tuple[str, str, bytes, str | None]:
    """Page `number`: the source whose layouts are to read it, what was done to it, its bytes, its content type."""
    draw = random.Random(number)  # noqa: S311 - pages that are the same each time, no secret
    source, page = draw.choice(saved())
    if number % HUGE_EVERY == 0:
        kind = HUGE[number // HUGE_EVERY % len(HUGE)]
        return source, kind, huge(kind, page, draw), None
    done = []
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        mutation = draw.choice(MUTATIONS)
        page = mutation(page, draw)
        done.append(mutation.__name__)
    charset = draw.choice(ENCODINGS)
    return source, " then ".join(done), page, draw.choice((None, "text/html", f"text/html; charset={charset}"))


def huge(kind: str, page: bytes, draw: random.Random) -> bytes:
    """Megabytes of one thing in the middle of a page's body."""
    tag = draw.choice(TAGS).encode()
    if kind == "deep nesting":
        inside = b"<" + tag + b">" + b"<div class='entry'>" * DEEP + b"x"
    elif kind == "deep page":
        inside = b"<b><i>x" * DEEP
    elif kind == "wide page":
        inside = b"<p class='a b'>x<a href='/y-123456.html'>y</a></p>" * MANY_PARAGRAPHS
    elif kind == "one long word":
        inside = b"x" * MANY_BYTES
    elif kind == "long attribute":
        inside = b"<p class='" + b"x " * (MANY_BYTES // 2) + b"'>x"
    else:
        inside = (b"<" + tag + b">") * (MANY_BYTES // (len(tag) + 2))
    at = body_at(page, draw)
    return page[:at] + inside + page[at:]


def body_at(page: bytes, draw: random.Random) -> int:
    """A place behind a tag, one of the body's container now and then."""
    places = [match for word in (b"entry", b"content", b"body", b"<p") if (match := page.find(word)) > 0]
    at = page.find(b">", draw.choice(places) if places else draw.randrange(len(page) + 1))
    return at + 1 if at >= 0 else len(page)


def piece(page: bytes, draw: random.Random, most: int = 5_000) -> tuple[int, int]:
    """Beginning and end of a piece of the page."""
    start = draw.randrange(len(page) + 1)
    return start, min(len(page), start + draw.randrange(1, most))


def cut_end(page: bytes, draw: random.Random) -> bytes:
    return page[: draw.randrange(len(page) + 1)]


def cut_beginning(page: bytes, draw: random.Random) -> bytes:
    return page[draw.randrange(len(page) + 1) :]


def cut_out(page: bytes, draw: random.Random) -> bytes:
    start, end = piece(page, draw)
    return page[:start] + page[end:]


def repeated(page: bytes, draw: random.Random) -> bytes:
    start, end = piece(page, draw)
    return page[:end] + page[start:end] * draw.choice((1, 3, 40)) + page[end:]


def moved(page: bytes, draw: random.Random) -> bytes:
    start, end = piece(page, draw)
    rest = page[:start] + page[end:]
    at = draw.randrange(len(rest) + 1)
    return rest[:at] + page[start:end] + rest[at:]


def nested(page: bytes, draw: random.Random) -> bytes:
    at = body_at(page, draw)
    other = draw.choice(saved())[1]
    return page[:at] + other + page[at:]


def nested_tags(page: bytes, draw: random.Random) -> bytes:
    at, tag = body_at(page, draw), draw.choice(TAGS).encode()
    return page[:at] + (b"<" + tag + b">") * draw.choice((10, 300, 3_000)) + page[at:]


def garbage(page: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(page) + 1)
    return page[:at] + draw.randbytes(draw.choice((1, 20, 2_000))) + page[at:]


def changed_bytes(page: bytes, draw: random.Random) -> bytes:
    spoiled = bytearray(page)
    for _ in range(draw.choice((1, 10, 500))):
        if spoiled:
            spoiled[draw.randrange(len(spoiled))] = draw.randrange(256)
    return bytes(spoiled)


def other_encoding(page: bytes, draw: random.Random) -> bytes:
    return page.decode("utf-8", "replace").encode(draw.choice(ENCODINGS), "xmlcharrefreplace")


def wrong_encoding(page: bytes, draw: random.Random) -> bytes:
    return page.decode(draw.choice(("iso-8859-1", "utf-8", "cp437")), "replace").encode("utf-8")


def other_declaration(page: bytes, draw: random.Random) -> bytes:
    return page.replace(b"utf-8", draw.choice(ENCODINGS).encode()).replace(b"UTF-8", b"x-unknown")


def unclosed(page: bytes, draw: random.Random) -> bytes:
    return page.replace(draw.choice((b"</", b">", b'"', b"</script>", b"</div>", b"-->", b"</p>")), b"")


def quoted(page: bytes, draw: random.Random) -> bytes:
    return page.replace(
        *draw.choice(((b'"', b"'"), (b"<", b"&lt;"), (b"=", b" = "), (b" ", b"\x00"), (b"div", b"DIV")))
    )


def strange_words(page: bytes, draw: random.Random) -> bytes:
    word = draw.choice((
        "99/99/9999", "1" * 5_000, "\u202e\u200b\ufeff", "(" * 3_000, "&#x110000;&#55296;", "https://[::1",
        "Nguồn: " * 800, "١٢٣٤٥٦٧٨٩٠" * 50, "à" * 9_000, '{"@type":"NewsArticle","@graph":' * 500,
        "e\u0301" * 4_000, "0" * 40 + "/1/1",
    )).encode()  # fmt: skip
    at = body_at(page, draw)
    return page[:at] + word + page[at:]


def strange_attributes(page: bytes, draw: random.Random) -> bytes:
    value = draw.choice((
        b"http://[", b"//", b"javascript:x", b"&#0;", b"\xff\xfe", b"data:" + b"x" * 9_000, b"?" * 3_000,
        b"99999999999999999999", b"\n" * 2_000, b"../" * 2_000,
    ))  # fmt: skip
    name = draw.choice((b"href=", b"content=", b"datetime=", b"class=", b"src="))
    return page.replace(name + b'"', name + b'"' + value, draw.choice((1, 5, -1)))


MUTATIONS = (
    cut_end, cut_beginning, cut_out, repeated, moved, nested, nested_tags, garbage, changed_bytes, other_encoding,
    wrong_encoding, other_declaration, unclosed, quoted, strange_words, strange_attributes,
)  # fmt: skip
