"""The parts that a file consists of, and where it ends.

Read without decoding, in little memory. What stands after the end, or hides in a part
that nobody sees, is how a picture becomes a script in another's eyes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from social_media.media.workshop.sniff import Format
from social_media.media.workshop.structure import boxes, ebml, gif, jpeg, png, webp
from social_media.media.workshop.structure.parts import Part, check_hidden
from social_media.media.workshop.structure.tail import check_tail

_PARTS: dict[Format, Callable[[BinaryIO], list[Part]]] = {
    Format.JPEG: jpeg.parts,
    Format.PNG: png.parts,
    Format.GIF: gif.parts,
    Format.WEBP: webp.parts,
    Format.HEIC: boxes.parts,
    Format.AVIF: boxes.parts,
    Format.MP4: boxes.parts,
    Format.QUICKTIME: boxes.parts,
    Format.WEBM: ebml.parts,
}


def check_structure(path: Path, kind: Format) -> list[Part]:
    """The parts of a whole file. Raises Unusable: cut off, or more than it seems."""
    with path.open("rb") as file:
        found = _PARTS[kind](file)
        check_hidden(file, found)
        check_tail(file, found[-1].end, kind)
    return found


__all__ = ["Part", "check_structure"]
