"""An animated image as a video without sound."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av

from social_media.media.workshop.report import Report
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.stills.measure import shown_for
from social_media.media.workshop.stills.opened import flat, opened
from social_media.media.workshop.videos.budget import Budget, budget
from social_media.media.workshop.videos.lanes import Pictures
from social_media.media.workshop.videos.remux import writing
from social_media.media.workshop.videos.transcode import fit


def from_animation(
    path: Path,
    kind: Format,
    recipe: Mapping[str, Any],
    target: Path,
    report: Report,
) -> None:
    """Write what `recipe` says: each frame as long as it is shown. Raises Unusable."""
    with opened(path, kind) as image:
        times = []
        for place in range(getattr(image, "n_frames", 1)):
            image.seek(place)
            times.append(shown_for(image) / 1000)
            report.progress(0)
    seconds = sum(times)
    rate = min(len(times) / seconds, recipe["max_frame_rate"] or 60)
    report.length(seconds)
    fit(
        lambda bits: _write(path, kind, recipe, target, (times, rate, bits, report)),
        target,
        recipe["max_bytes"],
        lambda most: budget(most, seconds, frame_rate=rate, sound=False),
    )


def _write(
    path: Path,
    kind: Format,
    recipe: Mapping[str, Any],
    target: Path,
    how: tuple[list[float], float, Budget, Report],
) -> None:
    times, rate, bits, report = how
    with opened(path, kind) as image, writing(target, "mp4") as out:
        size = recipe["width"], recipe["height"]
        pictures = Pictures(out, size, (rate, recipe["max_frame_rate"]), bits)
        at = 0.0
        for place, length in enumerate(times):
            image.seek(place)
            shown = flat(image).convert("RGB")
            frame = av.VideoFrame.from_image(shown)  # type: ignore[no-untyped-call]
            pictures.put(frame, at)
            at += length
            report.progress(place * 100 / len(times))
        pictures.finish(at)
