"""The demo newspaper's feeds, sitemaps and robots.txt."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING

from markupsafe import escape

from crawler.demo.markup import IMAGE_HOST, image_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from crawler.demo.paper import Newspaper, State

FEED_LENGTH = 40
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def feed(paper: Newspaper, title: str, path: str, states: Sequence[State]) -> str:
    """Give an RSS 2.0 feed of up to 40 articles; `slash:comments` stands where the page shows a count."""
    link = f"https://{paper.host}{path}"
    newest = f"      <pubDate>{format_datetime(states[0].story.published)}</pubDate>\n" if states else ""
    head = (
        f'{_XML}<rss version="2.0" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">\n  <channel>\n'
        f"      <title>{escape(title)} | {escape(paper.name)}</title>\n"
        f"      <image>\n        <url>https://{IMAGE_HOST}/assets/images/logo.png</url>\n"
        f"        <link>{link}</link>\n      </image>\n{newest}"
        f"      <generator>{escape(paper.name)}</generator>\n      <link>{link}</link>\n"
    )
    items = "".join(_item(paper, state) for state in states[:FEED_LENGTH])
    return f"{head}{items}  </channel>\n</rss>\n"


def _item(paper: Newspaper, state: State) -> str:
    story, address = state.story, paper.address(state.story)
    picture = ""
    if story.images and paper.edition == "onecms":
        alt = escape(state.title)
        source = image_address(story, story.images[0])
        picture = f'<a href="{address}"><img src="{source}" alt="{alt}" title="{alt}" /></a><br/>'
    description = f"{picture}{escape(state.lead)}".replace("]]>", "]]&gt;")
    count = "" if state.comment_count is None else f"<slash:comments>{state.comment_count}</slash:comments>\n"
    return (
        f"      <item>\n        <title>{escape(state.title)}</title>\n"
        f"        <description><![CDATA[{description}]]></description>\n"
        f"        <pubDate>{format_datetime(story.published)}</pubDate>\n"
        f"        <link>{address}</link>\n        <guid>{address}</guid>\n        {count}      </item>\n"
    )


def sitemap_index(paper: Newspaper, days: Iterable[tuple[date, datetime]]) -> str:
    """Give a sitemap index: one sitemap per day, newest first; `lastmod` is the day's last publication."""
    entries = "".join(
        f"  <sitemap>\n    <loc>https://{paper.host}/sitemap-article-{day}.xml</loc>\n"
        f"    <lastmod>{moment.isoformat()}</lastmod>\n  </sitemap>\n"
        for day, moment in days
    )
    categories = (
        f"  <sitemap>\n    <loc>https://{paper.host}/sitemap-category.xml</loc>\n  </sitemap>\n"
        if paper.edition == "onecms"
        else ""
    )
    return f'{_XML}<sitemapindex xmlns="{_SITEMAP}">\n{categories}{entries}</sitemapindex>\n'


def sitemap(addresses: Iterable[tuple[str, datetime | None]]) -> str:
    """Give a sitemap of (address, lastmod) pairs."""
    entries = "".join(
        f"  <url>\n    <loc>{escape(address)}</loc>\n"
        + (f"    <lastmod>{moment.isoformat()}</lastmod>\n" if moment else "")
        + "  </url>\n"
        for address, moment in addresses
    )
    return f'{_XML}<urlset xmlns="{_SITEMAP}">\n{entries}</urlset>\n'


def robots(paper: Newspaper) -> str:
    """robots.txt (RFC 9309): print pages and the search are closed, the sitemap is named."""
    return f"User-agent: *\nDisallow: /print/\nDisallow: /search\n\nSitemap: https://{paper.host}/sitemap.xml\n"
