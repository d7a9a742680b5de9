"""The networks' addresses, times and limits, read from the environment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import environ

from social_media.platforms.config import NetworkConfig

#: Limits per network: name and default. X_MAX_LENGTH=25000 overrides "max_length" of X.
LIMITS: dict[str, dict[str, int]] = {
    # twitter-text config v3; Premium accounts have more (a setting of the account).
    "x": {"max_length": 280, "max_cashtags": 1},
    # app.bsky.feed.post lexicon.
    "bluesky": {"max_length": 300, "max_bytes": 3000},
    # Mastodon's defaults; an instance's own figures win.
    "mastodon": {
        "max_length": 500,
        "characters_per_url": 23,
        "key_minutes": 50,
        "instance_cache_hours": 24,
    },
}

#: Seconds after a lost answer during which the post may still appear.
SETTLE = {"x": 60.0, "bluesky": 0.0, "mastodon": 60.0}

API_URLS = {"x": "https://api.x.com", "bluesky": "https://bsky.social", "mastodon": ""}
WEB_URLS = {"x": "https://x.com", "bluesky": "https://bsky.app", "mastodon": ""}
APP_KEYS = {"x": ("client_id", "client_secret", "consumer_key", "consumer_secret")}


def networks_from(env: environ.Env) -> dict[str, NetworkConfig]:
    """One configuration per network, by the platform's name."""
    return {name: _network(env, name) for name in LIMITS}


def _network(env: environ.Env, name: str) -> NetworkConfig:
    prefix = name.upper()

    def number(key: str, default: float) -> float:
        found: float = env.float(f"{prefix}_{key}", default=default)
        return found

    limits: dict[str, Any] = {
        limit: env.int(f"{prefix}_{limit.upper()}", default=default)
        for limit, default in LIMITS[name].items()
    }
    return NetworkConfig(
        api_url=env.str(f"{prefix}_API_URL", default=API_URLS[name]).rstrip("/"),
        web_url=env.str(f"{prefix}_WEB_URL", default=WEB_URLS[name]).rstrip("/"),
        connect_timeout=number("CONNECT_SECONDS", 5.0),
        deadline=number("DEADLINE_SECONDS", 20.0),
        settle=timedelta(seconds=number("SETTLE_SECONDS", SETTLE[name])),
        allow_private_hosts=env.bool("ALLOW_PRIVATE_HOSTS", default=False),
        limits=limits,
        app={
            key: env.str(f"{prefix}_{key.upper()}", default="")
            for key in APP_KEYS.get(name, ())
        },
    )
