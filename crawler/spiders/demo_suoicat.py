"""Báo Suối Cát: the simulated provincial paper of the demo; its province does not exist."""

from crawler.base import NewsSpider
from crawler.families.onecms import OneCmsPage


class DemoSuoiCatSpider(NewsSpider):
    """ONECMS markup on loopback: needs `-a origin=URL`."""

    name = "demo_suoicat"
    number, title, province, family = 9001, "Báo Suối Cát", "Suối Cát", "onecms"
    allowed_domains = ("baosuoicat.example",)
    feeds = ("https://baosuoicat.example/rss/thoi-su", "https://baosuoicat.example/rss/kinh-te")
    sitemaps = ("https://baosuoicat.example/sitemap.xml",)
    article_url = r"-\d{6}\.html$"
    layouts = (OneCmsPage,)
