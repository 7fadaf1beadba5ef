"""Vietnam.vn: https://www.vietnam.vn, the syndicator that translates the papers' articles."""

from crawler.base import NewsSpider
from crawler.families.vietnamvn import VietnamVnPage


class VietnamVnSpider(NewsSpider):
    """One source; its editions are languages (`/ar/<slug>`, Vietnamese without a prefix).

    The sitemap's address and most editions' are guesses: where they do not answer, the run says so.
    """

    name = "vietnamvn"
    number, title, family = 35, "Vietnam.vn", "vietnamvn"
    allowed_domains = ("www.vietnam.vn", "vietnam.vn")
    sitemaps = ("https://www.vietnam.vn/sitemap.xml",)
    sections = tuple(
        f"https://www.vietnam.vn/{edition}"
        for edition in ("", "en", "ar", "fr", "es", "ru", "zh", "ja", "ko", "lo", "km")
    )
    article_url = r"^https?://(?:www\.)?vietnam\.vn/(?:[a-z]{2}/)?[a-z0-9]+(?:-[a-z0-9]+){3,}/?$"
    layouts = (VietnamVnPage,)
