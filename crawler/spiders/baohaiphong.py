"""Báo Hải Phòng: https://baohaiphong.vn (Hải Phòng, with the former Hải Dương since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.onecms import OneCmsPage


class BaoHaiPhongSpider(NewsSpider):
    """ONECMS: pages were seen, sections are those that another crawler asks.

    Feeds and sitemap are the family's. Its robots.txt is said to shut crawlers out: the run then says so.
    """

    name = "baohaiphong"
    number, title, province, family = 14, "Báo Hải Phòng", "Hải Phòng", "onecms"
    provinces_before = ("Hải Phòng", "Hải Dương")
    allowed_domains = ("baohaiphong.vn",)
    former_domains = ("baohaiphong.com.vn", "baohaiduong.vn")
    confidence = "code"
    feeds = tuple(f"https://baohaiphong.vn/rss/{path}" for path in ("chinh-tri", "kinh-te", "xa-hoi"))
    sitemaps = ("https://baohaiphong.vn/sitemap.xml",)
    sections = tuple(
        f"https://baohaiphong.vn/{path}"
        for path in (
            "chinh-tri", "kinh-te", "xa-hoi", "khoa-hoc-giao-duc", "phap-luat",
            "van-hoa-giai-tri", "the-thao", "doi-song",
        )
    )  # fmt: skip
    article_url = r"-\d{5,}\.html$"
    layouts = (OneCmsPage,)
