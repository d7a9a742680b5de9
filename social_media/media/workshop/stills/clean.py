"""A picture without anything but what is shown.

Where the pixels can stay as they are, parts of the file are copied and nothing is
encoded anew: no loss, and little memory.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms

from social_media.media.workshop.errors import Unusable
from social_media.media.workshop.limits import Limits
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.stills.measure import frames
from social_media.media.workshop.stills.opened import (
    flat,
    is_transparent,
    opened,
    orientation,
    upright,
)
from social_media.media.workshop.structure import gif, jpeg, png, webp
from social_media.media.workshop.structure.parts import Part

_COPIES = {
    Format.JPEG: jpeg.copy_bare,
    Format.PNG: png.copy_bare,
    Format.GIF: gif.copy_bare,
    Format.WEBP: webp.copy_bare,
}
_SUFFIXES = {
    Format.JPEG: ".jpg",
    Format.PNG: ".png",
    Format.GIF: ".gif",
    Format.WEBP: ".webp",
}
#: What is encoded anew looks the same at this quality.
_QUALITY = 92
_DEEP = 16
#: Of a PNG's file: bits a sample.
_BIT_DEPTH = 24


def clean_still(
    path: Path, kind: Format, found: list[Part], stem: Path, limits: Limits
) -> Path:
    """Write `stem` with a suffix; answers that path."""
    with opened(path, kind, limits) as image:
        if _stays(path, kind, found, image):
            target = stem.with_suffix(_SUFFIXES[kind])
            _COPIES[kind](path, target, found)
            return target
        made, suffix = _encoded(image, kind, lossless=_is_lossless(kind, found))
    target = stem.with_suffix(suffix)
    target.write_bytes(made)
    return target


def _stays(path: Path, kind: Format, found: list[Part], image: Image.Image) -> bool:
    """Whether its pixels are right as they are."""
    if kind not in _COPIES:
        if getattr(image, "n_frames", 1) > 1 and kind == Format.AVIF:
            raise Unusable(
                "animated_avif",
                "Animated AVIF is not possible here. Save it as GIF, WebP or MP4.",
            )
        return False
    if frames(kind, found) > 1 or kind == Format.GIF:
        return True
    deep = kind == Format.PNG and _bit_depth(path) == _DEEP
    return orientation(image) == 1 and image.mode != "CMYK" and not deep


def _bit_depth(path: Path) -> int:
    with path.open("rb") as file:
        return file.read(_BIT_DEPTH + 1)[_BIT_DEPTH]


def _is_lossless(kind: Format, found: list[Part]) -> bool:
    return kind == Format.WEBP and any(part.name == b"VP8L" for part in found)


def _encoded(image: Image.Image, kind: Format, *, lossless: bool) -> tuple[bytes, str]:
    """Turned, with eight bits a sample, in a format that everybody reads."""
    options = _as_before(image) if kind == Format.JPEG else {"quality": _QUALITY}
    image.load()
    profile = image.info.get("icc_profile")
    if image.mode == "CMYK":
        turned, profile, options = upright(_from_print(image)), None, {"quality": 92}
    else:
        turned = _eight_bits(upright(image))
    kept = io.BytesIO()
    if kind == Format.WEBP:
        turned.save(
            kept, "WEBP", quality=_QUALITY, lossless=lossless, icc_profile=profile
        )
        return kept.getvalue(), ".webp"
    if kind == Format.PNG or is_transparent(turned):
        turned.save(kept, "PNG", icc_profile=profile, exif=b"")
        return kept.getvalue(), ".png"
    flat(turned).save(kept, "JPEG", icc_profile=profile, exif=b"", **options)
    return kept.getvalue(), ".jpg"


def _as_before(image: Image.Image) -> dict[str, Any]:
    """Its own tables: turning it then costs next to nothing."""
    from PIL import JpegImagePlugin

    tables = getattr(image, "quantization", None)
    if not tables:
        return {"quality": _QUALITY}
    sampling = JpegImagePlugin.get_sampling(image)
    return {"qtables": tables, "subsampling": max(sampling, 0)}


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode in ("I;16", "I;16L"):
        return Image.frombytes("L", image.size, image.tobytes()[1::2])
    if image.mode in ("I", "I;16B", "F"):
        return image.point(lambda value: value / 256).convert("L")
    return image


def _from_print(image: Image.Image) -> Image.Image:
    """CMYK as a screen shows it: by its own profile where it has a sound one."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert("RGB")
    try:
        shown = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB")
    return shown or image.convert("RGB")
