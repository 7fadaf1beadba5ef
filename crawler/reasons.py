"""Why a request or an answer came to nothing: one short word for each cause, which runs count by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OpenSSL.SSL import Error as TlsError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from service_identity import VerificationError
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.web.client import ResponseFailed
from twisted.web.http import _DataLoss

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_ASKED = frozenset(
    {"robots", "malformed", "scheme", "userinfo", "port", "ip_address", "private_address", "foreign_host"}
)
"""Reasons of our own rules: the address was never asked."""
BARRED = frozenset({"challenge", "login"})
"""Answers that keep us out with status 200."""
FORBIDDEN = frozenset({"robots", "401", "403"})
"""A road that is closed to us, by robots.txt or by the answer itself."""
SILENT = frozenset({"timeout", "refused", "dns", "reset", "no_route", "tls", "truncated", "not_http"})
"""Nothing that could be read came back."""

KINDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    ((TlsError, VerificationError), "tls"),
    ((ResponseDataLossError, _DataLoss), "truncated"),
    (DownloadTimeoutError, "timeout"),
    (DownloadConnectionRefusedError, "refused"),
    (DownloadCancelledError, "too_large"),  # Scrapy cancels for nothing else: a time-out has its own error
    ((CannotResolveHostError, DNSLookupError), "dns"),
    ((ConnectionClosed, ConnectionError), "reset"),
    (ConnectError, "no_route"),
    (DownloadFailedError, "not_http"),
)
"""Errors of a download and their words, the most telling first."""


class Refused(IgnoreRequest):
    """A request that is not let out, or an answer that is not let in; `reason` is the word that is counted."""

    def __init__(self, reason: str, about: str) -> None:
        super().__init__(f"refused ({reason}): {about}")
        self.reason = reason


def reason_of(error: BaseException) -> str:
    """The word for why `error` came: of a refusal its own, of an answer its status, else of a download's error."""
    if isinstance(error, Refused):
        return error.reason
    status = getattr(getattr(error, "response", None), "status", None)
    if status is not None:
        return str(status)
    causes = list(causes_of(error))
    found = (word for kinds, word in KINDS if any(isinstance(cause, kinds) for cause in causes))
    return next(found, type(error).__name__)


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it, through Python's chain and Twisted's lists of failures."""
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is None:
            continue
        yield cause
        waiting.append(cause.__cause__)
        if isinstance(cause, ResponseFailed):
            waiting += [failure.value for failure in cause.reasons]
