"""An address that was pasted into the search box, in whatever mail, chat or a sentence put around it (pure)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

BARE = r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/[^\s<>\"“”«»]*"
ADDRESS = re.compile(rf"(?:https?:)?//[^\s<>\"“”«»]+|www\.[^\s<>\"“”«»]+|(?<![\w@./-]){BARE}", re.IGNORECASE)
ENCODED = re.compile(r"https?%3a%2f%2f\S+", re.IGNORECASE)
AROUND = " \t<>\"'“”‘’«»()[]{}.,;:!?…*_`|"
"""What mail, chat and the end of a sentence put around an address."""
INNER = re.compile(r"https?:/+", re.IGNORECASE)
WITHIN = re.compile(rf"(?:^|(?<=/)){BARE}", re.IGNORECASE)
TRANSLATED, TRANSLATION = ".translate.goog", "_x_tr_"
"""The copies that Google translates: their hosts end so, and so do the parameters begin that they add."""
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
OWN = re.compile(r"(?:https?://)?([\w.:\[\]-]+)(/[^\s?#]*?)?(/(?:article|capture)/\d{1,18}(?:/[\w/-]+)?(?:\?[^\s#]*)?)")
USER = re.compile(r"(?<=//)[^/?#\s]*@")
WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"[a-z]*\d{4,}|(?=.*\d)[0-9a-f]{8,}")
ENDINGS = ("html", "htm", "amp", "aspx", "php", "chn", "tpo", "vnp", "ldo", "bld")
MOST = 8
"""Addresses of one text that are looked up."""


def is_address(text: str) -> bool:
    """Tell whether a query is the address of a page, with or without its scheme, and nothing else."""
    text = text.strip(AROUND)
    return ADDRESS.fullmatch(text) is not None or ENCODED.fullmatch(text) is not None


def addresses(text: str) -> list[str]:
    """List what may be meant by the addresses in a text, the likeliest first, each with its scheme.

    Each as it stands, without the punctuation behind it, percent-decoded, without a user name, and the
    addresses that it bears as a parameter or in its path, as the links of Facebook, Google, mail filters and web
    archives do.
    """
    found: dict[str, None] = {}
    decoded = ENCODED.sub(lambda match: unquote(match[0]), text)
    for match in ADDRESS.finditer(decoded):
        for address in (match[0], match[0].strip(AROUND)):
            whole = _with_scheme(address)
            found.update(dict.fromkeys((whole, USER.sub("", whole), *_borne(whole))))
    return list(found)[:MOST]


def _with_scheme(address: str) -> str:
    if address.startswith("//"):
        return f"https:{address}"
    return address if "://" in address else f"https://{address}"


def _borne(address: str) -> list[str]:
    """Return the addresses among the values of an address's query, and the one within its path (web archives).

    What Google translates bears its own in the host: a `-` stands for each dot, `--` for each `-`.
    """
    try:
        parts = urlsplit(address)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return []
    if parts.netloc.lower().endswith(TRANSLATED):
        host = re.sub("--?", lambda match: "-" if match[0] == "--" else ".", parts.netloc[: -len(TRANSLATED)])
        query = urlencode([pair for pair in pairs if not pair[0].startswith(TRANSLATION)])
        return [urlunsplit(("https", host, parts.path, query, ""))]
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    inside = (_inside(text) for text in (*(value for _, value in pairs), path))
    return [found for found in inside if found]


def _inside(text: str) -> str | None:
    """Return the address that a text ends in, without its scheme only as the text itself or behind a slash."""
    scheme = INNER.search(text)
    if scheme is not None:
        return f"https://{text[scheme.end() :]}"
    bare = WITHIN.search(text)
    return f"https://{bare[0]}" if bare else None


def own_page(text: str, host: str, prefix: str = "/") -> str | None:
    """Return the path of the article or capture that an address of this very server names, None for any other.

    `host` is the server's own with its port, `prefix` what all its paths begin with. Any name of this machine
    for itself will do: what was copied there is asked for there.
    """
    for match in OWN.finditer(text):
        name, before, path = match[1].lower(), match[2] or "", match[3]
        if before == prefix.rstrip("/") and (name == host.lower() or name.rpartition(":")[0] in LOOPBACK):
            return str(path)
    return None


def slug(text: str) -> str:
    """Return the words that the path of an address is made of, without its number and ending; may be empty."""
    address = (addresses(text) or [""])[0]
    last = unquote(address.partition("?")[0].partition("//")[2].partition("/")[2]).rstrip("/").rpartition("/")[2]
    words = [word.lower() for word in WORD.findall(last)]
    return " ".join(word for word in words if word not in ENDINGS and not NUMBER.fullmatch(word))
