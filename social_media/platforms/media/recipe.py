"""What has to be made of a file before a network takes it. Pure."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from social_media.enums import MediaKind
from social_media.platforms.media.facts import Facts
from social_media.platforms.media.rules import (
    GIF,
    MP4,
    PNG,
    WEBP,
    GifRules,
    ImageRules,
    MediaRules,
    VideoRules,
)

#: Of the recipes' meaning: raised when the same recipe is to be made differently.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """One rendition: what it becomes.

    Args:
        kind: of the result.
        content_type: of the result.
        width: of the result, in pixels; the ratio is the original's.
        height: of the result, in pixels.
        max_bytes: of the result. A still or an animated image may come out smaller than
            `width` x `height` to meet it, a video at a lower bit rate.
        max_frame_rate: of a video, None to keep its own.
    """

    kind: MediaKind
    content_type: str
    width: int
    height: int
    max_bytes: int
    max_frame_rate: float | None = None

    @property
    def key(self) -> str:
        """The same for equal recipes only; 32 characters."""
        told = json.dumps([VERSION, self.document()], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Recipe:
        """From what `document` made."""
        return cls(**{**document, "kind": MediaKind(document["kind"])})


def recipe_for(facts: Facts, rules: MediaRules) -> Recipe | None:
    """What to make of a file with these `facts`; None: the network takes it as it is.

    Only for what has no problem (problems.py): nothing is cropped or cut here.
    """
    if facts.kind == MediaKind.IMAGE:
        return _of_image(facts, rules.image)
    if facts.kind == MediaKind.VIDEO:
        return _of_video(facts, rules.video)
    if rules.gif.as_video:
        return _as_video(facts, rules)
    return _of_gif(facts, rules.gif)


def _of_image(facts: Facts, rules: ImageRules) -> Recipe | None:
    width, height = _fitted(
        facts,
        within=(rules.max_width, rules.max_height),
        max_pixels=rules.max_pixels,
    )
    if (width, height) != _size(facts):
        width, height = _within_ratio(width, height, rules)
    kept = facts.content_type in rules.types
    if kept and facts.size <= rules.max_bytes and (width, height) == _size(facts):
        return None
    return Recipe(
        kind=MediaKind.IMAGE,
        content_type=_image_type(facts, rules),
        width=width,
        height=height,
        max_bytes=rules.max_bytes,
    )


def _image_type(facts: Facts, rules: ImageRules) -> str:
    if facts.transparent:
        clear = [kind for kind in (PNG, WEBP) if kind in rules.types]
        return next(iter(clear), rules.types[0])
    return rules.types[0]


def _of_gif(facts: Facts, rules: GifRules) -> Recipe | None:
    total = rules.max_total_pixels
    per_frame = max(1, total // facts.frames) if total and facts.frames else None
    limits = [limit for limit in (rules.max_pixels, per_frame) if limit]
    width, height = _fitted(
        facts,
        within=(rules.max_width, rules.max_height),
        max_pixels=min(limits, default=None),
    )
    fits = facts.size <= rules.max_bytes and (width, height) == _size(facts)
    if fits and facts.content_type == GIF:
        return None
    return Recipe(
        kind=MediaKind.GIF,
        content_type=GIF,
        width=width,
        height=height,
        max_bytes=rules.max_bytes,
    )


def _as_video(facts: Facts, rules: MediaRules) -> Recipe:
    width, height = _fitted_video(facts, rules.video)
    return Recipe(
        kind=MediaKind.VIDEO,
        content_type=MP4,
        width=width,
        height=height,
        max_bytes=min(rules.gif.max_bytes, rules.video.max_bytes),
        max_frame_rate=rules.video.max_frame_rate,
    )


def _of_video(facts: Facts, rules: VideoRules) -> Recipe | None:
    width, height = _fitted_video(facts, rules)
    limit = rules.max_frame_rate
    as_it_is = (
        facts.content_type in rules.types
        and facts.video_codec in rules.video_codecs
        and facts.audio_codec in ("", *rules.audio_codecs)
        and facts.size <= rules.max_bytes
        and not _is_larger(facts, rules)
        # One that nobody could measure may be any.
        and not (limit and (facts.frame_rate is None or facts.frame_rate > limit))
    )
    if as_it_is:
        return None
    return Recipe(
        kind=MediaKind.VIDEO,
        content_type=MP4,
        width=width,
        height=height,
        max_bytes=rules.max_bytes,
        max_frame_rate=limit,
    )


def _is_larger(facts: Facts, rules: VideoRules) -> bool:
    long, short = max(_size(facts)), min(_size(facts))
    return (
        long > (rules.max_long or long)
        or short > (rules.max_short or short)
        or long * short > (rules.max_pixels or long * short)
    )


def _fitted_video(facts: Facts, rules: VideoRules) -> tuple[int, int]:
    """Even sides: H.264 with 4:2:0 has no others."""
    lying = facts.width >= facts.height
    within = (rules.max_long, rules.max_short)
    width, height = _fitted(
        facts,
        within=within if lying else within[::-1],
        max_pixels=rules.max_pixels,
    )
    width, height = _within_pixels(
        _even(width), _even(height), rules.max_pixels, step=2
    )
    return _within_ratio(width, height, rules, step=2)


def _within_pixels(
    width: int, height: int, most: int | None, *, step: int = 1
) -> tuple[int, int]:
    """The size, its longer side cut where the shorter could get no smaller."""
    if most is None or width * height <= most:
        return width, height
    left = max(step, most // min(width, height) // step * step)
    return (left, height) if width > height else (width, left)


def _even(side: int) -> int:
    return max(2, side // 2 * 2)


def _within_ratio(
    width: int, height: int, rules: ImageRules | VideoRules, *, step: int = 1
) -> tuple[int, int]:
    """The size, its longer side cut to where rounding left the ratio's limits.

    3840 x 1280 is 3:1, but 1280 x 426 is more.
    """
    least, most = rules.min_ratio, rules.max_ratio
    if most and width > height * most:
        width = max(step, int(height * most) // step * step)
    if least and width < height * least:
        height = max(step, int(width / least) // step * step)
    return width, height


def _fitted(
    facts: Facts,
    *,
    within: tuple[int | None, int | None],
    max_pixels: int | None,
) -> tuple[int, int]:
    """The largest size of the same ratio that is in the limits; never a larger one."""
    max_width, max_height = within
    scale = min(
        1.0,
        (max_width or facts.width) / facts.width,
        (max_height or facts.height) / facts.height,
        math.sqrt((max_pixels or math.inf) / (facts.width * facts.height)),
    )
    if scale >= 1.0:
        return _size(facts)
    width, height = _scaled(facts.width, scale), _scaled(facts.height, scale)
    return _within_pixels(width, height, max_pixels)


def _scaled(side: int, scale: float) -> int:
    # What is whole but for the error of floating point is whole.
    return max(1, int(side * scale + 1e-6))


def _size(facts: Facts) -> tuple[int, int]:
    return facts.width, facts.height
