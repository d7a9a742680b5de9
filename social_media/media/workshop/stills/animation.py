"""An animated image as a GIF that a network takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from social_media.media.workshop.report import Report
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.stills.gif_writer import GifWriter
from social_media.media.workshop.stills.measure import shown_for
from social_media.media.workshop.stills.opened import opened
from social_media.media.workshop.stills.render import too_large

#: Fewer colours first, then a smaller picture too.
_STEPS = (
    *((1.0, 256), (1.0, 128), (1.0, 64)),
    *((0.85, 128), (0.7, 128), (0.6, 64), (0.5, 64)),
    *((0.4, 64), (0.3, 32), (0.2, 32)),
)


def render_gif(
    path: Path,
    kind: Format,
    recipe: Mapping[str, Any],
    target: Path,
    report: Report,
) -> None:
    """Write what `recipe` says, with the same times. Raises Unusable."""
    for share, colours in _STEPS:
        size = _scaled(recipe["width"], share), _scaled(recipe["height"], share)
        with target.open("wb") as out:
            writer = GifWriter(out, size, colours)
            for frame, milliseconds, loop in _frames(path, kind, size):
                writer.put(frame, milliseconds, loop)
                report.progress(50)
                if out.tell() > recipe["max_bytes"]:
                    break
            writer.finish()
        if target.stat().st_size <= recipe["max_bytes"]:
            return
    raise too_large(recipe["max_bytes"])


def _scaled(side: int, share: float) -> int:
    return max(1, round(side * share))


def _frames(
    path: Path, kind: Format, size: tuple[int, int]
) -> Iterator[tuple[Image.Image, int, int | None]]:
    """Each whole frame, how long it is shown, how often all are (0: for ever)."""
    with opened(path, kind) as image:
        loop = image.info.get("loop")
        for place in range(getattr(image, "n_frames", 1)):
            image.seek(place)
            image.load()
            milliseconds = shown_for(image)
            frame = image.convert("RGBA")
            if frame.size != size:
                frame = frame.resize(size, Image.Resampling.LANCZOS)
            yield frame, milliseconds, loop
