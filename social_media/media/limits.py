"""What an upload may be, as the settings say."""

from __future__ import annotations

from django.conf import settings

from social_media.media.workshop import Limits


def workshop_limits() -> Limits:
    """Beyond them a file is refused, before it is decoded."""
    return Limits(
        max_pixels=settings.MEDIA_MAX_PIXELS,
        max_seconds=settings.MEDIA_MAX_SECONDS,
        max_frames=settings.MEDIA_MAX_FRAMES,
    )
