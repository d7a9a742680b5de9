"""GIF: blocks, each a chain of sub-blocks."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from social_media.media.workshop.structure.parts import (
    Part,
    damaged,
    hidden,
    length_of,
    read_exactly,
)

_IMAGE, _EXTENSION, _TRAILER = b"\x2c", b"\x21", b"\x3b"
_CONTROL, _APPLICATION = b"\xf9", b"\xff"
_LOOPS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")
#: A script reads "GIF89a" as a name; these make it a statement: `GIF89a/*`, `GIF89a=x`.
_PRINTABLE = range(0x20, 0x7F)


def parts(file: BinaryIO) -> list[Part]:
    """Header, blocks and trailer. Many writers forget the trailer: then it is empty."""
    length = length_of(file)
    file.seek(0)
    head = read_exactly(file, 13)
    if head[6:7] in (b"/", b"=") and head[7] in _PRINTABLE:
        raise hidden()
    _skip_table(file, head[10])
    found = [Part(b"header", 0, file.tell(), visible=True)]
    while file.tell() < length:
        start = file.tell()
        kind = read_exactly(file, 1)
        if kind == _TRAILER:
            return [*found, Part(b"trailer", start, start + 1, visible=True)]
        found.append(_block(file, start, kind))
    if not frames(found):
        raise damaged()
    return [*found, Part(b"trailer", length, length, visible=True)]


def frames(found: list[Part]) -> int:
    """How many pictures it has."""
    return sum(part.name == b"image" for part in found)


def copy_bare(source: Path, target: Path, found: list[Part]) -> None:
    """The same frames, times and loop without comments; no pixel changes."""
    with source.open("rb") as file, target.open("wb") as out:
        for part in found[:-1]:
            if part.visible:
                file.seek(part.start)
                out.write(file.read(part.end - part.start))
        out.write(_TRAILER)


def _block(file: BinaryIO, start: int, kind: bytes) -> Part:
    if kind == _IMAGE:
        _skip_table(file, read_exactly(file, 9)[8])
        read_exactly(file, 1)
        _skip_chain(file)
        return Part(b"image", start, file.tell(), visible=True)
    if kind != _EXTENSION:
        raise damaged()
    label = read_exactly(file, 1)
    here = file.tell()
    loops = label == _APPLICATION and file.read(12) in _LOOPS
    file.seek(here)
    _skip_chain(file)
    shown = label == _CONTROL or loops
    return Part(b"extension", start, file.tell(), visible=shown)


def _skip_table(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        read_exactly(file, 3 << ((flags & 7) + 1))


def _skip_chain(file: BinaryIO) -> None:
    while size := read_exactly(file, 1)[0]:
        read_exactly(file, size)
