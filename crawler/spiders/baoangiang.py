"""Báo An Giang: https://baoangiang.com.vn (An Giang, with the former Kiên Giang since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.newscontents import NewsContentsPage


class BaoAnGiangSpider(NewsSpider):
    """Newscontents: pages were seen. Sitemap and section addresses are guesses from those of Cần Thơ."""

    name = "baoangiang"
    number, title, province, family = 1, "Báo An Giang", "An Giang", "newscontents"
    provinces_before = ("An Giang", "Kiên Giang")
    allowed_domains = ("baoangiang.com.vn",)
    former_domains = ("baokiengiang.vn",)
    confidence = "guess"
    sitemaps = ("https://baoangiang.com.vn/sitemap.xml",)
    sections = tuple(
        f"https://baoangiang.com.vn/{path}"
        for path in (
            "", "thoi-su/", "kinh-te/", "xa-hoi/", "phap-luat/", "van-hoa-nghe-thuat/",
            "giao-duc/", "the-thao/",
        )
    )  # fmt: skip
    article_url = r"-a\d{4,}\.html$"
    layouts = (NewsContentsPage,)
