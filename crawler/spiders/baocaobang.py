"""Báo Cao Bằng: https://baocaobang.vn (Cao Bằng, unchanged in July 2025)."""

from crawler.base import NewsSpider
from crawler.families.mediatech import MediaTechPage


class BaoCaoBangSpider(NewsSpider):
    """MediaTech, inferred from the body's element and the addresses of pictures.

    Sections from another crawler. Old addresses (`/Huong-vi-…-38371.html`) have capitals and short numbers.
    """

    name = "baocaobang"
    number, title, province, family = 5, "Báo Cao Bằng", "Cao Bằng", "mediatech"
    provinces_before = ("Cao Bằng",)
    allowed_domains = ("baocaobang.vn",)
    confidence = "url"
    sections = tuple(
        f"https://baocaobang.vn/{path}"
        for path in (
            "Thoi-su", "chinh-tri", "kinh-te", "xa-hoi", "van-hoa", "the-thao",
            "Quoc-phong-An-ninh", "Giao-duc", "Suc-khoe-Doi-song",
        )
    )  # fmt: skip
    article_url = r"-\d{4,}\.html$"
    layouts = (MediaTechPage,)
