"""One frame that stands for a video."""

from __future__ import annotations

from itertools import islice, product
from pathlib import Path
from typing import Literal

import av
from av.container import InputContainer
from PIL import Image, ImageStat

from social_media.media.workshop.report import Report
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.videos.frames import decoded, shown_size, turned_by
from social_media.media.workshop.videos.measure import no_frames
from social_media.media.workshop.videos.source import opened, picture_of

#: Where to look, as a share of its time. Many videos begin and end in black.
_PLACES = (0.1, 0.3, 0.5, 0.7, 0.0)
#: Key frames alone are fast, and need little memory. Some videos have only one.
_SKIPS: tuple[Literal["NONKEY", "DEFAULT"], ...] = ("NONKEY", "DEFAULT")
#: Of 255: a picture that is brighter and less even than this shows something.
_BRIGHT, _VARIED = 30, 12
#: Frames to decode from a key frame on; some videos have no second one.
_FORWARD = 100
_MICROSECONDS = 1_000_000
_TURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def poster(path: Path, kind: Format, longest: int, report: Report) -> Image.Image:
    """Upright, as large as `longest` needs; the best of a few. Raises Unusable."""
    best, most = None, -1.0
    with opened(path, kind) as container:
        stream = picture_of(container)
        for skip, place in product(_SKIPS, _PLACES):
            stream.codec_context.skip_frame = skip
            image = _at(container, stream, place, longest)
            report.progress(0)
            if image is None:
                continue
            light = ImageStat.Stat(image.convert("L"))
            if light.mean[0] > _BRIGHT and light.stddev[0] > _VARIED:
                return image
            if light.mean[0] + light.stddev[0] > most:
                best, most = image, light.mean[0] + light.stddev[0]
    if best is None:
        raise no_frames()
    return best


def _at(
    container: InputContainer, stream: av.VideoStream, place: float, longest: int
) -> Image.Image | None:
    """The frame at that place, or one a little before it."""
    wanted = int((container.duration or 0) * place)
    container.seek(wanted)
    frame = None
    for frame in islice(decoded(container, stream), _FORWARD):
        if (frame.time or 0) * _MICROSECONDS >= wanted:
            break
    if frame is None:
        return None
    width, height = shown_size(frame, stream)
    scale = min(1.0, longest / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    turn = turned_by(frame)
    across = size if turn % 180 == 0 else size[::-1]
    image: Image.Image = frame.to_image(  # type: ignore[no-untyped-call]
        width=across[0], height=across[1]
    )
    return image.transpose(_TURNS[turn]) if turn else image
