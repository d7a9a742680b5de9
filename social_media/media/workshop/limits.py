"""What an upload may ask of us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from social_media.media.workshop.errors import Unusable


@dataclass(frozen=True, slots=True)
class Limits:
    """How large pictures and videos may be.

    Args:
        max_pixels: of a picture, or of one frame.
        max_seconds: of a video.
        max_frames: of an animated image.
    """

    max_pixels: int
    max_seconds: float
    max_frames: int = 2000

    @property
    def max_total_pixels(self) -> int:
        """Of all frames of an animated image together: what decoding it may cost."""
        return self.max_pixels * 20

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Limits:
        """From what `document` made."""
        return cls(**document)


#: For what we made ourselves.
OWN = Limits(max_pixels=1_000_000_000, max_seconds=1e9, max_frames=1_000_000)


def check_pixels(width: int, height: int, limits: Limits) -> None:
    """Raise Unusable where a picture, or one frame, is too large."""
    if width * height > limits.max_pixels:
        raise Unusable(
            "too_many_pixels",
            f"This is {width:,} x {height:,} pixels; up to "
            f"{limits.max_pixels / 1_000_000:,.0f} million are possible. Make it "
            "smaller and upload it again.",
        )
