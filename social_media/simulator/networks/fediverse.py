"""A server that speaks Mastodon's API but isn't Mastodon.

What snac and Takahe were seen to do: no /api/v2/instance and no /api/v2/media, no
Idempotency-Key (the same key twice makes two posts), a version that doesn't look like
one, no rate headers.
"""

from __future__ import annotations

from typing import ClassVar

from social_media.simulator.limits import Window
from social_media.simulator.networks.base import Route
from social_media.simulator.networks.mastodon import Mastodon


class Fediverse(Mastodon):
    """Mastodon's paths with the habits of its look-alikes."""

    name: ClassVar[str] = "fediverse"
    title: ClassVar[str] = "Fediverse"
    version: ClassVar[str] = "lookalike"
    keeps_keys: ClassVar[bool] = False

    def instance_routes(self) -> list[Route]:
        return [Route("GET", "/api/v1/instance{slash:/?}", self.instance_v1)]

    def media_routes(self) -> list[Route]:
        return self.old_media_routes()

    def rate_headers(
        self, window: Window, *, left: int, reset: float
    ) -> dict[str, str]:
        return {}
