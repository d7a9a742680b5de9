"""Frames as they are shown."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.container import InputContainer

#: A decoder may need some packets before it shows anything.
_PATIENCE = 300


def decoded(
    container: InputContainer, stream: av.VideoStream
) -> Iterator[av.VideoFrame]:
    """Frames from here on; what can't be decoded is left out, up to a point."""
    fruitless = 0
    for packet in container.demux(stream):
        found = decode_packet(packet)
        fruitless = 0 if found else fruitless + 1
        if fruitless > _PATIENCE:
            return
        yield from found


def decode_packet(packet: av.Packet[av.VideoStream]) -> list[av.VideoFrame]:
    """Its frames; none where it is damaged."""
    try:
        return packet.decode()
    except av.InvalidDataError:
        return []


def turned_by(frame: av.VideoFrame) -> int:
    """Degrees clockwise, in quarters."""
    return round(-frame.rotation / 90) % 4 * 90


def shown_size(frame: av.VideoFrame, stream: av.VideoStream) -> tuple[int, int]:
    """Width and height with square pixels, turned as it is shown."""
    ratio = stream.sample_aspect_ratio or 1
    width = max(1, round(frame.width * ratio))
    lying = turned_by(frame) % 180 == 0
    return (width, frame.height) if lying else (frame.height, width)
