"""Báo Tây Ninh: https://baotayninh.vn (Tây Ninh, with the former Long An since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.mediatech import MediaTechPage


class BaoTayNinhSpider(NewsSpider):
    """MediaTech: pages were seen; feeds and sections are those that others use.

    Before, addresses ended in `-a<number>.html`.
    """

    name = "baotayninh"
    number, title, province, family = 28, "Báo Tây Ninh", "Tây Ninh", "mediatech"
    provinces_before = ("Tây Ninh", "Long An")
    allowed_domains = ("baotayninh.vn",)
    former_domains = ("baolongan.vn",)
    confidence = "code"
    feeds = tuple(
        f"https://baotayninh.vn/rss/{path}"
        for path in (
            "news/van-de-su-kien.rss", "news/van-hoa.rss", "news/du-lich.rss",
        )
    )  # fmt: skip
    sections = tuple(f"https://baotayninh.vn/{path}" for path in ("", "kinh-te", "xa-hoi", "phap-luat", "the-thao"))
    article_url = r"-a?\d{4,}\.html$"
    layouts = (MediaTechPage,)
