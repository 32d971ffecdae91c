"""Addresses that are not of the public internet: no job of the dashboard connects to them.

A visitor types an address and the server asks: so he would see what only the server can reach. The
address that is connected to is what is looked at, not the name: a name may mean another one a
moment later. `dlc app --allow-private` sets $DLC_ALLOW_PRIVATE=1.
"""

from __future__ import annotations

import os
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from dlc_core.data_roots import limited

VARIABLE = "DLC_ALLOW_PRIVATE"
# IPv6 addresses with an IPv4 one inside, and where it begins, in bits from the right.
_EMBEDDED = (
    (ip_network("::/96"), 0),
    (ip_network("::ffff:0:0/96"), 0),  # mapped
    (ip_network("::ffff:0:0:0/96"), 0),  # translated
    (ip_network("64:ff9b::/96"), 0),  # NAT64
    (ip_network("2002::/16"), 80),  # 6to4
)
_PUBLIC_6 = ip_network("2000::/3")  # all that is given out
# Public by their numbers only: Azure's metadata; protocols' own; relays of 6to4; Teredo.
_CLOSED = tuple(
    map(ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "2001::/23"))
)


class PrivateAddress(OSError):  # noqa: N818 - what is wrong, in the family that libraries expect
    """An address that is not connected to; its text is the address."""


def private_refused() -> bool:
    """Whether private addresses are refused: in the dashboard, unless it was told otherwise."""
    return limited() and os.environ.get(VARIABLE) != "1"


def is_private(address: str) -> bool:
    """Whether an IP address is anything but one of the public internet.

    Args:
        address: in any plain spelling, such as "127.0.0.1", "::1" or "fe80::1%eth0".
    """
    found = ip_address(address.partition("%")[0])
    inner = _inside(found)
    if inner is not None and inner != found:
        return is_private(str(inner))
    if any(found.version == network.version and found in network for network in _CLOSED):
        return True
    odd = found.is_multicast or found.is_reserved or not found.is_global
    return odd or (found.version == 6 and found not in _PUBLIC_6)


def _inside(found: IPv4Address | IPv6Address) -> IPv4Address | None:
    for network, shift in _EMBEDDED:
        if found.version == 6 and found in network:
            return IPv4Address((int(found) >> shift) & 0xFFFFFFFF)
    return None


def checked_socket(info: tuple[Any, ...]) -> socket.socket:
    """Return a socket for an address that a name was resolved to, unless it may not be reached.

    Args:
        info: as socket.getaddrinfo gives it.

    Raises:
        PrivateAddress: if it is private and that is refused.
    """
    family, kind, protocol, _, address = info
    if private_refused() and (
        family not in (socket.AF_INET, socket.AF_INET6) or is_private(str(address[0]))
    ):
        raise PrivateAddress(str(address[0]))
    return socket.socket(family, kind, protocol)
