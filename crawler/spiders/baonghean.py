"""Báo Nghệ An: https://baonghean.vn (Nghệ An, unchanged in July 2025)."""

from crawler.base import NewsSpider
from crawler.families.onecms import OneCmsPage


class BaoNgheAnSpider(NewsSpider):
    """ONECMS: pages were seen, sections are those that another crawler asks.

    Feeds and sitemap are the family's. Translations have the same number under `/en/`, `/fr/`, `/ru/` and
    `/cn/`.
    """

    name = "baonghean"
    number, title, province, family = 21, "Báo Nghệ An", "Nghệ An", "onecms"
    provinces_before = ("Nghệ An",)
    allowed_domains = ("baonghean.vn",)
    confidence = "code"
    feeds = tuple(f"https://baonghean.vn/rss/{path}" for path in ("thoi-su", "kinh-te", "xa-hoi"))
    sitemaps = ("https://baonghean.vn/sitemap.xml",)
    sections = tuple(
        f"https://baonghean.vn/{path}"
        for path in (
            "thoi-su", "kinh-te", "xa-hoi", "the-thao", "suc-khoe", "phap-luat",
            "xay-dung-dang", "giao-duc", "lao-dong",
        )
    )  # fmt: skip
    article_url = r"-\d{5,}\.html$"
    layouts = (OneCmsPage,)
