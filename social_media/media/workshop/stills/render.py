"""A still image as a network takes it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from social_media.media.workshop.errors import Unusable
from social_media.media.workshop.report import Report
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.stills.opened import flat, opened, upright

_WRITERS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
#: From one that nobody tells from the original to one that is still good.
_QUALITIES = (90, 85, 80, 75, 70, 65, 60)
#: Each smaller size, as a share of the one before.
_STEP, _LEAST_SIDE = 0.85, 16


def render_still(
    path: Path,
    kind: Format,
    recipe: Mapping[str, Any],
    target: Path,
    report: Report,
) -> None:
    """Write what `recipe` says; smaller where it must be. Raises Unusable."""
    with opened(path, kind) as image:
        wanted = recipe["width"], recipe["height"]
        # JPEG's decoder makes halves and quarters itself, in less memory.
        image.draft(image.mode, wanted)
        image.load()
        profile = image.info.get("icc_profile")
        shaped = _shaped(image, recipe["content_type"], wanted)
    for made in _smaller(shaped, recipe["content_type"], profile):
        report.progress(50)
        if len(made) <= recipe["max_bytes"]:
            target.write_bytes(made)
            return
    raise too_large(recipe["max_bytes"])


def too_large(max_bytes: int) -> Unusable:
    """Not even a tiny one fits."""
    return Unusable(
        "cannot_be_small_enough",
        f"This picture can't be made as small as {max_bytes:,} bytes. Use another one.",
    )


def _shaped(
    image: Image.Image, content_type: str, wanted: tuple[int, int]
) -> Image.Image:
    """Upright, of that size; on white where its new type can't be seen through."""
    turned = upright(image)
    if content_type == "image/jpeg":
        turned = flat(turned)
    elif turned.mode not in ("L", "LA", "RGB", "RGBA"):
        turned = turned.convert("RGBA" if "transparency" in turned.info else "RGB")
    return turned if turned.size == wanted else _resized(turned, wanted)


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _smaller(
    image: Image.Image, content_type: str, profile: bytes | None
) -> Iterator[bytes]:
    """Files of this picture, each smaller than the one before."""
    qualities = (None,) if content_type == "image/png" else _QUALITIES
    width, height = map(float, image.size)
    while min(width, height) >= min(_LEAST_SIDE, *image.size):
        size = round(width), round(height)
        shaped = image if size == image.size else _resized(image, size)
        for quality in qualities:
            yield _saved(shaped, content_type, quality, profile)
        width, height = width * _STEP, height * _STEP


def _saved(
    image: Image.Image, content_type: str, quality: int | None, profile: bytes | None
) -> bytes:
    kept = io.BytesIO()
    options = {} if quality is None else {"quality": quality}
    writer = _WRITERS[content_type]
    image.save(kept, writer, icc_profile=profile, exif=b"", **options)
    return kept.getvalue()
