"""Vietnam Demo: the simulated Arabic edition that copies Báo Suối Cát, in the markup of vietnam.vn."""

from crawler.base import NewsSpider
from crawler.families.vietnamvn import VietnamVnPage


class DemoVietnamSpider(NewsSpider):
    """Translated copies on loopback: needs `-a origin=URL`."""

    name = "demo_vietnam"
    number, title, family, language = 9002, "Vietnam Demo", "vietnamvn", "ar"
    allowed_domains = ("www.vietnam-demo.example",)
    sitemaps = ("https://www.vietnam-demo.example/sitemap.xml",)
    article_url = r"/ar/[a-z0-9]+(?:-[a-z0-9]+){2,}$"
    layouts = (VietnamVnPage,)
