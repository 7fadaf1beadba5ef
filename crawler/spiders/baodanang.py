"""Báo Đà Nẵng: https://baodanang.vn (Đà Nẵng, with the former Quảng Nam since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.onecms import OneCmsPage


class BaoDaNangSpider(NewsSpider):
    """ONECMS: pages were seen, sections are those that another crawler asks.

    Feeds and sitemap are the family's.
    """

    name = "baodanang"
    number, title, province, family = 6, "Báo Đà Nẵng", "Đà Nẵng", "onecms"
    provinces_before = ("Đà Nẵng", "Quảng Nam")
    allowed_domains = ("baodanang.vn",)
    former_domains = ("baoquangnam.vn",)
    confidence = "code"
    feeds = tuple(f"https://baodanang.vn/rss/{path}" for path in ("chinh-tri", "kinh-te", "xa-hoi"))
    sitemaps = ("https://baodanang.vn/sitemap.xml",)
    sections = tuple(
        f"https://baodanang.vn/{path}"
        for path in (
            "chinh-tri", "xa-hoi", "kinh-te", "nong-nghiep-nong-thon", "van-hoa-van-nghe",
            "the-thao", "du-lich",
        )
    )  # fmt: skip
    article_url = r"(?<!/print/)-\d{5,}\.html$"
    layouts = (OneCmsPage,)
