"""What stands in the place of a listing, and what an error of a download is called."""

from __future__ import annotations

import re

import pytest
from OpenSSL.SSL import Error as TlsError
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from crawler.bars import bar
from crawler.demo import faults
from crawler.demo.faults import Asked
from crawler.demo.reply import text_reply
from crawler.reasons import Refused, reason_of

URL = "https://baosuoicat.example/thoi-su"
PATTERN = re.compile(r"-\d{6}\.html$")
LINK = '<a href="/cau-moi-100001.html">Cầu mới thông xe</a>'
FEED = '<?xml version="1.0"?><rss><channel><item><title>Just a moment...</title></item></channel></rss>'


def made(kind: str) -> bytes:
    return faults.FAULTS[kind](text_reply(""), Asked("baosuoicat.example", "/thoi-su")).render()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (made("challenge"), "challenge"),
        (made("login"), "login"),
        (made("login").replace(b"<form", LINK.encode() + b"<form"), None),
        (made("challenge").replace(b"</body>", LINK.encode() + b"</body>"), None),
        (made("soft-404"), None),
        (FEED.encode(), None),
        (b"", None),
        (b'[{"LinktoMe2": "/cau-moi-100001.html"}]', None),
        (f"<html><body><h1>Thời sự</h1>{LINK}</body></html>".encode(), None),
    ],
)
def test_what_stands_in_the_place_of_a_listing(body: bytes, reason: str | None) -> None:
    assert bar(body, URL, "text/html; charset=utf-8", PATTERN) == reason


def failed(*causes: Exception) -> DownloadFailedError:
    error = DownloadFailedError("no answer")
    error.__cause__ = ResponseFailed([Failure(cause) for cause in causes])
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Refused("foreign_host", URL), "foreign_host"),
        (HttpError(Response(URL, status=403), "refused"), "403"),
        (DownloadTimeoutError("late"), "timeout"),
        (failed(ConnectionLost()), "reset"),
        (failed(ConnectionLost(), TlsError([])), "tls"),
        (failed(), "not_http"),
        (KeyError("x"), "KeyError"),
    ],
)
def test_an_error_has_one_word(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
