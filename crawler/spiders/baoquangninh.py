"""Báo Quảng Ninh: https://baoquangninh.vn (Quảng Ninh, unchanged in July 2025)."""

from crawler.base import NewsSpider
from crawler.families.mediatech import MediaTechPage


class BaoQuangNinhSpider(NewsSpider):
    """MediaTech, inferred from the addresses of articles, pictures and feeds, which others use."""

    name = "baoquangninh"
    number, title, province, family = 25, "Báo Quảng Ninh", "Quảng Ninh", "mediatech"
    provinces_before = ("Quảng Ninh",)
    allowed_domains = ("baoquangninh.vn",)
    former_domains = ("baoquangninh.com.vn",)
    confidence = "url"
    feeds = tuple(
        f"https://baoquangninh.vn/rss/{path}"
        for path in (
            "news/an-toan-giao-thong.rss", "news/ban-doc.rss",
        )
    )  # fmt: skip
    sections = tuple(
        f"https://baoquangninh.vn/{path}"
        for path in (
            "chinh-tri", "kinh-te", "xa-hoi", "phap-luat", "the-thao", "du-lich", "van-hoa",
            "doi-song",
        )
    )  # fmt: skip
    article_url = r"-\d{5,}\.html$"
    layouts = (MediaTechPage,)
