"""Báo Gia Lai: https://baogialai.com.vn (Gia Lai, with the former Bình Định since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.epi import EpiPage


class BaoGiaLaiSpider(NewsSpider):
    """ePi: addresses and sections are another crawler's.

    The elements are those of a sister paper, the sitemap too.
    """

    name = "baogialai"
    number, title, province, family = 11, "Báo Gia Lai", "Gia Lai", "epi"
    provinces_before = ("Gia Lai", "Bình Định")
    allowed_domains = ("baogialai.com.vn",)
    former_domains = ("baobinhdinh.vn",)
    confidence = "code"
    sitemaps = ("https://baogialai.com.vn/sitemap.xml",)
    sections = tuple(
        f"https://baogialai.com.vn/{path}"
        for path in (
            "thoi-su-su-kien/", "chinh-tri/", "kinh-te/", "giao-duc/", "suc-khoe/",
            "van-hoa/", "doi-song/", "the-thao/", "phap-luat/", "du-lich/",
        )
    )  # fmt: skip
    article_url = r"-post\d+\.html$|/post-\d+\.html$"
    layouts = (EpiPage,)
