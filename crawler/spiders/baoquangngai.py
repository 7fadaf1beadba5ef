"""Báo Quảng Ngãi: https://baoquangngai.vn (Quảng Ngãi, with the former Kon Tum since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.hexid import HexIdPage
from crawler.families.oneoffs import QuangNgaiPage


class BaoQuangNgaiSpider(NewsSpider):
    """A CMS of its own since about 2025, hex-id pages until then.

    Addresses, lead and sections are another crawler's, the rest, the sitemap too, is a guess. Some bodies stand
    in a script.
    """

    name = "baoquangngai"
    number, title, province, family = 24, "Báo Quảng Ngãi", "Quảng Ngãi", "quangngai"
    provinces_before = ("Quảng Ngãi", "Kon Tum")
    allowed_domains = ("baoquangngai.vn",)
    former_domains = ("baokontum.com.vn",)
    confidence = "guess"
    sitemaps = ("https://baoquangngai.vn/sitemap.xml",)
    sections = tuple(
        f"https://baoquangngai.vn/{path}"
        for path in (
            "chinh-tri", "thoi-su", "kinh-te", "xa-hoi", "doi-song", "van-hoa-nghe-thuat",
            "the-thao", "phap-luat", "du-lich",
        )
    )  # fmt: skip
    article_url = r"-\d{5,}\.htm$|/\d{6}/[^/]+-[0-9a-f]{7}/?$"
    layouts = (HexIdPage, QuangNgaiPage)
