"""Sài Gòn Giải Phóng: https://www.sggp.org.vn (TP. Hồ Chí Minh; since July 2025 with Bình Dương, Bà Rịa – Vũng Tàu)."""

from crawler.base import NewsSpider
from crawler.families.epi import EpiPage


class SggpSpider(NewsSpider):
    """ePi: feed, sections, addresses and lead are those that others use; the sitemap is the family's."""

    name = "sggp"
    number, title, province, family = 31, "Sài Gòn Giải Phóng", "TP. Hồ Chí Minh", "epi"
    provinces_before = ("TP. Hồ Chí Minh", "Bình Dương", "Bà Rịa – Vũng Tàu")
    allowed_domains = ("www.sggp.org.vn", "sggp.org.vn")
    former_domains = ("baobinhduong.vn", "baobariavungtau.com.vn")
    confidence = "code"
    feeds = ("https://www.sggp.org.vn/rss/home.rss",)
    sitemaps = ("https://www.sggp.org.vn/sitemap.xml",)
    sections = tuple(
        f"https://www.sggp.org.vn/{path}"
        for path in (
            "chinhtri/", "xahoi/", "phapluat/", "kinhte/", "giaoduc/", "ytesuckhoe/",
            "vanhoavannghe/", "nhipcaubandoc/",
        )
    )  # fmt: skip
    article_url = r"-post\d+\.html$|/post-\d+\.html$"
    layouts = (EpiPage,)
