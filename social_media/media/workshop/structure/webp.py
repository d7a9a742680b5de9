"""WebP: chunks in a RIFF file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from social_media.media.workshop.structure.parts import (
    Part,
    length_of,
    read_exactly,
    truncated,
)

_SHOWN = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_COLOURS = b"ICCP"
#: Of VP8X: which chunks follow.
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def parts(file: BinaryIO) -> list[Part]:
    """The header, and one per chunk."""
    length = length_of(file)
    file.seek(0)
    end = int.from_bytes(read_exactly(file, 12)[4:8], "little") + 8
    # An odd last chunk's padding is left out by some.
    if end > length + 1:
        raise truncated()
    found = [Part(b"header", 0, 12, visible=True)]
    while found[-1].end < end:
        start = found[-1].end
        file.seek(start)
        head = read_exactly(file, 8)
        size = int.from_bytes(head[4:], "little")
        stop = start + 8 + size + size % 2
        if stop > end + 1:
            raise truncated()
        found.append(Part(head[:4], start, stop, visible=head[:4] in _SHOWN))
    return found


def frames(found: list[Part]) -> int:
    """How many an animated one has; 1 where it is a still one."""
    return max(1, sum(part.name == b"ANMF" for part in found))


def copy_bare(source: Path, target: Path, found: list[Part]) -> None:
    """The same picture without what is not shown; no pixel changes."""
    with source.open("rb") as file, target.open("wb") as out:
        out.write(b"RIFF\x00\x00\x00\x00WEBP")
        for part in found[1:]:
            if part.visible or part.name == _COLOURS:
                file.seek(part.start)
                out.write(_bare(part, file.read(part.end - part.start)))
        length = out.tell()
        out.seek(4)
        out.write((length - 8).to_bytes(4, "little"))


def _bare(part: Part, data: bytes) -> bytes:
    if len(data) % 2:
        data += b"\x00"
    if part.name != b"VP8X":
        return data
    flags = data[8] & ~(_HAS_EXIF | _HAS_XMP)
    return data[:8] + bytes([flags]) + data[9:]
