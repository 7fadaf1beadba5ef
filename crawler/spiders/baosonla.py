"""Báo Sơn La: https://baosonla.vn (Sơn La, unchanged in July 2025)."""

from crawler.base import NewsSpider
from crawler.families.epi import EpiPage
from crawler.families.oneoffs import SonLaPage


class BaoSonLaSpider(NewsSpider):
    """A CMS of its own with ePi's links.

    Addresses, lead and sections are another crawler's, the body's element and the sitemap are guesses. Numbers
    of articles are of letters and digits, and case counts in them.
    """

    name = "baosonla"
    number, title, province, family = 27, "Báo Sơn La", "Sơn La", "sonla"
    provinces_before = ("Sơn La",)
    allowed_domains = ("baosonla.vn",)
    former_domains = ("baosonla.org.vn",)
    confidence = "guess"
    sitemaps = ("https://baosonla.vn/sitemap.xml",)
    sections = tuple(
        f"https://baosonla.vn/{path}"
        for path in (
            "thoi-su-chinh-tri.html", "xay-dung-dang.html", "kinh-te.html",
            "van-hoa-xa-hoi.html", "quoc-phong-an-ninh.html", "the-thao.html",
            "du-lich.html", "phap-luat.html",
        )
    )  # fmt: skip
    article_url = r"^https?://[^/]+/[^/]+/[^/]+-(?=[^/]*[A-Z0-9])[A-Za-z0-9]{6,12}\.html$"
    layouts = (EpiPage, SonLaPage)
