"""Báo Cà Mau: https://baocamau.vn (Cà Mau, with the former Bạc Liêu since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.newscontents import NewsContentsPage
from crawler.families.skins import CaMauPage


class BaoCaMauSpider(NewsSpider):
    """Addresses and pictures are those of Newscontents, the body's element is another crawler's.

    The other elements and all listing addresses are guesses.
    """

    name = "baocamau"
    number, title, province, family = 3, "Báo Cà Mau", "Cà Mau", "newscontents"
    provinces_before = ("Cà Mau", "Bạc Liêu")
    allowed_domains = ("baocamau.vn",)
    former_domains = ("baocamau.com.vn", "baobaclieu.vn")
    confidence = "guess"
    sitemaps = ("https://baocamau.vn/sitemap.xml",)
    sections = tuple(
        f"https://baocamau.vn/{path}"
        for path in (
            "", "chinh-tri/", "kinh-te/", "xa-hoi/", "van-hoa-van-nghe/", "phap-luat/",
        )
    )  # fmt: skip
    article_url = r"-a\d{4,}\.html$"
    layouts = (CaMauPage, NewsContentsPage)
