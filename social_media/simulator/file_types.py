"""What a file is, by its first bytes, as the networks look at it."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import NamedTuple

#: Enough to find the dimensions of nearly every JPEG, whatever stands before them.
HEAD_BYTES = 512 * 1024

_JPEG_MARK = 0xFF
#: Start of frame; three of that range are something else.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_FRAME_MARK = b"\x00\x21\xf9\x04"
_BRANDS = {b"qt  ": "video/quicktime", b"avif": "image/avif", b"avis": "image/avif"}
_HEIF = {b"heic", b"heix", b"mif1", b"msf1"}


class FileType(NamedTuple):
    """A file's type and, of pictures, its size in pixels.

    Args:
        kind: "image", "gif" (an animated one), "video", or "" when it is nothing that
            a network shows.
    """

    content_type: str
    kind: str
    width: int | None = None
    height: int | None = None


UNKNOWN = FileType("application/octet-stream", "")


def recognise(path: Path) -> FileType:
    """The type of the file at `path`."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith((b"GIF87a", b"GIF89a")):
        width, height = _unpack("<HH", head, 6)
        return FileType("image/gif", _gif_kind(path), width, height)
    return _picture(head) or _video(head) or UNKNOWN


def _picture(head: bytes) -> FileType | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType("image/png", "image", *_unpack(">II", head, 16))
    if head.startswith(b"\xff\xd8\xff"):
        return FileType("image/jpeg", "image", *_jpeg_size(head))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType("image/webp", "image", *_webp_size(head))
    return None


def _video(head: bytes) -> FileType | None:
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return FileType("video/webm", "video")
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    found = "image/heic" if brand in _HEIF else _BRANDS.get(brand, "video/mp4")
    return FileType(found, found.partition("/")[0])


def _gif_kind(path: Path) -> str:
    """An animated one has a second frame."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as m:
        first = m.find(_FRAME_MARK)
        second = m.find(_FRAME_MARK, first + 1) if first >= 0 else -1
    return "gif" if second >= 0 else "image"


def _jpeg_size(head: bytes) -> tuple[int | None, int | None]:
    """From the first start-of-frame segment."""
    place = 2
    while place + 9 <= len(head) and head[place] == _JPEG_MARK:
        marker = head[place + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", head, place + 5)
            return width, height
        place += 2 + int.from_bytes(head[place + 2 : place + 4])
    return None, None


def _webp_size(head: bytes) -> tuple[int | None, int | None]:
    form = head[12:16]
    if form == b"VP8X":
        wide, high = head[24:27], head[27:30]
        return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    if form == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = _unpack("<HH", head, 26)
    return width and width & 0x3FFF, height and height & 0x3FFF


def _unpack(form: str, head: bytes, place: int) -> tuple[int | None, int | None]:
    if len(head) < place + struct.calcsize(form):
        return None, None
    first, second = struct.unpack_from(form, head, place)
    return first, second
