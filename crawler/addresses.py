"""How the addresses that a page gives itself relate: the same site, the same page, the same edition."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from archive.urls import canonical

EDITION = re.compile(r"^/([a-z]{2})/")


@lru_cache(maxsize=256)  # a page asks for its own several times
def site(address: str) -> str | None:
    """Return the host of an address without the labels of its twins; None for an unusable one."""
    try:
        return urlsplit(canonical(address)).hostname
    except ValueError:
        return None


def same_page(one: str, other: str) -> bool:
    """Tell whether two addresses are twins."""
    try:
        return canonical(one) == canonical(other)
    except ValueError:
        return False


def edition(address: str) -> str | None:
    """Return the language that an address begins with: translations share ids, and are other articles."""
    match = EDITION.match(urlsplit(address).path)
    return match[1] if match else None
