"""Báo Phú Thọ: https://baophutho.vn (Phú Thọ, with the former Vĩnh Phúc and Hòa Bình since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.dcontent import DContentPage


class BaoPhuThoSpider(NewsSpider):
    """dcontent: a part of the articles is encoded and cannot be read over plain HTTP; the run counts them.

    Addresses were seen, the body's element is another crawler's, the listing addresses are guesses.
    """

    name = "baophutho"
    number, title, province, family = 23, "Báo Phú Thọ", "Phú Thọ", "dcontent"
    provinces_before = ("Phú Thọ", "Vĩnh Phúc", "Hòa Bình")
    allowed_domains = ("baophutho.vn",)
    former_domains = ("baovinhphuc.com.vn", "baohoabinh.com.vn")
    confidence = "guess"
    feeds = ("https://baophutho.vn/rss/thoi-su.xml",)
    sitemaps = ("https://baophutho.vn/sitemap.xml",)
    sections = tuple(
        f"https://baophutho.vn/{path}"
        for path in (
            "", "thoi-su", "kinh-te", "xa-hoi", "van-hoa", "phap-luat",
        )
    )  # fmt: skip
    article_url = r"-\d{5,}\.htm$"
    layouts = (DContentPage,)
