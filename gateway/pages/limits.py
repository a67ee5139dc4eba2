"""How much one address, and all together, may ask of the pages."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import Scope

MOST_ADDRESSES = 10_000
"""Addresses that are remembered; of more, those that have asked for nothing for the longest are forgotten."""
_NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that one connection of the internet has to itself."""


class Allowance:
    """Some requests at once, and then as many as time brings back: for each address, and in sum."""

    def __init__(
        self,
        at_once: int,
        every_s: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        remembered: int = MOST_ADDRESSES,
    ) -> None:
        """
        Args:
            at_once: so many may be made at once.
            every_s: seconds after which one more is allowed.
        """
        self._at_once = at_once
        self._every_s = every_s
        self._monotonic = monotonic
        self._remembered = remembered
        self._free_at: OrderedDict[str, float] = OrderedDict()
        """When the requests of each address will all be allowed again."""

    def take(self, address: str) -> int:
        """Count a request of this address; returns 0, or the seconds to wait if it is not allowed."""
        now = self._monotonic()
        free_at = max(self._free_at.get(address, now), now)
        wait = free_at + self._every_s - (now + self._at_once * self._every_s)
        if wait > _TOLERANCE_S:
            return math.ceil(wait)
        self._free_at[address] = free_at + self._every_s
        self._free_at.move_to_end(address)
        if len(self._free_at) > self._remembered:
            self._free_at.popitem(last=False)
        return 0


_TOLERANCE_S = 1e-6
"""Sums of seconds are not exact."""


def address_of(scope: Scope, *, behind_proxy: bool) -> str:
    """Who asks: an address or, of IPv6, its network.

    Behind a proxy it is the last address of `X-Forwarded-For`, which the proxy has put there. What stands before that,
    anybody can write.
    """
    client = scope.get("client")
    peer = str(client[0]) if client else ""
    if not behind_proxy:
        return network_of(peer)
    last = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).rpartition(",")[2].strip()
    return network_of(last) or network_of(peer)


def network_of(text: str) -> str:
    """The address as one that counts; empty where it is none."""
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _NETWORK_OF_ONE), strict=False))
