"""A network's rules for pictures and videos, as data."""

from __future__ import annotations

from dataclasses import dataclass

from social_media.enums import MediaKind

JPEG, PNG, WEBP, GIF = "image/jpeg", "image/png", "image/webp", "image/gif"
MP4, QUICKTIME, WEBM = "video/mp4", "video/quicktime", "video/webm"


@dataclass(frozen=True, slots=True)
class ImageRules:
    """Still images. Ratios are width / height; None: no such rule.

    The first of `types` is what anything else becomes.
    """

    max_bytes: int
    types: tuple[str, ...] = (JPEG, PNG, WEBP)
    max_width: int | None = None
    max_height: int | None = None
    max_pixels: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class GifRules:
    """Animated images. `as_video`: the network wants them as a video without sound."""

    max_bytes: int
    max_width: int | None = None
    max_height: int | None = None
    max_frames: int | None = None
    max_total_pixels: int | None = None
    max_pixels: int | None = None
    as_video: bool = False


@dataclass(frozen=True, slots=True)
class VideoRules:
    """Videos; durations in seconds. `max_long` and `max_short` are of the sides,
    `min_side` is of both.
    """

    max_bytes: int
    types: tuple[str, ...] = (MP4,)
    video_codecs: tuple[str, ...] = ("h264",)
    audio_codecs: tuple[str, ...] = ("aac",)
    min_duration: float | None = None
    max_duration: float | None = None
    min_side: int | None = None
    max_long: int | None = None
    max_short: int | None = None
    max_pixels: int | None = None
    max_frame_rate: float | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class MediaRules:
    """What one part of a post may carry: images, or else one GIF, or else one video.

    Args:
        max_alt: characters of an alternative text.
        alt_on: the kinds that have one on this network.
    """

    image: ImageRules
    gif: GifRules
    video: VideoRules
    max_alt: int
    max_images: int = 4
    max_videos: int = 1
    alt_on: frozenset[MediaKind] = frozenset(MediaKind)
