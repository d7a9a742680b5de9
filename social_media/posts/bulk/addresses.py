"""Whether a file may be fetched from an address, as far as its form tells."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings

from social_media.platforms.transport import is_public


def address_problem(url: str) -> str:
    """Words against `url`; "" where nothing speaks against trying it."""
    private_is_fine = any(
        network.allow_private_hosts for network in settings.NETWORKS.values()
    )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "This is not an address."
    if parts.scheme.lower() not in {"https", "http"} or not host:
        return "Write an address that begins with https://."
    if parts.username is not None or parts.password is not None:
        return "An address with a name or a password in it is not used."
    if private_is_fine:
        return ""
    if parts.scheme.lower() != "https":
        return "The address must begin with https://."
    return _host_problem(host)


def _host_problem(host: str) -> str:
    try:
        public = is_public(str(ipaddress.ip_address(host)))
    except ValueError:  # a name: looked up when the file is fetched
        public = "." in host and not host.endswith((".local", ".internal"))
    return "" if public else f"{host} is not a public address."
