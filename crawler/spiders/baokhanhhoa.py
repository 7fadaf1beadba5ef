"""Báo Khánh Hòa: https://baokhanhhoa.vn (Khánh Hòa, with the former Ninh Thuận since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.skins import HexIdSkinPage


class BaoKhanhHoaSpider(NewsSpider):
    """Hex id, by its addresses. The listing addresses are guesses.

    That sections have numbered pages is inferred from Đắk Lắk.
    """

    name = "baokhanhhoa"
    number, title, province, family = 17, "Báo Khánh Hòa", "Khánh Hòa", "hexid"
    provinces_before = ("Khánh Hòa", "Ninh Thuận")
    allowed_domains = ("baokhanhhoa.vn",)
    former_domains = ("baoninhthuan.com.vn",)
    confidence = "guess"
    sitemaps = ("https://baokhanhhoa.vn/sitemap.xml",)
    sections = tuple(
        f"https://baokhanhhoa.vn/{path}"
        for path in (
            "", "chinh-tri/", "kinh-te/", "xa-hoi/", "van-hoa/", "phap-luat/", "du-lich/",
        )
    )  # fmt: skip
    pages = "?paged={page}"
    article_url = r"/\d{6}/[^/]+-[0-9a-f]{7}/?$"
    layouts = (HexIdSkinPage,)
