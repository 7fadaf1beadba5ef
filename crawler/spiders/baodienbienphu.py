"""Báo Điện Biên Phủ: https://baodienbienphu.vn (Điện Biên, unchanged in July 2025)."""

from crawler.base import NewsSpider
from crawler.families.oneoffs import DienBienPage


class BaoDienBienPhuSpider(NewsSpider):
    """A CMS of its own: sections are rendered by script, links stand on the front page only.

    The body's element is another crawler's, title, date and sitemap are guesses.
    """

    name = "baodienbienphu"
    number, title, province, family = 8, "Báo Điện Biên Phủ", "Điện Biên", "dienbien"
    provinces_before = ("Điện Biên",)
    allowed_domains = ("baodienbienphu.vn",)
    former_domains = ("baodienbienphu.com.vn",)
    confidence = "guess"
    sitemaps = ("https://baodienbienphu.vn/sitemap.xml",)
    sections = ("https://baodienbienphu.vn/",)
    article_url = r"/tin-bai/[^/]+/[^/]+/?$"
    layouts = (DienBienPage,)
