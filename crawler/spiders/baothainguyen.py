"""Báo Thái Nguyên: https://baothainguyen.vn (Thái Nguyên, with the former Bắc Kạn since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.skins import HexIdSkinPage


class BaoThaiNguyenSpider(NewsSpider):
    """Hex id: addresses, lead and sections are another crawler's.

    That sections have numbered pages is inferred from Đắk Lắk.
    """

    name = "baothainguyen"
    number, title, province, family = 29, "Báo Thái Nguyên", "Thái Nguyên", "hexid"
    provinces_before = ("Thái Nguyên", "Bắc Kạn")
    allowed_domains = ("baothainguyen.vn",)
    former_domains = ("baobackan.com.vn", "baobackan.vn")
    confidence = "code"
    sections = tuple(
        f"https://baothainguyen.vn/{path}"
        for path in (
            "thoi-su-thai-nguyen/", "chinh-tri/", "kinh-te/", "xa-hoi/", "phap-luat/",
            "giao-duc/", "y-te/", "van-hoa/", "the-thao/", "quoc-phong-an-ninh/",
        )
    )  # fmt: skip
    pages = "?paged={page}"
    article_url = r"/\d{6}/[^/]+/?$"
    layouts = (HexIdSkinPage,)
