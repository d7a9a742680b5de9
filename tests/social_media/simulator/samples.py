"""The smallest files that the networks take: they look at the first bytes."""

from __future__ import annotations

import struct

JPEG_START = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
FRAME = b"\x00\x21\xf9\x04\x00\x0a\x00\x00\x00"


def png(width: int = 60, height: int = 40, *, more: bytes = b"") -> bytes:
    size = struct.pack(">II", width, height)
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + size
    return head + b"\x08\x02\x00\x00\x00" + more


def jpeg(width: int = 60, height: int = 40, *, more: bytes = b"") -> bytes:
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width)
    return JPEG_START + frame + bytes(10) + more


def gif(frames: int = 2, width: int = 60, height: int = 40) -> bytes:
    return (
        b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00" + frames * FRAME
    )


def mp4(size: int = 4000, *, brand: bytes = b"isom") -> bytes:
    head = struct.pack(">I", 24) + b"ftyp" + brand + bytes(12)
    return head + bytes(size - len(head))


def webp(width: int = 60, height: int = 40) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + sides
