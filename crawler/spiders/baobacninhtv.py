"""Báo Bắc Ninh: https://baobacninhtv.vn (Bắc Ninh, with the former Bắc Giang since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.oneoffs import BacNinhPage


class BaoBacNinhTvSpider(NewsSpider):
    """A CMS of its own: sections, lead and body as another crawler reads them.

    Title, date and sitemap are guesses.
    """

    name = "baobacninhtv"
    number, title, province, family = 2, "Báo Bắc Ninh", "Bắc Ninh", "bacninh"
    provinces_before = ("Bắc Ninh", "Bắc Giang")
    allowed_domains = ("baobacninhtv.vn",)
    former_domains = ("baobacninh.com.vn", "baobacgiang.vn")
    confidence = "guess"
    sitemaps = ("https://baobacninhtv.vn/sitemap.xml",)
    sections = tuple(
        f"https://baobacninhtv.vn/{path}"
        for path in (
            "moi-nhat", "chinh-tri", "kinh-te", "xa-hoi", "phap-luat", "giao-duc",
            "suc-khoe", "doi-song", "the-thao",
        )
    )  # fmt: skip
    article_url = r"-postid\d+\.bbg$"
    layouts = (BacNinhPage,)
