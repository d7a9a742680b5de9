"""The networks' addresses, times and limits, read from the environment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import environ

from social_media.platforms.config import NetworkConfig

#: Limits per network: name and default. X_MAX_LENGTH=25000 overrides "max_length" of X.
LIMITS: dict[str, dict[str, int]] = {
    # twitter-text config v3; Premium accounts have more (a setting of the account).
    "x": {
        "max_length": 280,
        "posts_per_day": 9600,  # 100 in 15 minutes
        "max_cashtags": 1,
        "max_images": 4,
        "max_alt": 1000,
        "image_max_bytes": 5_000_000,
        "gif_max_bytes": 15_000_000,
        "gif_max_width": 1280,
        "gif_max_height": 1080,
        "gif_max_frames": 350,
        "gif_max_total_pixels": 300_000_000,
        # docs.x.com of August 2026; a later changelog speaks of 8 GB and 20 minutes.
        "video_max_bytes": 512_000_000,
        "video_min_milliseconds": 500,
        "video_max_seconds": 140,
        "video_min_side": 32,
        "video_max_ratio": 3,  # 1:3 to 3:1
        "video_max_long": 1280,
        "video_max_short": 1024,
        "video_max_frame_rate": 60,
        "upload_chunk_bytes": 4_000_000,  # of 5 MB at most, 1,000 of them
    },
    # app.bsky.feed.post lexicon.
    "bluesky": {
        "max_length": 300,
        "posts_per_day": 11_666,  # 35,000 points, 3 for each
        "max_bytes": 3000,
        "blob_hours": 1,  # what no post shows is removed, some time after
        "max_images": 4,
        "max_alt": 2000,  # the apps'; the lexicon has none
        "image_max_bytes": 2_000_000,  # lexicon of 2026; 1,000,000 before
        "video_max_bytes": 300_000_000,  # lexicon of 2026; 100,000,000 before
        "video_max_seconds": 180,
        "video_max_long": 1920,
        "video_max_short": 1080,
        "video_max_frame_rate": 60,
    },
    # Mastodon's defaults; an instance's own figures win.
    "mastodon": {
        "max_length": 500,
        "posts_per_day": 0,
        "characters_per_url": 23,
        "key_minutes": 50,
        "instance_cache_hours": 24,
        "max_images": 4,
        "max_alt": 1500,
        "image_max_bytes": 16_777_216,
        "image_max_pixels": 33_177_600,
        "video_max_bytes": 103_809_024,
        "video_max_pixels": 8_294_400,
        "gif_max_pixels": 921_600,  # 1280 x 720; no instance tells its own
        "video_max_frame_rate": 120,
        "media_hours": 20,  # what no post shows is removed after a day
    },
}

#: Seconds after a lost answer during which the post may still appear.
SETTLE = {"x": 60.0, "bluesky": 0.0, "mastodon": 60.0}

API_URLS = {"x": "https://api.x.com", "bluesky": "https://bsky.social", "mastodon": ""}
#: Where videos are uploaded to, if not to the API itself.
VIDEO_URLS = {"bluesky": "https://video.bsky.app"}
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
        upload_deadline=number("UPLOAD_DEADLINE_SECONDS", 1800.0),
        video_url=env.str(
            f"{prefix}_VIDEO_URL", default=VIDEO_URLS.get(name, "")
        ).rstrip("/"),
        settle=timedelta(seconds=number("SETTLE_SECONDS", SETTLE[name])),
        allow_private_hosts=env.bool("ALLOW_PRIVATE_HOSTS", default=False),
        limits=limits,
        app={
            key: env.str(f"{prefix}_{key.upper()}", default="")
            for key in APP_KEYS.get(name, ())
        },
    )
