"""What X takes of pictures and videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_media.enums import MediaKind
from social_media.platforms.media import (
    GifRules,
    ImageRules,
    MediaRules,
    VideoRules,
)


def media_rules(limits: Mapping[str, Any]) -> MediaRules:
    """By the configured figures. Only images carry an alternative text."""
    ratio = limits["video_max_ratio"]
    return MediaRules(
        image=ImageRules(max_bytes=limits["image_max_bytes"]),
        gif=GifRules(
            max_bytes=limits["gif_max_bytes"],
            max_width=limits["gif_max_width"],
            max_height=limits["gif_max_height"],
            max_frames=limits["gif_max_frames"],
            max_total_pixels=limits["gif_max_total_pixels"],
        ),
        video=VideoRules(
            max_bytes=limits["video_max_bytes"],
            min_duration=limits["video_min_milliseconds"] / 1000,
            max_duration=limits["video_max_seconds"],
            min_side=limits["video_min_side"],
            max_long=limits["video_max_long"],
            max_short=limits["video_max_short"],
            max_frame_rate=limits["video_max_frame_rate"],
            min_ratio=1 / ratio,
            max_ratio=ratio,
        ),
        max_alt=limits["max_alt"],
        max_images=limits["max_images"],
        alt_on=frozenset({MediaKind.IMAGE}),
    )
