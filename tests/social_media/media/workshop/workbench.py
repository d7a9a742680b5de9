"""What the tests of the workshop share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import av
from PIL import Image

from social_media.enums import MediaKind
from social_media.media.workshop import Limits
from social_media.platforms.media import Recipe

LIMITS = Limits(max_pixels=50_000_000, max_seconds=3600)


def still(content_type: str, width: int, height: int, max_bytes: int) -> Recipe:
    """A recipe for a picture."""
    return Recipe(MediaKind.IMAGE, content_type, width, height, max_bytes)


def animation(width: int, height: int, max_bytes: int) -> Recipe:
    """A recipe for a GIF."""
    return Recipe(MediaKind.GIF, "image/gif", width, height, max_bytes)


def video(
    width: int, height: int, max_bytes: int = 5_000_000, rate: float | None = None
) -> Recipe:
    """A recipe for an MP4."""
    return Recipe(MediaKind.VIDEO, "video/mp4", width, height, max_bytes, rate)


def written(folder: Path, data: bytes, name: str = "upload") -> Path:
    """A file with these bytes."""
    path = folder / name
    path.write_bytes(data)
    return path


def sha256(path: Path) -> str:
    """Of its bytes, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pixels(path: Path) -> bytes:
    """Of a picture, as red, green and blue."""
    with Image.open(path) as image:
        return image.convert("RGB").tobytes()


def shown_times(path: Path) -> list[int]:
    """Milliseconds of each frame of an animation."""
    found = []
    with Image.open(path) as image:
        for place in range(image.n_frames):
            image.seek(place)
            image.load()
            found.append(image.info["duration"])
    return found


def lengths(path: Path) -> dict[str, float]:
    """Of the pictures and of the sound of a video, in seconds, by its packets."""
    found: dict[str, list[float]] = {}
    with av.open(str(path)) as container:
        for packet in _packets(container):
            ends = found.setdefault(packet.stream.type, [])
            ends.append(float((packet.pts + packet.duration) * packet.time_base))
    return {kind: max(ends) for kind, ends in found.items()}


def _packets(container: av.container.InputContainer) -> Iterator[av.Packet]:
    return (packet for packet in container.demux() if packet.pts is not None)
