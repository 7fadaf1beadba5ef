"""Báo Tuyên Quang: https://baotuyenquang.com.vn (Tuyên Quang, with the former Hà Giang since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.skins import HexIdSkinPage


class BaoTuyenQuangSpider(NewsSpider):
    """Only addresses were seen: of a CMS of its own before, pictures of the hex-id system since.

    All else is a guess. Feed, sitemap and sections are tried; pages of no known layout fall to the generic
    reader.
    """

    name = "baotuyenquang"
    number, title, province, family = 32, "Báo Tuyên Quang", "Tuyên Quang", "hexid"
    provinces_before = ("Tuyên Quang", "Hà Giang")
    allowed_domains = ("baotuyenquang.com.vn",)
    former_domains = ("baohagiang.vn",)
    confidence = "guess"
    feeds = ("https://baotuyenquang.com.vn/rss/home.rss",)
    sitemaps = ("https://baotuyenquang.com.vn/sitemap.xml",)
    sections = tuple(
        f"https://baotuyenquang.com.vn/{path}"
        for path in (
            "", "thoi-su-chinh-tri/", "kinh-te/", "xa-hoi/", "van-hoa/", "phap-luat/",
        )
    )  # fmt: skip
    article_url = r"/\d{6}/[^/]+-[0-9a-f]{7}/?$|-\d{5,}\.html$"
    layouts = (HexIdSkinPage,)
