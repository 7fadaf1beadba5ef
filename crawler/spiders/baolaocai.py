"""Báo Lào Cai: https://baolaocai.vn (Lào Cai, with the former Yên Bái since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.epi import EpiPage


class BaoLaoCaiSpider(NewsSpider):
    """ePi, or pages with `data-field=body`: another crawler reads both. The listing addresses are guesses."""

    name = "baolaocai"
    number, title, province, family = 20, "Báo Lào Cai", "Lào Cai", "epi"
    provinces_before = ("Lào Cai", "Yên Bái")
    allowed_domains = ("baolaocai.vn",)
    former_domains = ("baoyenbai.com.vn",)
    confidence = "guess"
    sitemaps = ("https://baolaocai.vn/sitemap.xml",)
    sections = tuple(
        f"https://baolaocai.vn/{path}"
        for path in (
            "", "thoi-su/", "chinh-tri/", "kinh-te/", "xa-hoi/", "van-hoa/", "phap-luat/",
        )
    )  # fmt: skip
    article_url = r"-post\d+\.html$|/post-\d+\.html$"
    layouts = (EpiPage,)
