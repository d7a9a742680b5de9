"""Facts of a picture; every pixel of it is decoded once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from social_media.media.workshop.digest import digest
from social_media.media.workshop.errors import Unusable
from social_media.media.workshop.limits import Limits
from social_media.media.workshop.report import Report
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.stills.opened import (
    is_transparent,
    opened,
    shown_size,
)
from social_media.media.workshop.structure import gif, png, webp
from social_media.media.workshop.structure.parts import Part

#: Browsers take shorter times for a mistake, and show a frame for a tenth of a second.
_SHORTEST, _INSTEAD = 11, 100
#: JPEG's decoder can make a picture of an eighth directly, having read all of it.
_EIGHTH = 8


def measure_still(
    path: Path, kind: Format, found: list[Part], limits: Limits, report: Report
) -> dict[str, Any]:
    """Facts as a document. Raises Unusable."""
    count = frames(kind, found)
    with opened(path, kind, limits) as image:
        width, height = shown_size(image)
        _check_frames(width, height, count, limits)
        facts = {"width": width, "height": height, "kind": "image"}
        if count > 1:
            facts |= _animated(image, report)
        else:
            facts["transparent"] = _decoded(image, kind)
    return {**facts, "content_type": kind.value, **digest(path, report)}


def frames(kind: Format, found: list[Part]) -> int:
    """By the file's structure."""
    if kind == Format.GIF:
        return gif.frames(found)
    if kind == Format.PNG:
        return png.frames(found)
    return webp.frames(found) if kind == Format.WEBP else 1


def _check_frames(width: int, height: int, count: int, limits: Limits) -> None:
    if count > limits.max_frames:
        raise Unusable(
            "too_many_frames",
            f"This animation has {count:,} frames; up to {limits.max_frames:,} are "
            "possible. Shorten it, or upload it as a video.",
        )
    if width * height * count > limits.max_total_pixels:
        raise Unusable(
            "animation_too_large",
            f"This animation is too large: {count:,} frames of {width:,} x {height:,}"
            " pixels. Make it smaller, or upload it as a video.",
        )


def _decoded(image: Image.Image, kind: Format) -> bool:
    """Whether it is transparent; raises where it can't be decoded."""
    if kind == Format.JPEG:
        width, height = image.size
        image.draft(image.mode, (max(1, width // _EIGHTH), max(1, height // _EIGHTH)))
    image.load()
    return is_transparent(image)


def _animated(image: Image.Image, report: Report) -> dict[str, Any]:
    transparent, total, count = False, 0, getattr(image, "n_frames", 1)
    for place in range(count):
        image.seek(place)
        image.load()
        transparent = transparent or (place == 0 and is_transparent(image))
        total += shown_for(image)
        report.progress(0)
    return {
        "kind": "gif" if count > 1 else "image",
        "duration": total / 1000 if count > 1 else None,
        "frame_rate": round(count * 1000 / total, 3) if count > 1 else None,
        "frames": count if count > 1 else None,
        "transparent": transparent,
    }


def shown_for(image: Image.Image) -> int:
    """Milliseconds that a frame is shown for."""
    told = int(image.info.get("duration") or 0)
    return told if told >= _SHORTEST else _INSTEAD
