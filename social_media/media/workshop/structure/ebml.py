"""WebM: elements of EBML, down to the clusters' blocks."""

from __future__ import annotations

from typing import BinaryIO

from social_media.media.workshop.structure.parts import (
    Part,
    damaged,
    hidden,
    length_of,
    truncated,
)

_HEADER, _SEGMENT, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
_VOID, _CRC = 0xEC, 0xBF
#: Of a segment: seek head, info, tracks, cues, chapters, tags, attachments.
_OF_SEGMENT = frozenset(
    {
        *(0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B),
        *(0x1043A770, 0x1254C367, 0x1941A469),
    }
)
#: Of a cluster: time, blocks, groups, position, earlier size.
_OF_CLUSTER = frozenset({0xE7, 0xA3, 0xA0, 0xA7, 0xAB, 0x5854, 0xAF})
_KNOWN = _OF_SEGMENT | _OF_CLUSTER | {_HEADER, _VOID, _CRC}
#: Read on inside of these; a browser's recorder does not know how long they get.
_OPENED = frozenset({_SEGMENT, _CLUSTER})


def parts(file: BinaryIO) -> list[Part]:
    """What is not sound or picture, one by one; the last part is all of the file."""
    length = length_of(file)
    found: list[Part] = []
    here = 0
    while here < length:
        name, size, body = _element(file, here)
        if name in _OPENED:
            here = body
            continue
        if name not in _KNOWN:
            raise hidden() if here else damaged()
        if size is None or body + size > length:
            raise truncated()
        if name not in _OF_CLUSTER:
            found.append(Part(b"element", body, body + size))
        here = body + size
    return [*found, Part(b"whole", 0, length, visible=True)]


def _element(file: BinaryIO, here: int) -> tuple[int, int | None, int]:
    """Its name, its size (None where it is not known yet), where its body begins."""
    file.seek(here)
    head = file.read(12)
    width = _width(head[:1], most=4)
    name = int.from_bytes(head[:width], "big")
    more = _width(head[width : width + 1], most=8)
    data = int.from_bytes(head[width : width + more], "big")
    mask = (1 << (7 * more)) - 1
    size = None if data & mask == mask else data & mask
    return name, size, here + width + more


def _width(first: bytes, *, most: int) -> int:
    """The leading zeros of the first byte tell how many follow."""
    if not first:
        raise truncated()
    width = 9 - first[0].bit_length()
    if width > most:
        raise hidden()
    return width
