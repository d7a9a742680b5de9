"""From a platform's name to its strategy."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from threading import Lock

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

# Two threads that import twitter_text at the same time fail on its circular imports.
_importing = Lock()


def strategy_for(platform: str) -> Strategy:
    """The strategy of `platform`, one per process. Raises ValueError if unknown."""
    return built(Platform(platform).value)


@cache
def built(name: str) -> Strategy:
    """The one instance; keyed by plain text, for an enum member is another key."""
    module, _, cls = STRATEGIES[Platform(name)].rpartition(".")
    config: NetworkConfig = settings.NETWORKS[name]
    with _importing:
        strategy: Strategy = getattr(import_module(module), cls)(config)
    return strategy
