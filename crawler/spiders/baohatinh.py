"""Báo Hà Tĩnh: https://baohatinh.vn (Hà Tĩnh, unchanged in July 2025)."""

from crawler.base import NewsSpider
from crawler.families.epi import EpiPage


class BaoHaTinhSpider(NewsSpider):
    """ePi: addresses and sections are another crawler's.

    The elements are those of a sister paper, the sitemap too.
    """

    name = "baohatinh"
    number, title, province, family = 13, "Báo Hà Tĩnh", "Hà Tĩnh", "epi"
    provinces_before = ("Hà Tĩnh",)
    allowed_domains = ("baohatinh.vn",)
    confidence = "code"
    sitemaps = ("https://baohatinh.vn/sitemap.xml",)
    sections = tuple(
        f"https://baohatinh.vn/{path}"
        for path in (
            "chinh-tri/", "kinh-te/", "xa-hoi/", "van-hoa-giai-tri/", "phap-luat/",
            "the-thao/", "doi-song/", "cong-nghe/", "ve-ha-tinh/",
        )
    )  # fmt: skip
    article_url = r"-post\d+\.html$|/post-\d+\.html$"
    layouts = (EpiPage,)
