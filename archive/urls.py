"""Addresses: one canonical key per article, and whose host an address lies on."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LENGTH = 4096
"""Characters of the longest address that is taken: Vietnamese slugs grow ninefold in percent form."""

# Labels before a paper's own host that lead to the same article in another dress.
TWIN_LABELS = frozenset({"www", "m", "amp", "mobile"})
DEFAULT_PORTS = (None, 80, 443)

# Parameters that tell how a reader came, or how the page is dressed, never which article it is.
TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "hsa_", "gad_", "_hs", "__cf_", "itm_", "zalo", "_x_tr_", "fb_")
TRACKING = frozenset(
    (
        *("_ga", "_gl", "dclid", "gbraid", "gclid", "gclsrc", "srsltid", "wbraid"),
        *("fbclid", "igsh", "igshid", "mibextid", "ttclid", "twclid", "gidzl", "zarsrc", "yclid", "msclkid"),
        *("cmpid", "mc_cid", "mc_eid", "ref", "ref_src", "ref_url", "referrer", "xtor"),
        *("amp", "outputtype", "print"),
    )
)

LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
AMP_NAME = re.compile(r"(?:\.amp|\.html?)*\.amp(?:\.html?)?$")
NUMBER_NAME = re.compile(r"[0-9]+(?:\.\w+)?")
SURROGATE = re.compile("[\ud800-\udfff]")
# RFC 3986: unreserved characters and those sub-delimiters that mean nothing to a path or a query value.
PATH_SAFE = "!$&'()*+,;=:@~"
QUERY_SAFE = "!$'()*,:@/~"


def _split(url: str) -> SplitResult:
    url = url.strip()
    if len(url) > MAX_LENGTH:
        raise ValueError(f"an address of {len(url)} characters: at most {MAX_LENGTH} are taken")
    if SURROGATE.search(url):
        raise ValueError(f"not Unicode text: {url!a}")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"not an http or https address: {url!r}")
    if parts.port == 0:  # asking for the port raises ValueError where it is none
        raise ValueError(f"port 0 cannot be asked: {url!r}")
    if "@" in parts.netloc:
        raise ValueError(f"an address with a user name is not taken: {url!r}")
    return parts


def _host(parts: SplitResult) -> str:
    name = (parts.hostname or "").removesuffix(".")
    if "[" in parts.netloc and "%" not in name:
        return f"[{ipaddress.IPv6Address(name).compressed}]"
    ascii_name = name if name.isascii() else name.encode("idna").decode().lower()
    if len(ascii_name) > 253 or not all(LABEL.fullmatch(label) for label in ascii_name.split(".")):  # noqa: PLR2004
        raise ValueError(f"not a host name: {parts.netloc!r}")
    return ascii_name


def _paper(host: str) -> str:
    """Drop the twins' labels, as long as a registered name of two labels or more is left."""
    label, _, rest = host.partition(".")
    while label in TWIN_LABELS and "." in rest:
        label, _, rest = (host := rest).partition(".")
    return host


def _decoded(text: str) -> str:
    # Bytes that are not UTF-8 (old windows-1258 slugs) pass through as they are.
    return unicodedata.normalize("NFC", unquote(text, errors="surrogateescape"))


def _encoded(text: str, safe: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe=safe)


def _segments(path: str) -> list[str]:
    """Split the path into decoded, lower-case segments; empty and dot segments go (RFC 3986, 5.2.4)."""
    segments: list[str] = []
    for raw in path.split("/"):
        segment = unicodedata.normalize("NFC", _decoded(raw).lower()).strip()
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return segments


def _undressed(segments: list[str]) -> list[str]:
    """Lead the AMP and print forms of a page back to the page itself, where the address tells it."""
    while segments and segments[-1] == "amp":
        segments = segments[:-1]
    while segments and _is_dress(segments):
        segments = segments[1:]
    return [*segments[:-1], AMP_NAME.sub(".html", segments[-1])] if segments else []


def _is_dress(segments: list[str]) -> bool:
    named = len(segments) > 1 and not NUMBER_NAME.fullmatch(segments[-1])
    return segments[0] == "amp" or (segments[0] == "print" and named)


def _is_tracking(name: str) -> bool:
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


def _query(query: str) -> str:
    """Drop what only tracks, put the rest in order; values keep their case, since some are ids."""
    kept = []
    for pair in query.replace("&amp;", "&").split("&"):
        name, equals, value = (_decoded(part.replace("+", " ")) for part in pair.partition("="))
        if pair and not _is_tracking(name.strip().lower()):
            kept.append(_encoded(name, QUERY_SAFE) + equals + _encoded(value, QUERY_SAFE))
    return "&".join(sorted(kept))


def canonical(url: str) -> str:
    """Return the key of the article at `url`, the same for all twins of the address.

    Scheme https; host in lower case and ASCII (IDNA) without `www.`, `m.`, `amp.`, default port or final
    dot; no fragment, tracking parameter, double, dot or final slash; percent-encoding after RFC 3986 over
    UTF-8 in NFC. The path is in lower case, since these papers' servers ignore case and link to both forms.
    `.amp`, `/amp` and `/print/<slug>` lead to the page. `/print/<id>.html` and `/post-<id>.html` name no
    slug, so they stay keys of their own, as do numbers under another folder (`/bbt/`) or edition (`/en/`).
    The key identifies; to fetch, ask for the address that was captured. Idempotent.

    Raises ValueError when the address is not absolute http(s), has a user name, a bad host or port, or more
    than 4096 characters.
    """
    parts = _split(url)
    host = _paper(_host(parts))
    port = "" if parts.port in DEFAULT_PORTS else f":{parts.port}"
    path = "/".join(_encoded(segment, PATH_SAFE) for segment in _undressed(_segments(parts.path)))
    query = _query(parts.query)
    return f"https://{host}{port}/{path}" + (f"?{query}" if query else "")


def host(url: str) -> str:
    """Return the host of an http(s) address in lower case and ASCII, `www.` kept, without port and final dot.

    Raises ValueError as `canonical` does.
    """
    return _host(_split(url))


def in_domains(url: str, domains: Iterable[str]) -> bool:
    """Tell whether the address lies on one of the domains or below one; an unusable address lies on none."""
    try:
        name = host(url)
    except ValueError:
        return False
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)
