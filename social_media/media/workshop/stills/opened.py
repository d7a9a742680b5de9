"""A picture, opened as what it was found to be and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from social_media.media.workshop.errors import FULL, Unusable
from social_media.media.workshop.limits import OWN, Limits, check_pixels
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.structure.parts import damaged, truncated

ImageFile.LOAD_TRUNCATED_IMAGES = False
#: Our own check comes first, by the limit that the caller knows, and raises.
Image.MAX_IMAGE_PIXELS = None

_READERS = {
    Format.JPEG: "JPEG",
    Format.PNG: "PNG",
    Format.WEBP: "WEBP",
    Format.GIF: "GIF",
    Format.HEIC: "HEIF",
    Format.AVIF: "AVIF",
}
#: What Pillow and its decoders raise, besides OSError.
_DAMAGED = (UnidentifiedImageError, SyntaxError, ValueError, EOFError, RuntimeError)
_ORIENTATION = 0x0112
_OPAQUE = 255
#: From here on, width and height change places.
_LYING = 5


@contextmanager
def opened(path: Path, kind: Format, limits: Limits = OWN) -> Iterator[Image.Image]:
    """Only its header is read. Raises Unusable, also for what is raised within."""
    if kind == Format.HEIC:
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False)
    try:
        with Image.open(path, formats=[_READERS[kind]]) as image:
            # Before anything else: asking a PNG for its EXIF decodes all of it.
            check_pixels(*image.size, limits)
            yield image
    except _DAMAGED as error:
        raise damaged() from error
    except OSError as error:
        if error.errno in FULL:
            raise
        raise _reason(error) from error


def _reason(error: OSError) -> Unusable:
    return truncated() if "truncated" in str(error).lower() else damaged()


def orientation(image: Image.Image) -> int:
    """How it is to be turned, as EXIF counts: 1 is not at all."""
    found = image.getexif().get(_ORIENTATION, 1)
    return found if found in range(1, 9) else 1


def shown_size(image: Image.Image) -> tuple[int, int]:
    """Width and height once it is turned."""
    width, height = image.size
    return (height, width) if orientation(image) >= _LYING else (width, height)


def upright(image: Image.Image) -> Image.Image:
    """Turned as it is shown."""
    return ImageOps.exif_transpose(image) if orientation(image) != 1 else image


def is_transparent(image: Image.Image) -> bool:
    """Whether one can see through any of its pixels; of an animation, the first."""
    if "A" in image.getbands():
        least = image.getextrema()[-1]
        return isinstance(least, tuple) and least[0] < _OPAQUE
    if "transparency" not in image.info:
        return False
    return is_transparent(image.convert("RGBA"))


def flat(image: Image.Image) -> Image.Image:
    """Red, green and blue, or grey; on white where one could see through."""
    if image.mode in ("RGB", "L") and "transparency" not in image.info:
        return image
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground
