"""Small pictures for lists."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from social_media.media.workshop.sniff import Format
from social_media.media.workshop.stills.opened import (
    flat,
    is_transparent,
    opened,
    upright,
)

_QUALITY = 80


def small_still(path: Path, kind: Format, target: Path, longest: int) -> None:
    """Of an animation, its first frame."""
    with opened(path, kind) as image:
        # Twice the size, decoded cheaply, gives a fine picture when halved.
        image.draft(image.mode, (longest * 2, longest * 2))
        write_small(upright(image), target, longest)


def write_small(image: Image.Image, target: Path, longest: int) -> None:
    """JPEG, or PNG where one can see through it; never larger than `image`."""
    profile = image.info.get("icc_profile")
    seen_through = is_transparent(image)
    image = image.convert("RGBA") if seen_through else flat(image)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    if seen_through:
        image.save(kept, "PNG", icc_profile=profile, exif=b"")
    else:
        image.save(kept, "JPEG", quality=_QUALITY, icc_profile=profile, exif=b"")
    target.write_bytes(kept.getvalue())
