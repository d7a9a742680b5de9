"""From a platform's name to its strategy."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from django.conf import settings

from social_media.enums import Platform
from social_media.platforms.base import Strategy
from social_media.platforms.config import NetworkConfig

#: One line per network. Loaded on first use: the libraries are heavy.
STRATEGIES: dict[Platform, str] = {
    Platform.X: "social_media.platforms.x.XStrategy",
    Platform.BLUESKY: "social_media.platforms.bluesky.BlueskyStrategy",
    Platform.MASTODON: "social_media.platforms.mastodon.MastodonStrategy",
}


@cache
def strategy_for(platform: str) -> Strategy:
    """The strategy of `platform`, one per process. Raises ValueError if unknown."""
    name = Platform(platform)
    module, _, cls = STRATEGIES[name].rpartition(".")
    config: NetworkConfig = settings.NETWORKS[name.value]
    strategy: Strategy = getattr(import_module(module), cls)(config)
    return strategy
