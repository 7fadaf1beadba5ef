"""An address that was pasted into the search box, in whatever mail, chat or a sentence put around it (pure)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

BARE = r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/[^\s<>\"“”«»]*"
ADDRESS = re.compile(rf"(?:https?:)?//[^\s<>\"“”«»]+|www\.[^\s<>\"“”«»]+|(?<![\w@./-]){BARE}", re.IGNORECASE)
ENCODED = re.compile(r"https?%3a%2f%2f\S+", re.IGNORECASE)
AROUND = " \t<>\"'“”‘’«»()[]{}.,;:!?…*_`|"
"""What mail, chat and the end of a sentence put around an address."""
INNER = re.compile(r"https?:/+", re.IGNORECASE)
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
    """Return the addresses among the values of an address's query, and the one within its path (web archives)."""
    try:
        parts = urlsplit(address)
        values = [value for _, value in parse_qsl(parts.query)]
    except ValueError:
        return []
    within = INNER.search(parts.path)
    if within is not None:
        values.append(address[address.index(within[0], len(parts.scheme) + 3) :].replace(within[0], "https://", 1))
    return [value for value in values if value.lower().startswith(("http://", "https://"))]


def slug(text: str) -> str:
    """Return the words that the path of an address is made of, without its number and ending; may be empty."""
    address = (addresses(text) or [""])[0]
    last = unquote(address.partition("?")[0].partition("//")[2].partition("/")[2]).rstrip("/").rpartition("/")[2]
    words = [word.lower() for word in WORD.findall(last)]
    return " ".join(word for word in words if word not in ENDINGS and not NUMBER.fullmatch(word))
