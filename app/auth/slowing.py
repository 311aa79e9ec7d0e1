"""Failed sign-ins slow down the place they come from (登录限速), never the account that they try. Pure.

Locking the account would let anyone lock anyone out. A street office often goes out by one address, so the first
failures cost nothing, the wait stays within minutes, and only the last hour counts.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta

FREE = 20
LONGEST_S = 300
COUNTED = timedelta(hours=1)


def wait_s(failures: int) -> int:
    """Return the seconds from the last failure until the next try is heard.

    Args:
        failures: From this source within the last `COUNTED`.
    """
    if failures < FREE:
        return 0
    return min(1 << min(failures - FREE, 16), LONGEST_S)


def source_of(host: str | None) -> str:
    """Return what counts as one source: an IPv4 address, an IPv6 network of 64 bits, else the text as it is."""
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return (host or "unknown")[:100]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return str(address)
