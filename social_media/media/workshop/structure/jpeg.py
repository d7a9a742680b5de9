"""JPEG: segments, and the scans that follow some of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from social_media.media.workshop.structure.parts import Part, damaged, read_exactly

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_APP0, _APP2, _APP14 = 0xE0, 0xE2, 0xEE
_APPLICATION = range(0xE0, 0xF0)
_COMMENT = 0xFE
_ICC, _ADOBE, _JFIF = b"ICC_PROFILE\x00", b"Adobe", b"JFIF\x00"
#: In a scan FF is followed by 00, or by a restart's mark; another mark ends it.
_MARK = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_BLOCK = 1_000_000
#: A segment's length counts itself.
_LENGTH = 2
#: Without a small picture of its own.
_BARE_JFIF = 14


def parts(file: BinaryIO) -> list[Part]:
    """One per segment, scans included with their segment; the last is the end mark."""
    file.seek(2)
    found = [Part(b"start", 0, 2, visible=True)]
    while True:
        start = file.tell()
        mark = _next_mark(file)
        if mark == _END:
            return [*found, Part(b"end", file.tell() - 2, file.tell(), visible=True)]
        length = int.from_bytes(read_exactly(file, _LENGTH), "big")
        if length < _LENGTH:
            raise damaged()
        body = read_exactly(file, length - _LENGTH)
        if mark == _SCAN:
            _skip_scan(file)
        found.append(_part(mark, start, file.tell(), body))


def _part(mark: int, start: int, end: int, body: bytes) -> Part:
    if mark == _COMMENT:
        return Part(b"comment", start, end)
    if mark not in _APPLICATION:
        return Part(b"picture", start, end, visible=True)
    kept = (
        (mark == _APP2 and body.startswith(_ICC))
        or (mark == _APP14 and body.startswith(_ADOBE))
        or (mark == _APP0 and body.startswith(_JFIF) and len(body) <= _BARE_JFIF)
    )
    return Part(b"kept" if kept else b"dropped", start, end)


def copy_bare(source: Path, target: Path, found: list[Part]) -> None:
    """The same picture without what is not shown; no pixel changes."""
    with source.open("rb") as file, target.open("wb") as out:
        for part in found:
            if part.visible or part.name == b"kept":
                file.seek(part.start)
                out.write(file.read(part.end - part.start))


def _next_mark(file: BinaryIO) -> int:
    if read_exactly(file, 1) != b"\xff":
        raise damaged()
    while (mark := read_exactly(file, 1)) == b"\xff":
        pass
    return mark[0]


def _skip_scan(file: BinaryIO) -> None:
    """To the mark that ends it; at the file's end there is none."""
    while block := file.read(_BLOCK):
        if found := _MARK.search(block):
            file.seek(found.start() - len(block), 1)
            return
        if block.endswith(b"\xff") and len(block) > 1:
            file.seek(-1, 1)
