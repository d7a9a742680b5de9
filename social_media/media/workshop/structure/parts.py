"""One part of a file, and what must not hide in one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from social_media.media.workshop.errors import Unusable

#: What makes a browser or a server run something. No picture's metadata needs it.
_ACTIVE = re.compile(
    rb"<script|</script|<\?php|<!doctype\s+html|<html[\s>]|<iframe|javascript:",
    re.IGNORECASE,
)
_BLOCK = 1_000_000
#: A sign may lie across two blocks.
_OVERLAP = 32


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` to `end` of a file. `visible`: they are pixels, sound or their
    index, and a decoder reads them.
    """

    name: bytes
    start: int
    end: int
    visible: bool = False


def truncated() -> Unusable:
    """The file ends before it should."""
    return Unusable(
        "truncated",
        "This file is cut off: its end is missing. Upload it again, from its source.",
    )


def damaged() -> Unusable:
    """Its parts make no sense."""
    return Unusable(
        "damaged", "This file is damaged. Open it in an editor and save it anew."
    )


def hidden() -> Unusable:
    """Something else is in it."""
    return Unusable(
        "hidden_content",
        "This file holds more than a picture or video: something that is not shown. "
        "Open it in an editor, save it anew, and upload that.",
    )


def check_hidden(file: BinaryIO, parts: Iterable[Part]) -> None:
    """Raise Unusable where a part that nobody sees has what somebody may run."""
    for part in parts:
        if not part.visible and is_active(file, part.start, part.end):
            raise hidden()


def is_active(file: BinaryIO, start: int, end: int) -> bool:
    """Whether these bytes have the sign of a script or a page."""
    file.seek(start)
    before = b""
    while start < end:
        block = file.read(min(_BLOCK, end - start))
        if not block:
            return False
        if _ACTIVE.search(before + block):
            return True
        before, start = block[-_OVERLAP:], start + len(block)
    return False


def read_exactly(file: BinaryIO, count: int) -> bytes:
    """The next bytes. Raises Unusable where there are fewer."""
    data = file.read(count)
    if len(data) < count:
        raise truncated()
    return data


def length_of(file: BinaryIO) -> int:
    """Of the whole file, in bytes."""
    return file.seek(0, 2)
