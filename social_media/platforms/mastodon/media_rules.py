"""What a server takes of pictures and videos: its own figures, else the configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_media.platforms.media import (
    GifRules,
    ImageRules,
    MediaRules,
    VideoRules,
)
from social_media.platforms.media.rules import (
    GIF,
    JPEG,
    MP4,
    PNG,
    QUICKTIME,
    WEBP,
)

#: What the server calls them, by our names (config/networks.py).
OWN_NAMES = {
    "max_alt": "description_limit",
    "image_max_bytes": "image_size_limit",
    "image_max_pixels": "image_matrix_limit",
    "video_max_bytes": "video_size_limit",
    "video_max_pixels": "video_matrix_limit",
    "video_max_frame_rate": "video_frame_rate_limit",
}


def media_rules(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> MediaRules:
    """The rules of one server, from what `instance.py` read and configuration."""
    own = settings.get("media") or {}
    limits = {
        name: own.get(theirs, defaults[name]) for name, theirs in OWN_NAMES.items()
    }
    types = own.get("types") or ()
    return MediaRules(
        image=ImageRules(
            max_bytes=limits["image_max_bytes"],
            types=_taken((JPEG, PNG, WEBP), types),
            max_pixels=limits["image_max_pixels"],
        ),
        gif=GifRules(
            max_bytes=limits["image_max_bytes"],
            max_pixels=defaults["gif_max_pixels"],
            as_video=bool(types) and GIF not in types,
        ),
        video=VideoRules(
            max_bytes=limits["video_max_bytes"],
            types=_taken((MP4, QUICKTIME), types),
            max_pixels=limits["video_max_pixels"],
            max_frame_rate=limits["video_max_frame_rate"],
        ),
        max_alt=limits["max_alt"],
        max_images=settings.get("limits", {}).get(
            "max_media_attachments", defaults["max_images"]
        ),
    )


def _taken(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `ours` that the server names; all where it names none of them."""
    return tuple(kind for kind in ours if kind in theirs) or ours
