"""What the control API is sent, and what it says to what makes no sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from social_media.simulator.networks.base import Network, json_object


class BadRequest(ValueError):
    """What is wrong with a request, in words."""


async def json_body(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object. Raises BadRequest."""
    body = await json_object(request)
    if body is None:
        raise BadRequest("The body must be a JSON object.")
    return body


def network_of(networks: Mapping[str, Network], name: Any) -> Network:
    """The network of that name. Raises BadRequest."""
    network = networks.get(name) if isinstance(name, str) else None
    if network is None:
        known = ", ".join(networks)
        raise BadRequest(f"Unknown network {name!r}; known: {known}.")
    return network
