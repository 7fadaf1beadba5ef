"""Vietnam.vn: https://www.vietnam.vn, the syndicator that translates the papers' articles."""

from crawler.base import NewsSpider
from crawler.families.vietnamvn import VietnamVnPage


class VietnamVnSpider(NewsSpider):
    """One source; its editions are languages (`/ar/<slug>`, Vietnamese without a prefix).

    Feed and sitemap addresses are guesses: where they do not answer, the run says so.
    """

    name = "vietnamvn"
    number, title, family = 35, "Vietnam.vn", "vietnamvn"
    allowed_domains = ("www.vietnam.vn", "vietnam.vn")
    sitemaps = ("https://www.vietnam.vn/sitemap.xml",)
    sections = ("https://www.vietnam.vn/", "https://www.vietnam.vn/en", "https://www.vietnam.vn/ar")
    article_url = r"^https?://(?:www\.)?vietnam\.vn/(?:[a-z]{2}/)?[a-z0-9]+(?:-[a-z0-9]+){3,}/?$"
    layouts = (VietnamVnPage,)
