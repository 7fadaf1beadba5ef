"""Which addresses are public, which may be asked, what a name may resolve to, and where an origin leads."""

import contextlib
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from scrapy import Request
from scrapy.resolver import dnscache
from twisted.internet.base import ThreadedResolver
from twisted.internet.defer import succeed

from crawler.handlers import Origin
from crawler.middlewares import Guard
from crawler.resolver import HELD_BACK, GuardedResolver, is_public

DOMAINS = ("baosuoicat.example",)
HOME = "https://baosuoicat.example/"


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "203.162.0.11", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",  # noqa: S104
        "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "[::1]", "192.0.2.1",
    ],
)  # fmt: skip
def test_special_addresses_are_not(address: str) -> None:
    assert not is_public(address)


def test_an_origin_maps_both_ways() -> None:
    origin = Origin("http://127.0.0.1:8000/mirror/", HOME, DOMAINS)
    there = origin.there("https://baosuoicat.example/a-1.html?x=1")
    assert there == "http://127.0.0.1:8000/mirror/a-1.html?x=1"
    assert origin.back(there) == "https://baosuoicat.example/a-1.html?x=1"
    assert origin.there("https://baosuoicat.example") == "http://127.0.0.1:8000/mirror/"


def test_an_origin_leaves_other_hosts_alone() -> None:
    origin = Origin("http://127.0.0.1:8000/mirror", HOME, DOMAINS)
    for url in (
        "https://elsewhere.example/a",
        "http://127.0.0.1:8001/mirror/a",
        "http://127.0.0.1:8000/mirrors",
    ):
        assert origin.there(url) == url
        assert origin.back(url) == url


@pytest.mark.parametrize("origin", ["ftp://a", "baosuoicat.example", "http://", "http://a/?q=1", "file:///etc"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="not an origin"):
        Origin(origin, HOME, DOMAINS)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("https://baosuoicat.example/a-1.html", None),
        ("http://www.baosuoicat.example:80/a-1.html", None),
        ("https://BAOSUOICAT.example./a", None),
        ("file:///etc/hostname", "scheme"),
        ("ftp://baosuoicat.example/", "scheme"),
        ("https://user:word@baosuoicat.example/", "userinfo"),
        ("https://baosuoicat.example@elsewhere.example/", "userinfo"),
        ("https://baosuoicat.example\\@elsewhere.example/", "userinfo"),
        ("https://baosuoicat.example:8443/", "port"),
        ("https://baosuoicat.example:99999/", "malformed"),
        ("http://8.8.8.8/", "ip_address"),
        ("http://127.0.0.1/", "private_address"),
        ("http://[::1]/", "private_address"),
        ("http://[::ffff:10.0.0.1]/", "private_address"),
        ("http://[fe80::1%25eth0]/", "private_address"),
        ("http://2130706433/", "foreign_host"),
        ("http://0177.0.0.1/", "foreign_host"),
        ("http://0x7f000001/", "foreign_host"),
        ("http://127.1/", "foreign_host"),
        ("http://localhost/", "foreign_host"),
        ("https://elsewhere.example/", "foreign_host"),
        ("https://baosuoicat.example.elsewhere.example/", "foreign_host"),
        ("https://notbaosuoicat.example/", "foreign_host"),
        ("https://baosuoic\u0430t.example/", "foreign_host"),  # a Cyrillic letter
        ("https://baosuoicat.example\u3002elsewhere.example/", "foreign_host"),  # an ideographic full stop
    ],
)
def test_only_the_hosts_of_the_source_may_be_asked(address: str, reason: str | None) -> None:
    crawler: Any = SimpleNamespace(spider=SimpleNamespace(domains=DOMAINS))
    assert Guard(crawler).reason(address) == reason
    with contextlib.suppress(ValueError):  # Scrapy refuses other schemes itself
        url = Request(address).url  # as it is asked in the end: `\\` is `/` to it, as to browsers
        asked = urlsplit(url).hostname or ""
        assert Guard(crawler).reason(url) or asked.removesuffix(".").endswith("baosuoicat.example")
        assert reason or Guard(crawler).reason(url) is None


def test_a_name_that_changes_its_answer_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["203.162.0.11", "127.0.0.1", "::ffff:10.0.0.1", "203.162.0.11"])
    monkeypatch.setattr(ThreadedResolver, "getHostByName", lambda *_: succeed(next(answers)))
    dnscache.clear()
    resolver = GuardedResolver(SimpleNamespace(), 0, 1.0)
    heard: list[str] = []
    for _ in range(4):
        resolver.getHostByName("baosuoicat.example").addCallbacks(heard.append, lambda _: heard.append("refused"))
        heard.append("held" if "baosuoicat.example" in HELD_BACK else "free")
    assert heard == ["203.162.0.11", "free", "refused", "held", "refused", "held", "203.162.0.11", "free"]


def test_an_answer_out_of_the_cache_is_looked_at_again() -> None:
    resolver = GuardedResolver(SimpleNamespace(), 10, 1.0)
    dnscache["baosuoicat.example"] = "169.254.169.254"
    heard: list[str] = []
    resolver.getHostByName("baosuoicat.example").addErrback(lambda failure: heard.append(failure.getErrorMessage()))
    dnscache.clear()
    HELD_BACK.clear()
    assert "special address 169.254.169.254" in heard[0]
