"""Báo Đồng Tháp: https://baodongthap.vn (Đồng Tháp, with the former Tiền Giang since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.newscontents import NewsContentsPage


class BaoDongThapSpider(NewsSpider):
    """Newscontents, as its sister papers; addresses and sections are another crawler's."""

    name = "baodongthap"
    number, title, province, family = 10, "Báo Đồng Tháp", "Đồng Tháp", "newscontents"
    provinces_before = ("Đồng Tháp", "Tiền Giang")
    allowed_domains = ("baodongthap.vn",)
    former_domains = ("baodongthap.com.vn", "baoapbac.vn")
    confidence = "code"
    sections = tuple(
        f"https://baodongthap.vn/{path}"
        for path in (
            "chinh-tri/", "kinh-te/", "xa-hoi/", "van-hoa-nghe-thuat/", "the-thao/",
            "giao-duc/", "phap-luat/", "suc-khoe-y-te/", "khoa-hoc/",
        )
    )  # fmt: skip
    article_url = r"-a\d{4,}\.html$"
    layouts = (NewsContentsPage,)
