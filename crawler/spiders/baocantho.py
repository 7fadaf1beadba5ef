"""Báo Cần Thơ: https://baocantho.com.vn (Cần Thơ, with the former Sóc Trăng and Hậu Giang since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.newscontents import NewsContentsPage


class BaoCanThoSpider(NewsSpider):
    """Newscontents: pages were seen, sections are those that another crawler asks."""

    name = "baocantho"
    number, title, province, family = 4, "Báo Cần Thơ", "Cần Thơ", "newscontents"
    provinces_before = ("Cần Thơ", "Sóc Trăng", "Hậu Giang")
    allowed_domains = ("baocantho.com.vn",)
    former_domains = ("baosoctrang.org.vn", "baohaugiang.com.vn")
    confidence = "code"
    sections = tuple(
        f"https://baocantho.com.vn/{path}"
        for path in (
            "thoi-su/", "chinh-tri/", "kinh-te/", "xa-hoi-phap-luat/",
            "quoc-phong-an-ninh/", "giao-duc/", "y-te/", "van-hoa-giai-tri/", "the-thao/",
            "du-lich/",
        )
    )  # fmt: skip
    article_url = r"-a\d{4,}\.html$"
    layouts = (NewsContentsPage,)
