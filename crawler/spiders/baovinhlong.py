"""Báo Vĩnh Long: https://baovinhlong.com.vn (Vĩnh Long, with the former Bến Tre and Trà Vinh since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.newscontents import NewsContentsPage
from crawler.families.skins import HexIdSkinPage


class BaoVinhLongSpider(NewsSpider):
    """Hex id, by its addresses; Bến Tre's articles stay on dongkhoi.baovinhlong.vn, in Newscontents.

    The section addresses of Vĩnh Long are guesses, those of Bến Tre another crawler's;
    that they have numbered pages is inferred from Đắk Lắk.
    """

    name = "baovinhlong"
    number, title, province, family = 33, "Báo Vĩnh Long", "Vĩnh Long", "hexid"
    provinces_before = ("Vĩnh Long", "Bến Tre", "Trà Vinh")
    allowed_domains = ("baovinhlong.com.vn", "baovinhlong.vn", "dongkhoi.baovinhlong.vn")
    former_domains = ("baodongkhoi.vn", "baotravinh.vn")
    confidence = "guess"
    sitemaps = ("https://baovinhlong.com.vn/sitemap.xml",)
    sections = (
        "https://baovinhlong.com.vn/",
        "https://baovinhlong.com.vn/kinh-te/",
        "https://baovinhlong.com.vn/xa-hoi/",
        "https://dongkhoi.baovinhlong.vn/thoi-su/",
        "https://dongkhoi.baovinhlong.vn/kinh-te/",
        "https://dongkhoi.baovinhlong.vn/xa-hoi/",
    )
    pages = "?paged={page}"
    article_url = r"/\d{6}/[^/]+-[0-9a-f]{7}/?$|-a\d{4,}\.html$"
    layouts = (NewsContentsPage, HexIdSkinPage)
