"""Báo Lâm Đồng: https://baolamdong.vn (Lâm Đồng, with the former Đắk Nông and Bình Thuận since July 2025)."""

from crawler.base import NewsSpider
from crawler.families.hexid import HexIdPage
from crawler.families.onecms import OneCmsPage


class BaoLamDongSpider(NewsSpider):
    """ONECMS now, hex-id pages from about 2022 to mid 2025, Bình Thuận's old articles under /bbt/.

    That the paper runs on ONECMS is inferred from its addresses and feeds; the sitemap from the family, the
    sections, which are those of the feeds, are guesses.
    """

    name = "baolamdong"
    number, title, province, family = 34, "Báo Lâm Đồng", "Lâm Đồng", "onecms"
    provinces_before = ("Lâm Đồng", "Đắk Nông", "Bình Thuận")
    allowed_domains = ("baolamdong.vn",)
    former_domains = ("baobinhthuan.com.vn", "baodaknong.vn")
    confidence = "guess"
    feeds = tuple(
        f"https://baolamdong.vn/rss/{channel}"
        for channel in (
            "thoi-su", "thoi-su/thoi-su-lam-dong", "phap-luat", "phap-luat/nhip-cau-ban-doc",
            "trang-dia-phuong", "kinh-te/nong-nghiep-nong-thon", "chinh-sach", "doi-song",
        )
    )  # fmt: skip
    sitemaps = ("https://baolamdong.vn/sitemap.xml",)
    sections = tuple(f"https://baolamdong.vn/{path}" for path in ("", "thoi-su", "phap-luat", "chinh-sach", "doi-song"))
    article_url = r"-\d{6}\.html$|/bbt/[^/]+-\d+\.html$|/\d{6}/[^/]+-[0-9a-f]{7}/?$"
    layouts = (OneCmsPage, HexIdPage)
