"""Addresses: twins share one key, different articles never do, and nothing but ValueError comes out."""

import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.urls import MAX_LENGTH, TRACKING, canonical, host, in_domains

KEY = "https://baolamdong.vn/mua-hoa-da-lat-386800.html"

TWINS = [
    "http://baolamdong.vn/mua-hoa-da-lat-386800.html",
    "https://www.baolamdong.vn/mua-hoa-da-lat-386800.html",
    "https://m.baolamdong.vn/mua-hoa-da-lat-386800.html",
    "https://amp.baolamdong.vn/mua-hoa-da-lat-386800.html",
    "https://www.m.baolamdong.vn/mua-hoa-da-lat-386800.html",
    "HTTPS://BaoLamDong.VN/mua-hoa-da-lat-386800.html",
    "https://baolamdong.vn./mua-hoa-da-lat-386800.html",
    "https://baolamdong.vn:443/mua-hoa-da-lat-386800.html",
    "http://baolamdong.vn:80/mua-hoa-da-lat-386800.html",
    "https://baolamdong.vn/Mua-Hoa-Da-Lat-386800.html",
    "https://baolamdong.vn//mua-hoa-da-lat-386800.html",
    "https://baolamdong.vn/./kinh-te/../mua-hoa-da-lat-386800.html",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html/",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html#binh-luan",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html/#NewsArticle",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html?",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html?utm_source=zalo&utm_medium=zalo&zarsrc=30",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html?UTM_Source=a&amp;fbclid=IwAR0&amp;gidzl=x_9",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html?gclid=1#top",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html?zalo_id=7&amp=1",
    "https://baolamdong.vn/mua%2Dhoa%2dda-lat-386800.html",
    "  https://baolamdong.vn/mua-hoa-da-lat-386800.html\n",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html/amp",
    "https://baolamdong.vn/amp/mua-hoa-da-lat-386800.html",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.amp",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.amp.html",
    "https://baolamdong.vn/print/mua-hoa-da-lat-386800.html",
]

APART = [
    KEY,
    "https://baolamdong.vn/mua-hoa-da-lat-386801.html",
    "https://baolamdong.vn/bbt/mua-hoa-da-lat-386800.html",
    "https://baolamdong.vn/en/mua-hoa-da-lat-386800.html",
    "https://baolamdong.vn/print/386800.html",
    "https://baolamdong.vn/386800.html",
    "https://baolamdong.vn/mua-hoa-da-lat",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html?page=2",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html?id=Ab",
    "https://baolamdong.vn/mua-hoa-da-lat-386800.html?id=aB",
    "https://baolamdong.vn:8080/mua-hoa-da-lat-386800.html",
    "https://phuyen.baodaklak.vn/mua-hoa-da-lat-386800.html",
    "https://baolamdong.vn/post-386800.html",
    "https://baolamdong.vn/kinh-te%2Fmua-hoa",
    "https://baolamdong.vn/kinh-te/mua-hoa",
]

USELESS = [
    "",
    " ",
    "/mua-hoa-386800.html",
    "//baolamdong.vn/mua-hoa",
    "baolamdong.vn/mua-hoa",
    "ftp://baolamdong.vn/a",
    "file:///etc/hostname",
    "javascript:void(0)",
    "mailto:toasoan@baolamdong.vn",
    "data:text/html,x",
    "https://",
    "https:///mua-hoa",
    "https://user@baolamdong.vn/a",
    "https://user:pass@baolamdong.vn/a",
    "https://baolamdong.vn:99999/a",
    "https://baolamdong.vn:port/a",
    "https://baolamdong.vn:0/a",
    "https://bao lamdong.vn/a",
    "https://baolamdong..vn/a",
    "https://-baolamdong.vn/a",
    "https://evil.example\\baolamdong.vn/a",
    "https://bao%6Camdong.vn/a",
    "https://[::1/a",
    "https://[fe80::1%25eth0]/a",
    "https://[v1.x]/a",
    "https://baolamdong.vn/\udc80",
    "https://" + "a" * 64 + ".vn/",
    "https://" + ".".join(["a" * 60] * 5) + "/",
    "https://baolamdong.vn/" + "a" * MAX_LENGTH,
]


@pytest.mark.parametrize("url", TWINS)
def test_twins_share_one_key(url: str) -> None:
    assert canonical(url) == KEY


def test_different_articles_never_share_a_key() -> None:
    assert len({canonical(url) for url in APART}) == len(APART)


@pytest.mark.parametrize("url", USELESS)
def test_useless_addresses_raise_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(url)
    with pytest.raises(ValueError, match=r"."):
        host(url)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (
            "https://baodaklak.vn/xa-hoi/202405/mua-hoa-b180e1a/",
            "https://baodaklak.vn/xa-hoi/202405/mua-hoa-b180e1a",
        ),
        ("https://m.baogialai.com.vn/mua-hoa-post12.amp", "https://baogialai.com.vn/mua-hoa-post12.html"),
        ("https://baocantho.com.vn/print/mua-hoa-a56.html", "https://baocantho.com.vn/mua-hoa-a56.html"),
        ("https://www.vietnam.vn/ar/mua-hoa", "https://vietnam.vn/ar/mua-hoa"),
        ("https://m.vn/a", "https://m.vn/a"),
        ("https://vietnam.vn", "https://vietnam.vn/"),
        ("https://vietnam.vn/amp/", "https://vietnam.vn/"),
        ("https://vietnam.vn/?b=2&a=1&a=0", "https://vietnam.vn/?a=0&a=1&b=2"),
        ("https://vietnam.vn/?q=a+b%2bc%26d", "https://vietnam.vn/?q=a%20b%2Bc%26d"),
        ("https://[2001:DB8:0::1]:8080/a", "https://[2001:db8::1]:8080/a"),
        ("http://127.0.0.1:8123/a.html", "https://127.0.0.1:8123/a.html"),
        ("https://báo.vn/a", "https://xn--bo-mia.vn/a"),
        ("https://baohaiphong.vn/100%-a", "https://baohaiphong.vn/100%25-a"),
        ("https://baohaiphong.vn/%E9", "https://baohaiphong.vn/%E9"),
    ],
)
def test_key_of(url: str, key: str) -> None:
    assert canonical(url) == key


@pytest.mark.parametrize("slug", ["đà-lạt-ngàn-hoa", "ĐÀ-LẠT-NGÀN-HOA", "زهور-دالات"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("percent", [str, quote, lambda slug: quote(slug).lower()])
def test_composition_and_percent_form_do_not_matter(slug: str, form: str, percent: object) -> None:
    url = "https://baolamdong.vn/" + percent(unicodedata.normalize(form, slug))
    assert canonical(url) == "https://baolamdong.vn/" + quote(slug.lower())


@given(st.text() | st.text(alphabet="htps:/.@?&=#%[]amprintw\\0 ;+2eEF\u0301ạĐΣİ\udc80"))
def test_hostile_text_raises_nothing_but_value_error(text: str) -> None:
    for url in (text, f"https://{text}", f"https://x.vn/{text}", f"https://x.vn?{text}"):
        try:
            key = canonical(url)
        except ValueError:
            assert not in_domains("https://" + "\\" + url, ["x.vn"])
        else:
            assert canonical(key) == key
            assert key.isascii()
            assert key.startswith("https://")


SLUG = st.text(alphabet="abcxyzđạ0123456789-", min_size=1, max_size=30).filter(
    lambda slug: slug not in ("amp", "print")
)
TRACKED = st.sampled_from(
    [*sorted(TRACKING), "utm_source", "utm_campaign", "gad_source", "_hsenc", "__cf_chl_tk", "zalo_oa", "fb_action_ids"]
)


@given(
    folders=st.lists(SLUG, max_size=3),
    slug=SLUG,
    scheme=st.sampled_from(["http", "https", "HTTP"]),
    label=st.sampled_from(["", "www.", "m.", "amp.", "www.m."]),
    suffix=st.sampled_from(["", "/", "#a", "?", "//"]),
    form=st.sampled_from(["NFC", "NFD"]),
    tracked=st.lists(st.tuples(TRACKED, SLUG), max_size=3),
)
def test_every_dress_of_an_address_has_one_key(folders, slug, scheme, label, suffix, form, tracked) -> None:
    path = "/".join([*folders, slug])
    plain = f"https://baolamdong.vn/{path}"
    query = "&".join(f"{name}={value}" for name, value in tracked)
    dressed = unicodedata.normalize(form, f"{scheme}://{label}baolamdong.vn/{path}{suffix.partition('?')[0]}")
    if "#" not in suffix:
        dressed += f"?{query}"
    assert canonical(dressed) == canonical(plain)


def test_host_keeps_www_and_drops_port() -> None:
    assert host("HTTPS://WWW.BaoLamDong.vn.:8443/a") == "www.baolamdong.vn"


@pytest.mark.parametrize(
    ("url", "lies"),
    [
        ("https://baodaklak.vn/a", True),
        ("http://phuyen.baodaklak.vn:8080/a", True),
        ("https://xbaodaklak.vn/a", False),
        ("https://baodaklak.vn.example/a", False),
        ("https://example/baodaklak.vn", False),
        ("https://baodaklak.vn@example/a", False),
        ("https://example\\.baodaklak.vn/a", False),
        ("no address", False),
    ],
)
def test_in_domains(url: str, lies: bool) -> None:
    assert in_domains(url, ["baodongnai.com.vn", "baodaklak.vn"]) is lies
