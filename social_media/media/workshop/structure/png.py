"""PNG: chunks."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from social_media.media.workshop.structure.parts import (
    Part,
    damaged,
    length_of,
    read_exactly,
    truncated,
)

#: A picture's own, its colours, its animation.
_SHOWN = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"fdAT", b"fcTL", b"acTL"})
_COLOURS = frozenset(
    {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP", b"pHYs"}
)
_SIGNATURE = 8
#: Length, name and check sum.
_AROUND = 12


def parts(file: BinaryIO) -> list[Part]:
    """One per chunk; the last is IEND."""
    length = length_of(file)
    found = [Part(b"signature", 0, _SIGNATURE, visible=True)]
    while found[-1].name != b"IEND":
        start = found[-1].end
        file.seek(start)
        head = read_exactly(file, 8)
        size, name = int.from_bytes(head[:4], "big"), head[4:]
        if not name.isalpha():
            raise damaged()
        if start + size + _AROUND > length:
            raise truncated()
        found.append(Part(name, start, start + size + _AROUND, visible=name in _SHOWN))
    return found


def copy_bare(source: Path, target: Path, found: list[Part]) -> None:
    """The same picture without what is not shown; no pixel changes."""
    with source.open("rb") as file, target.open("wb") as out:
        for part in found:
            if part.visible or part.name in _COLOURS:
                file.seek(part.start)
                out.write(file.read(part.end - part.start))


def frames(found: list[Part]) -> int:
    """How many an animated one has; 1 where it is a still one."""
    if not any(part.name == b"acTL" for part in found):
        return 1
    return max(1, sum(part.name == b"fcTL" for part in found))
