"""Which addresses we connect to: a person may name any server, but not our own house.

The host is resolved once and the socket goes to exactly the address that was checked,
so a name server that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import ContentRejected, Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: What `getaddrinfo` gives: family, type, protocol, canonical name, address.
Resolved = tuple[Any, Any, int, str, tuple[Any, ...]]

# Not for the public internet, yet "global" to the ipaddress module of some Pythons:
# relay anycast, IPv6 in IPv4 and back, local-use NAT64, site-local.
_REFUSED = [
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(ContentRejected):
    """The server's address is not one on the public internet."""

    default_code = "server"


class UnknownHost(Unavailable):
    """No name server knows the server: a slip of the finger, or it is gone."""

    default_code = "unknown_host"


#: Of getaddrinfo: there is no such name, or it has no address. All other failures
#: (EAI_AGAIN above all) say something about us and the name servers only.
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def resolve(host: str, port: int, config: NetworkConfig) -> list[Resolved]:
    """Every address of `host`, checked.

    Raises AddressRefused if any of them is not public (unless the configuration
    allows private ones), UnknownHost when there is no such name, OSError when nobody
    could be asked.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise _unknown(host) from error
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            raise _unknown(host) from error
        raise
    if not config.allow_private_hosts:
        for *_, address in found:
            _check(str(address[0]), host)
    return found


def _unknown(host: str) -> UnknownHost:
    return UnknownHost(f"There is no server called {host}. Nothing was sent.")


def check_scheme(scheme: str, config: NetworkConfig) -> None:
    """Refuse to speak anything but TLS with the public internet."""
    if scheme != "https" and not config.allow_private_hosts:
        raise AddressRefused("The server's address must begin with https://.")


def is_public(address: str) -> bool:
    """Whether `address` is a host on the public internet, seen through IPv6 forms."""
    ip = _embedded(ipaddress.ip_address(address.partition("%")[0]))
    if any(ip.version == net.version and ip in net for net in _REFUSED):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def _embedded(ip: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped or NAT64 one, else `ip` itself."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _check(address: str, host: str) -> None:
    if not is_public(address):
        raise AddressRefused(
            f"The server {host} can't be used: its address is not a public one."
        )
