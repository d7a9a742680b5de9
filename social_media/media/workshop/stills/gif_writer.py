"""GIF, frame by frame: Pillow's own writer keeps all frames in memory.

Pillow encodes each frame as a file of its own; the blocks are put together here.
"""

from __future__ import annotations

import io
from typing import BinaryIO

from PIL import Image, ImageChops

from social_media.media.workshop.structure import gif

_TRAILER = b"\x3b"
#: Ways to go on from a frame: leave it, or clear it.
_KEEP, _CLEAR = 1, 2
_TABLE, _SCREEN = 0x80, 10
#: What is less than half there is not there.
_SEEN = 128


class GifWriter:
    """Each frame has its own colours; where nothing is see-through, only the rectangle
    that changed is written.
    """

    def __init__(self, out: BinaryIO, size: tuple[int, int], colours: int) -> None:
        self._out, self._size, self._colours = out, size, colours
        self._before: Image.Image | None = None

    def put(self, frame: Image.Image, milliseconds: int, loop: int | None) -> None:
        """One RGBA frame. `loop` counts with the first: None for once, 0 for ever."""
        if self._before is None:
            self._begin(loop)
        if _has_hole(frame):
            self._write(_with_hole(frame, self._colours), (0, 0), milliseconds, _CLEAR)
            self._before = Image.new("RGB", self._size)
            return
        shown = frame.convert("RGB")
        left, upper, right, lower = self._changed(shown)
        part = shown.crop((left, upper, right, lower)).quantize(self._colours)
        self._write(part, (left, upper), milliseconds, _KEEP)
        self._before = shown

    def finish(self) -> None:
        """The end."""
        self._out.write(_TRAILER)

    def _begin(self, loop: int | None) -> None:
        width, height = self._size
        sides = width.to_bytes(2, "little") + height.to_bytes(2, "little")
        self._out.write(b"GIF89a" + sides + b"\x00\x00\x00")
        if loop is not None:
            times = loop.to_bytes(2, "little")
            self._out.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + times + b"\x00")

    def _changed(self, frame: Image.Image) -> tuple[int, int, int, int]:
        whole = (0, 0, *self._size)
        if self._before is None:
            return whole
        return ImageChops.difference(self._before, frame).getbbox() or (0, 0, 1, 1)

    def _write(
        self, frame: Image.Image, at: tuple[int, int], milliseconds: int, after: int
    ) -> None:
        hole = frame.info.get("transparency")
        self._out.write(b"\x21\xf9\x04")
        self._out.write(bytes([after << 2 | (hole is not None)]))
        self._out.write(round(milliseconds / 10).to_bytes(2, "little"))
        self._out.write(bytes([hole or 0, 0]))
        table, flags, picture = _encoded(frame)
        # Descriptor, place and size, then this frame's own table.
        self._out.write(b"\x2c" + b"".join(side.to_bytes(2, "little") for side in at))
        self._out.write(picture[5:9] + bytes([flags]) + table + picture[10:])


def _has_hole(frame: Image.Image) -> bool:
    return frame.getchannel("A").histogram()[:_SEEN] != [0] * _SEEN


def _with_hole(frame: Image.Image, colours: int) -> Image.Image:
    """The last colour stands for what is not there."""
    colours = min(colours, 255)
    part = frame.convert("RGB").quantize(colours)
    hole = frame.getchannel("A").point(lambda seen: 255 if seen < _SEEN else 0)
    part.paste(colours, mask=hole)
    part.info["transparency"] = colours
    return part


def _encoded(frame: Image.Image) -> tuple[bytes, int, bytes]:
    """Its table of colours, the flags that tell its size, its picture block."""
    kept = io.BytesIO()
    frame.save(kept, "GIF", optimize=False, interlace=0)
    data = kept.getvalue()
    found = gif.parts(kept)
    start = next(part for part in found if part.name == b"image")
    flags = data[_SCREEN]
    table = data[13 : found[0].end]
    return table, _TABLE | flags & 7, data[start.start : start.end]
