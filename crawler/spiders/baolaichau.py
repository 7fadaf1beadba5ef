"""Báo Lai Châu: https://baolaichau.vn (Lai Châu, unchanged in July 2025)."""

from crawler.base import NewsSpider


class BaoLaiChauSpider(NewsSpider):
    """A CMS of its own: addresses and links are another crawler's.

    The layout is not known, the generic reader reads it. The sitemap and the section addresses are guesses.
    """

    name = "baolaichau"
    number, title, province, family = 18, "Báo Lai Châu", "Lai Châu", "laichau"
    provinces_before = ("Lai Châu",)
    allowed_domains = ("baolaichau.vn",)
    confidence = "guess"
    sitemaps = ("https://baolaichau.vn/sitemap.xml",)
    sections = tuple(
        f"https://baolaichau.vn/{path}"
        for path in (
            "", "chinh-tri", "kinh-te", "xa-hoi", "van-hoa", "quoc-phong-an-ninh",
            "the-thao",
        )
    )  # fmt: skip
    article_url = r"^https?://[^/]+/[^/]+/[^/]+-\d{3,}(?:\.html)?/?$"
