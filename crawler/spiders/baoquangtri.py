"""Báo Quảng Trị: https://baoquangtri.vn (Quảng Trị, with the former Quảng Bình since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.skins import HexIdSkinPage


class BaoQuangTriSpider(NewsSpider):
    """Hex id: addresses, links and sections are another crawler's.

    That sections have numbered pages is inferred from Đắk Lắk.
    """

    name = "baoquangtri"
    number, title, province, family = 26, "Báo Quảng Trị", "Quảng Trị", "hexid"
    provinces_before = ("Quảng Trị", "Quảng Bình")
    allowed_domains = ("baoquangtri.vn",)
    former_domains = ("baoquangbinh.vn",)
    confidence = "code"
    sections = tuple(
        f"https://baoquangtri.vn/{path}"
        for path in (
            "thoi-su/", "chinh-tri/", "kinh-te/", "xa-hoi/", "phap-luat/", "van-hoa/",
            "giao-duc/", "suc-khoe/", "the-thao/", "quoc-phong-an-ninh/",
        )
    )  # fmt: skip
    pages = "?paged={page}"
    article_url = r"/\d{6}/[a-z0-9-]+-[0-9a-f]+/?$"
    layouts = (HexIdSkinPage,)
