"""Whether a file may be fetched from an address, as far as its form tells."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings

from social_media.platforms.transport import is_address, is_public

_NO_ADDRESS = "This is not an address."


def address_problem(url: str) -> str:
    """Words against `url`; "" where nothing speaks against trying it."""
    private_is_fine = any(
        network.allow_private_hosts for network in settings.NETWORKS.values()
    )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return _NO_ADDRESS
    if parts.scheme.lower() not in {"https", "http"} or not host:
        return "Write an address that begins with https://."
    if parts.username is not None or parts.password is not None:
        return "An address with a name or a password in it is not used."
    if not is_address(url):
        return _NO_ADDRESS
    return "" if private_is_fine else _public_problem(parts.scheme, host)


def _public_problem(scheme: str, host: str) -> str:
    if scheme.lower() != "https":
        return "The address must begin with https://."
    try:
        public = is_public(str(ipaddress.ip_address(host)))
    except ValueError:  # a name: looked up when the file is fetched
        public = "." in host and not host.endswith((".local", ".internal"))
    return "" if public else f"{host} is not a public address."
