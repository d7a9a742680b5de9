"""A video as a network takes it: H.264 and AAC in an MP4 that begins with its index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer

from social_media.media.workshop.errors import Unusable
from social_media.media.workshop.report import Report
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.videos.budget import Budget, budget
from social_media.media.workshop.videos.frames import decoded, shown_size, turned_by
from social_media.media.workshop.videos.lanes import (
    Copied,
    Decoded,
    Lane,
    Pictures,
    Sound,
)
from social_media.media.workshop.videos.measure import no_frames
from social_media.media.workshop.videos.remux import writing
from social_media.media.workshop.videos.source import (
    codec_of,
    opened,
    picture_of,
    sound_of,
)

_MICROSECONDS = 1_000_000
_TRIES = 3
_BITS, _FULL_HD = 8, 1920 * 1088
#: A new container may take a little more than the old one.
_ROOM = 0.98


@dataclass(frozen=True, slots=True)
class Source:
    """What decides how a video is made ready."""

    seconds: float
    frame_rate: float
    start: float
    has_sound: bool
    is_ready: bool
    is_heavy: bool


def transcode(
    path: Path,
    kind: Format,
    recipe: Mapping[str, Any],
    target: Path,
    report: Report,
) -> None:
    """Write what `recipe` says. Raises Unusable."""
    source = _looked_at(path, kind, recipe)
    report.length(source.seconds)
    fit(
        lambda bits: _write(path, kind, recipe, target, (source, bits, report)),
        target,
        recipe["max_bytes"],
        lambda most: budget(
            most,
            source.seconds,
            frame_rate=source.frame_rate,
            sound=source.has_sound,
        ),
    )


def fit(
    write: Callable[[Budget], None],
    target: Path,
    max_bytes: int,
    plan: Callable[[int], Budget | None],
) -> None:
    """Write with less and less, until it is small enough. Raises Unusable."""
    most = max_bytes
    for _ in range(_TRIES):
        bits = plan(int(most))
        if bits is None:
            break
        write(bits)
        size = target.stat().st_size
        if size <= max_bytes:
            return
        most = int(most * 0.93 * max_bytes / size)
    raise Unusable(
        "cannot_be_small_enough",
        f"This video can't be made as small as {max_bytes / 1_000_000:,.1f} MB and "
        "still be watched. Cut it.",
    )


def _looked_at(path: Path, kind: Format, recipe: Mapping[str, Any]) -> Source:
    with opened(path, kind) as container:
        stream = picture_of(container)
        frame = next(decoded(container, stream), None)
        if frame is None:
            raise no_frames()
        rate = float(stream.average_rate or stream.guessed_rate or 30)
        return Source(
            seconds=(container.duration or 0) / _MICROSECONDS,
            frame_rate=min(rate, recipe["max_frame_rate"] or rate),
            start=(container.start_time or 0) / _MICROSECONDS,
            has_sound=sound_of(container) is not None,
            is_ready=_is_ready(path, stream, frame, rate, recipe),
            is_heavy=_is_heavy(frame),
        )


def _is_heavy(frame: av.VideoFrame) -> bool:
    """Whether a decoder keeps more than it does of Full HD in eight bits."""
    deep = frame.format.components[0].bits > _BITS
    return deep or frame.width * frame.height > _FULL_HD


def _is_ready(
    path: Path,
    stream: av.VideoStream,
    frame: av.VideoFrame,
    rate: float,
    recipe: Mapping[str, Any],
) -> bool:
    """Whether the pictures are what the recipe wants, and may be copied."""
    return (
        codec_of(stream) == "h264"
        and frame.format.name == "yuv420p"
        and turned_by(frame) == 0
        and shown_size(frame, stream) == (frame.width, frame.height)
        and (frame.width, frame.height) == (recipe["width"], recipe["height"])
        and rate <= (recipe["max_frame_rate"] or rate)
        and path.stat().st_size <= recipe["max_bytes"] * _ROOM
    )


def _write(
    path: Path,
    kind: Format,
    recipe: Mapping[str, Any],
    target: Path,
    how: tuple[Source, Budget, Report],
) -> None:
    source, bits, report = how
    with opened(path, kind) as container, writing(target, "mp4") as out:
        lanes = _lanes(container, out, recipe, source, bits)
        streams = [container.streams[index] for index in lanes]
        for packet in container.demux(*streams):
            lanes[packet.stream_index].feed(packet)
            if packet.pts is not None and packet.time_base is not None:
                at = float(packet.pts * packet.time_base) - source.start
                report.progress(at / max(source.seconds, 0.1) * 100)
        for lane in lanes.values():
            lane.finish()


def _lanes(
    container: InputContainer,
    out: OutputContainer,
    recipe: Mapping[str, Any],
    source: Source,
    bits: Budget,
) -> dict[int, Lane]:
    """By the index of the stream that feeds it."""
    stream, sound = picture_of(container), sound_of(container)
    # What is copied keeps its times, so all else does.
    start = 0.0 if source.is_ready else source.start
    lanes: dict[int, Lane] = {}
    if source.is_ready:
        lanes[stream.index] = Copied(out, stream)
    else:
        size = recipe["width"], recipe["height"]
        rates = source.frame_rate, recipe["max_frame_rate"]
        pictures = Pictures(out, size, rates, bits, blind=source.is_heavy)
        lanes[stream.index] = Decoded(pictures, start)
    if sound and codec_of(sound) == "aac" and source.is_ready:
        lanes[sound.index] = Copied(out, sound)
    elif sound:
        lanes[sound.index] = Sound(out, bits, start)
    return lanes
