"""MP4, QuickTime, HEIC, AVIF: boxes."""

from __future__ import annotations

from typing import BinaryIO

from social_media.media.workshop.structure.parts import (
    Part,
    damaged,
    hidden,
    length_of,
    read_exactly,
    truncated,
)

#: At the top of a file, by the standards and by what cameras write.
_KNOWN = frozenset(
    {
        *(b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"udta", b"uuid"),
        *(b"meta", b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"emsg", b"pnot"),
        *(b"prft", b"pdin", b"PICT", b"junk", b"mpvd", b"sefd", b"grpl", b"idat"),
        *(b"frea", b"beam", b"imda", b"iods", b"thum", b"inse", b"slmt", b"nctg"),
    }
)
#: Frames and sound. Everything else is small, and is looked through.
_CONTENT = frozenset({b"mdat", b"imda"})
_LARGE = 1


def parts(file: BinaryIO) -> list[Part]:
    """One per box at the top. A last one of unknown length goes to the file's end."""
    length = length_of(file)
    found: list[Part] = []
    while (start := found[-1].end if found else 0) < length - 7:
        found.append(_box(file, start, length))
    if not found:
        raise damaged()
    return found


def _box(file: BinaryIO, start: int, length: int) -> Part:
    file.seek(start)
    head = read_exactly(file, 8)
    size, name = int.from_bytes(head[:4], "big"), head[4:]
    if head == bytes(8):
        return Part(b"free", start, length)
    if name not in _KNOWN:
        raise hidden() if start else damaged()
    if size == _LARGE:
        size = int.from_bytes(read_exactly(file, 8), "big")
    end = start + size if size else length
    if end > length:
        raise truncated()
    if end < start + 8:
        raise damaged()
    return Part(name, start, end, visible=name in _CONTENT)


#: Of mvhd: where the time scale and the duration stand, by its version.
_TIMES = {0: (16, 4), 1: (24, 8)}
#: The movie's header is the first box of the movie.
_HEAD = 65_536


def told_seconds(file: BinaryIO, found: list[Part]) -> float:
    """The movie header's duration; 0 where it tells none, as in recordings."""
    for part in found:
        if part.name == b"moov":
            file.seek(part.start)
            head = file.read(min(_HEAD, part.end - part.start))
            place = head.find(b"mvhd")
            return _duration(head[place:]) if place > 0 else 0.0
    return 0.0


def _duration(header: bytes) -> float:
    """Of a header that begins with its name."""
    at, width = _TIMES.get(header[4], _TIMES[0])
    scale = int.from_bytes(header[at : at + 4], "big")
    ticks = header[at + 4 : at + 4 + width]
    if not scale or ticks == b"\xff" * width:
        return 0.0
    return int.from_bytes(ticks, "big") / scale
