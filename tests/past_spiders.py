"""Newspapers of the tests that differ in the roads into their past; served by `past_paper`."""

from typing import ClassVar

from crawler.base import NewsSpider
from crawler.families.onecms import OneCmsPage

HOST = "baosuoivang.example"
HOME = f"https://{HOST}"


class PagesSpider(NewsSpider):
    """A section whose pages are numbered; nothing is dated but the articles."""

    name = "past_pages"
    number, title, allowed_domains = 9101, "Báo Suối Vàng", (HOST,)
    sections = (f"{HOME}/tin",)
    pages = "?paged={page}"
    article_url = r"-\d{6}\.html$"


class FoundSpider(NewsSpider):
    """A section of which nobody knows how its pages are numbered."""

    name = "past_found"
    number, title, allowed_domains = 9106, "Báo Suối Vàng", (HOST,)
    sections = (f"{HOME}/tin",)
    article_url = r"-\d{6}\.html$"


class NumberedSpider(NewsSpider):
    """The demo newspaper by the numbered pages of one section."""

    name = "past_numbered"
    number, title = 9107, "Báo Suối Cát"
    allowed_domains = ("baosuoicat.example",)
    sections: ClassVar = ("https://baosuoicat.example/thoi-su",)
    pages = "?trang={page}"
    article_url = r"-\d{6}\.html$"
    layouts = (OneCmsPage,)


class DaysSpider(NewsSpider):
    """An archive with a page a day."""

    name = "past_days"
    number, title, allowed_domains = 9102, "Báo Suối Vàng", (HOST,)
    archive = f"{HOME}/{{date:%Y/%m/%d}}/"
    article_url = r"-\d{6}\.html$"


class MapsSpider(NewsSpider):
    """Sitemaps."""

    name = "past_maps"
    number, title, allowed_domains = 9103, "Báo Suối Vàng", (HOST,)
    sitemaps = (f"{HOME}/sitemap.xml",)
    article_url = r"-\d{6}\.html$"


class FeedSpider(NewsSpider):
    """A feed, and no road into the past."""

    name = "past_feed"
    number, title, allowed_domains = 9104, "Báo Suối Vàng", (HOST,)
    feeds = (f"{HOME}/rss",)
    article_url = r"-\d{6}\.html$"


class MoreSpider(NewsSpider):
    """The demo newspaper without feeds and sitemaps: sections and what they load."""

    name = "past_more"
    number, title, family = 9105, "Báo Suối Cát", "onecms"
    allowed_domains = ("baosuoicat.example",)
    sections: ClassVar = ("https://baosuoicat.example/thoi-su",)
    article_url = r"-\d{6}\.html$"
    layouts = (OneCmsPage,)
