"""The guard at connect time: a name that resolves to a special address range is refused."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.internet.defer import Deferred

ALLOWED_HOSTS: set[str] = set()
"""Hosts that the operator named as origins: they alone may lie in a special range."""
HELD_BACK: set[str] = set()
"""Names whose last answer lay in a special range: Twisted tells who asks only that there was none."""


def is_public(address: str) -> bool:
    """Whether an IP address is globally reachable (IANA special-purpose registries; RFC 6890).

    IPv4 addresses that are mapped or embedded in IPv6 (::ffff:0:0/96, 64:ff9b::/96, 2002::/16) count as
    what they embed. Raises ValueError when it is not an IP address.
    """
    ip = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour
        if embedded is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(str(embedded))
    return ip.is_global and not ip.is_multicast


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's caching resolver (IPv4); every answer is checked, from the cache or from the wire."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802 - Twisted's name
        """Resolve `name`; fails with DNSLookupError when the answer lies in a special range."""
        answer: Deferred[str] = super().getHostByName(name, timeout)
        return answer.addCallback(self._checked, name)

    def _checked(self, address: str, name: Any) -> str:
        host = name.decode("ascii", "replace") if isinstance(name, bytes) else str(name)
        HELD_BACK.discard(host.lower())
        if host.lower() not in ALLOWED_HOSTS and not is_public(address):
            HELD_BACK.add(host.lower())
            raise DNSLookupError(f"{host} resolves to the special address {address}: refused")
        return address
