"""Báo Lạng Sơn: https://baolangson.vn (Lạng Sơn, unchanged in July 2025)."""

from crawler.base import NewsSpider
from crawler.families.mediatech import MediaTechPage


class BaoLangSonSpider(NewsSpider):
    """MediaTech, inferred from the body's element that another crawler reads.

    Listing addresses are guesses. Its robots.txt is said to shut crawlers out: the run then says so.
    """

    name = "baolangson"
    number, title, province, family = 19, "Báo Lạng Sơn", "Lạng Sơn", "mediatech"
    provinces_before = ("Lạng Sơn",)
    allowed_domains = ("baolangson.vn",)
    confidence = "guess"
    feeds = ("https://baolangson.vn/rss/news/kinh-te.rss",)
    sitemaps = ("https://baolangson.vn/sitemap.xml",)
    sections = tuple(
        f"https://baolangson.vn/{path}"
        for path in (
            "", "chinh-tri", "kinh-te", "xa-hoi", "van-hoa", "the-thao",
        )
    )  # fmt: skip
    article_url = r"-\d{5,}\.html$"
    layouts = (MediaTechPage,)
