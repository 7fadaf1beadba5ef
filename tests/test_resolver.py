"""Which addresses are public, and where an origin leads."""

import pytest

from crawler.handlers import Origin
from crawler.resolver import is_public

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
