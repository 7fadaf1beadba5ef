"""Báo Hưng Yên: https://baohungyen.vn (Hưng Yên, with the former Thái Bình since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.hexid import HexIdPage
from crawler.families.mediatech import MediaTechPage


class BaoHungYenSpider(NewsSpider):
    """MediaTech, inferred from the addresses of articles and pictures; hex-id pages up to about 2023.

    Sections and the date's element are other crawlers'.
    """

    name = "baohungyen"
    number, title, province, family = 16, "Báo Hưng Yên", "Hưng Yên", "mediatech"
    provinces_before = ("Hưng Yên", "Thái Bình")
    allowed_domains = ("baohungyen.vn",)
    former_domains = ("baothaibinh.com.vn",)
    confidence = "url"
    sections = tuple(
        f"https://baohungyen.vn/{path}"
        for path in (
            "chinh-tri", "kinh-te", "xa-hoi", "van-hoa", "the-thao", "an-ninh-quoc-phong",
            "giao-duc", "doi-song", "phap-luat-doi-song",
        )
    )  # fmt: skip
    article_url = r"-\d{5,}\.html$|/\d{6}/[^/]+-[0-9a-f]{7}/?$"
    layouts = (MediaTechPage, HexIdPage)
