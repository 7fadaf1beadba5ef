"""Báo Đồng Nai: https://baodongnai.com.vn (Đồng Nai, with the former Bình Phước since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.skins import HexIdSkinPage


class BaoDongNaiSpider(NewsSpider):
    """Hex id: addresses, body and links are another crawler's. The section addresses are guesses.

    That sections have numbered pages is inferred from Đắk Lắk.
    """

    name = "baodongnai"
    number, title, province, family = 9, "Báo Đồng Nai", "Đồng Nai", "hexid"
    provinces_before = ("Đồng Nai", "Bình Phước")
    allowed_domains = ("baodongnai.com.vn",)
    former_domains = ("baobinhphuoc.com.vn",)
    confidence = "guess"
    sitemaps = ("https://baodongnai.com.vn/sitemap.xml",)
    sections = tuple(
        f"https://baodongnai.com.vn/{path}"
        for path in (
            "", "chinh-tri/", "kinh-te/", "xa-hoi/", "phap-luat/", "van-hoa/", "the-thao/",
        )
    )  # fmt: skip
    pages = "?paged={page}"
    article_url = r"/\d{6}/[^/]+-[0-9a-f]{7}/?$"
    layouts = (HexIdSkinPage,)
