"""What may stand after a file's end.

Padding may: it means nothing. So may what phones append to pictures: a second picture
(depth, gain map, panorama), a short video ("motion photo"), Samsung's own block; they
begin with a signature of their own, and `clean` drops them. Anything else is refused.
"""

from __future__ import annotations

from typing import BinaryIO

from social_media.media.workshop.sniff import Format
from social_media.media.workshop.structure.parts import hidden, is_active, length_of

_HEAD, _BLOCK = 4096, 1_000_000
_PADDING = b"\x00\xff\r\n\t "
_PNG_END = b"IEND\xaeB`\x82"


def check_tail(file: BinaryIO, end: int, kind: Format) -> None:
    """Raise Unusable where something other than padding or a phone's extras follows."""
    length = length_of(file)
    if end >= length or _is_padding(file, end):
        return
    if not _is_of_a_phone(file, end, length, kind) or is_active(file, end, length):
        raise hidden()


def _is_padding(file: BinaryIO, start: int) -> bool:
    file.seek(start)
    while block := file.read(_BLOCK):
        if block.strip(_PADDING):
            return False
    return True


def _is_of_a_phone(file: BinaryIO, start: int, length: int, kind: Format) -> bool:
    file.seek(start)
    head = file.read(_HEAD).lstrip(_PADDING)
    file.seek(max(start, length - 8))
    last = file.read()
    if kind == Format.PNG:
        # Screenshots that a phone cropped in place keep the end of the larger one.
        return last == _PNG_END
    if kind != Format.JPEG:
        return False
    return (
        head.startswith((b"\xd8\xff", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or head[4:8] == b"ftyp"
        or b"ftyp" in head[:64]
        or last.endswith(b"SEFT")
    )
