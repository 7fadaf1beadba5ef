"""Báo Ninh Bình: https://baoninhbinh.org.vn (Ninh Bình, with the former Hà Nam and Nam Định since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.oneoffs import NinhBinhPage


class BaoNinhBinhSpider(NewsSpider):
    """A CMS of its own: body and date are other crawlers', the forms of addresses were seen.

    The other elements and the listing addresses are guesses.
    """

    name = "baoninhbinh"
    number, title, province, family = 22, "Báo Ninh Bình", "Ninh Bình", "ninhbinh"
    provinces_before = ("Ninh Bình", "Hà Nam", "Nam Định")
    allowed_domains = ("baoninhbinh.org.vn",)
    former_domains = ("baohanam.com.vn", "baonamdinh.vn")
    confidence = "guess"
    feeds = ("https://baoninhbinh.org.vn/rss/home.rss",)
    sitemaps = ("https://baoninhbinh.org.vn/sitemap.xml",)
    sections = tuple(f"https://baoninhbinh.org.vn/{path}" for path in ("", "thoi-su", "kinh-te", "xa-hoi", "van-hoa"))
    article_url = r"/d\d{14,18}\.html?$|-\d{5,}\.html?$|-\d{14,18}p\d+c\d+\.html?$"
    layouts = (NinhBinhPage,)
