"""Báo Đắk Lắk: https://baodaklak.vn (Đắk Lắk, with the former Phú Yên since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.skins import HexIdSkinPage


class BaoDakLakSpider(NewsSpider):
    """Hex id: pages of its Phú Yên site were seen, its own skin and sections are another crawler's.

    So are the page numbers of its sections.
    Phú Yên's articles stand on phuyen.baodaklak.vn and still call themselves baophuyen.vn.
    """

    name = "baodaklak"
    number, title, province, family = 7, "Báo Đắk Lắk", "Đắk Lắk", "hexid"
    provinces_before = ("Đắk Lắk", "Phú Yên")
    allowed_domains = ("baodaklak.vn", "phuyen.baodaklak.vn")
    former_domains = ("baophuyen.vn",)
    confidence = "code"
    sections = tuple(
        f"https://baodaklak.vn/{path}"
        for path in (
            "thoi-su/", "chinh-tri/", "kinh-te/", "xa-hoi/", "giao-duc/", "y-te-suc-khoe/",
            "phap-luat/", "an-ninh-quoc-phong/", "the-thao/", "du-lich/",
        )
    )  # fmt: skip
    pages = "?paged={page}"
    article_url = r"/\d{6}/[^/]+/?$"
    layouts = (HexIdSkinPage,)
