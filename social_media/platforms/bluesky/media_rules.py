"""What Bluesky takes of pictures and videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_media.platforms.media import (
    GifRules,
    ImageRules,
    MediaRules,
    VideoRules,
)


def media_rules(limits: Mapping[str, Any]) -> MediaRules:
    """By the configured figures. It shows no GIF: they become videos that loop."""
    return MediaRules(
        image=ImageRules(max_bytes=limits["image_max_bytes"]),
        gif=GifRules(max_bytes=limits["video_max_bytes"], as_video=True),
        video=VideoRules(
            max_bytes=limits["video_max_bytes"],
            max_duration=limits["video_max_seconds"],
            max_long=limits["video_max_long"],
            max_short=limits["video_max_short"],
            max_frame_rate=limits["video_max_frame_rate"],
        ),
        max_alt=limits["max_alt"],
        max_images=limits["max_images"],
    )
