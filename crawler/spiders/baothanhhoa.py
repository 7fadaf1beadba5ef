"""Báo Thanh Hóa: https://baothanhhoa.vn (Thanh Hóa, unchanged in July 2025)."""

from crawler.base import NewsSpider
from crawler.families.dcontent import DContentPage


class BaoThanhHoaSpider(NewsSpider):
    """dcontent: a part of the articles is encoded and cannot be read over plain HTTP; the run counts them.

    Feeds, sections, lead and body are those that others use.
    """

    name = "baothanhhoa"
    number, title, province, family = 30, "Báo Thanh Hóa", "Thanh Hóa", "dcontent"
    provinces_before = ("Thanh Hóa",)
    allowed_domains = ("baothanhhoa.vn",)
    confidence = "code"
    feeds = tuple(f"https://baothanhhoa.vn/rss/{path}" for path in ("thoi-su.xml", "phap-luat.xml", "kinh-te.xml"))
    sections = tuple(
        f"https://baothanhhoa.vn/{path}"
        for path in (
            "thoi-su", "kinh-te", "doi-song-xa-hoi", "giao-duc", "phap-luat",
            "van-hoa-giai-tri", "the-thao", "quoc-phong-an-ninh", "y-te-suc-khoe",
        )
    )  # fmt: skip
    article_url = r"-\d{5,}\.htm$|/\d{5,}\.htm$"
    layouts = (DContentPage,)
