"""Hànộimới: https://hanoimoi.vn (Hà Nội, unchanged in July 2025)."""

from crawler.base import NewsSpider
from crawler.families.onecms import OneCmsPage


class HaNoiMoiSpider(NewsSpider):
    """ONECMS: pages were seen, sections are those that another crawler asks.

    Feeds and sitemap are the family's.
    """

    name = "hanoimoi"
    number, title, province, family = 12, "Hànộimới", "Hà Nội", "onecms"
    provinces_before = ("Hà Nội",)
    allowed_domains = ("hanoimoi.vn",)
    former_domains = ("hanoimoi.com.vn",)
    confidence = "code"
    feeds = ("https://hanoimoi.vn/rss/chinh-tri", "https://hanoimoi.vn/rss/kinh-te", "https://hanoimoi.vn/rss/xa-hoi")
    sitemaps = ("https://hanoimoi.vn/sitemap.xml",)
    sections = tuple(
        f"https://hanoimoi.vn/{path}"
        for path in (
            "chinh-tri", "kinh-te", "do-thi", "van-hoa", "xa-hoi", "giao-duc", "y-te",
            "nong-nghiep-nong-thon", "du-lich",
        )
    )  # fmt: skip
    article_url = r"-\d{5,}\.html$"
    layouts = (OneCmsPage,)
