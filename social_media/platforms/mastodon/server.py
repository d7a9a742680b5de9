"""The address of a server, as a person types it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

import idna

from social_media.platforms.errors import ContentRejected

_DEFAULT_PORTS = {"https": 443, "http": 80}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MAX_HOST = 253


def normalise_server(given: str, *, allow_private_hosts: bool) -> str:
    """Base URL of the server that `given` names: scheme, ASCII host, port if unusual.

    Whether its address is public is decided when we connect to it.

    Raises ContentRejected with code "server", in words for the person.
    """
    typed = given.strip()
    if not typed or not typed.isprintable():  # urlsplit would drop a line break
        raise _refused("Enter the address of your server, such as mastodon.social.")
    parts = _split(typed if "://" in typed else f"https://{typed}")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in typed:
        raise _refused("Enter the server alone, without a path or an account name.")
    if parts.scheme != "https" and not (parts.scheme == "http" and allow_private_hosts):
        raise _refused("The server's address must begin with https://.")
    host = _ascii_host(parts.hostname or "")
    if "." not in host and ":" not in host and not allow_private_hosts:
        raise _refused("Enter the server's full name, such as mastodon.social.")
    return f"{parts.scheme}://{host}{_port(parts)}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it isn't a number up to 65535
    except ValueError:
        raise _refused("This is not the address of a server.") from None
    return parts


def _ascii_host(host: str) -> str:
    """`host` in lower case, as name servers know it."""
    if ":" in host:  # an IPv6 address, checked by urlsplit
        return f"[{host}]"
    try:
        name = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        raise _refused("This is not the name of a server.") from None
    name = name.lower().removesuffix(".")
    if len(name) > _MAX_HOST or not _HOST.fullmatch(name):
        raise _refused("This is not the name of a server.")
    return name


def _port(parts: SplitResult) -> str:
    if parts.port in (None, _DEFAULT_PORTS[parts.scheme]):
        return ""
    return f":{parts.port}"


def _refused(message: str) -> ContentRejected:
    return ContentRejected(message, code="server")
