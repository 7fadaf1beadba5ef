"""What a crawl never does, whatever a page says: the settings that see to it."""

from __future__ import annotations

import pytest

from archive.schema import ArchiveError
from crawler.run import project_settings
from crawler.settings import number


@pytest.mark.parametrize(
    "name", ["REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED", "COOKIES_ENABLED", "METAREFRESH_ENABLED"]
)
def test_what_is_off(name: str) -> None:
    assert project_settings().getbool(name) is False


@pytest.mark.parametrize("name", ["ROBOTSTXT_OBEY", "DOWNLOAD_VERIFY_CERTIFICATES", "DOWNLOAD_FAIL_ON_DATALOSS"])
def test_what_is_on(name: str) -> None:
    assert project_settings().getbool(name) is True


@pytest.mark.parametrize(
    "name",
    ["DOWNLOAD_MAXSIZE", "DOWNLOAD_TIMEOUT", "DEPTH_LIMIT", "REDIRECT_MAX_TIMES", "DNS_TIMEOUT", "RUN_REQUESTS",
     "RUN_BYTES", "BREAKER_FAILURES"],
)  # fmt: skip
def test_what_has_a_cap(name: str) -> None:
    assert project_settings().getint(name) > 0


def test_only_http_is_spoken() -> None:
    handlers = project_settings().getwithbase("DOWNLOAD_HANDLERS")
    assert {scheme for scheme, handler in handlers.items() if handler is not None} == {"http", "https"}


def test_every_name_is_looked_up_under_guard() -> None:
    assert project_settings()["TWISTED_DNS_RESOLVER"] == "crawler.resolver.GuardedResolver"


@pytest.mark.parametrize("text", ["many", "-1", "inf", "nan", ""])
def test_a_cap_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("BAOTINH_RUN_REQUESTS", text)
    with pytest.raises(ArchiveError, match=f"^BAOTINH_RUN_REQUESTS={text}: give a number from 0 up$"):
        number("BAOTINH_RUN_REQUESTS", 2000)
