"""Huế ngày nay: https://huengaynay.vn (Huế, unchanged in July 2025; Báo Thừa Thiên Huế before)."""

from crawler.base import NewsSpider
from crawler.families.newscontents import NewsContentsPage


class HueNgayNaySpider(NewsSpider):
    """Addresses and pictures resemble Newscontents.

    Nobody is known to read its pages, all else is a guess. Feed, sitemap and sections are tried; pages of no
    known layout fall to the generic reader.
    """

    name = "huengaynay"
    number, title, province, family = 15, "Huế ngày nay", "Huế", "newscontents"
    provinces_before = ("Huế",)
    allowed_domains = ("huengaynay.vn",)
    former_domains = ("baothuathienhue.vn",)
    confidence = "guess"
    feeds = ("https://huengaynay.vn/rss/home.rss",)
    sitemaps = ("https://huengaynay.vn/sitemap.xml",)
    sections = tuple(
        f"https://huengaynay.vn/{path}"
        for path in (
            "", "chinh-tri-xa-hoi/", "kinh-te/", "van-hoa-nghe-thuat/", "du-lich/",
            "giao-duc/", "y-te-suc-khoe/",
        )
    )  # fmt: skip
    article_url = r"-(?:a?\d{4,})\.html?$"
    layouts = (NewsContentsPage,)
