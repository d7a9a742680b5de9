"""Facts of a video: every packet is read, a frame is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from social_media.media.workshop.digest import digest
from social_media.media.workshop.errors import Unusable
from social_media.media.workshop.limits import Limits, check_pixels
from social_media.media.workshop.report import Report
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.structure import boxes
from social_media.media.workshop.structure.parts import Part
from social_media.media.workshop.videos.frames import decoded, shown_size
from social_media.media.workshop.videos.source import (
    codec_of,
    opened,
    picture_of,
    sound_of,
)

_MICROSECONDS = 1_000_000
#: The header's duration and that of the packets differ a little in honest files.
_APART_SECONDS, _APART_SHARE = 1.0, 0.05


@dataclass(slots=True)
class Span:
    """From the first to the last of what is shown."""

    count: int = 0
    start: float = float("inf")
    end: float = 0.0

    def add(self, start: float, length: float) -> None:
        """One packet."""
        self.count += 1
        self.start = min(self.start, start)
        self.end = max(self.end, start + length)

    @property
    def length(self) -> float:
        """In seconds; 0 while it is empty."""
        return max(0.0, self.end - self.start) if self.count else 0.0


def measure(
    path: Path, kind: Format, found: list[Part], limits: Limits, report: Report
) -> dict[str, Any]:
    """Facts as a document. Raises Unusable."""
    facts = _of_streams(path, kind, limits)
    pictures, whole = _spans(path, kind, report)
    _check_length(whole.length, limits)
    _check_told(_told(path, kind, found), whole.length)
    return {
        **facts,
        "kind": "video",
        "content_type": kind.value,
        "duration": round(whole.length, 3),
        "frame_rate": round(pictures.count / max(pictures.length, 0.001), 3),
        "frames": pictures.count,
        **digest(path, report),
    }


def _of_streams(path: Path, kind: Format, limits: Limits) -> dict[str, Any]:
    with opened(path, kind) as container:
        stream = picture_of(container)
        # A frame of this size would be allocated to decode it.
        check_pixels(stream.codec_context.width, stream.codec_context.height, limits)
        frame = next(decoded(container, stream), None)
        if frame is None:
            raise no_frames()
        check_pixels(frame.width, frame.height, limits)
        width, height = shown_size(frame, stream)
        return {
            "width": width,
            "height": height,
            "video_codec": codec_of(stream),
            "audio_codec": codec_of(sound_of(container)),
        }


def no_frames() -> Unusable:
    """Nothing to show."""
    return Unusable(
        "no_frames",
        "No picture of this video can be shown. Play it on your own machine; if it "
        "does, export it as MP4 with H.264 and upload that.",
    )


def _spans(path: Path, kind: Format, report: Report) -> tuple[Span, Span]:
    """Of the pictures, and of pictures and sound together."""
    pictures, whole = Span(), Span()
    with opened(path, kind) as container:
        stream, sound = picture_of(container), sound_of(container)
        for packet in container.demux(*(s for s in (stream, sound) if s)):
            if packet.pts is None or packet.is_discard or packet.time_base is None:
                continue
            start = float(packet.pts * packet.time_base)
            length = float((packet.duration or 0) * packet.time_base)
            whole.add(start, length)
            if packet.stream_index == stream.index:
                pictures.add(start, length)
            report.progress(0)
    if not pictures.count:
        raise no_frames()
    return pictures, whole


def _check_length(length: float, limits: Limits) -> None:
    if length > limits.max_seconds:
        raise Unusable(
            "too_long",
            f"This video has {length / 60:,.1f} minutes; up to "
            f"{limits.max_seconds / 60:,.0f} are possible. Cut it and upload it again.",
        )


def _check_told(told: float, length: float) -> None:
    if told and abs(told - length) > max(_APART_SECONDS, _APART_SHARE * length):
        raise Unusable(
            "wrong_duration",
            f"This video says that it has {told:,.1f} seconds, but it has "
            f"{length:,.1f}. Export it again and upload that.",
        )


def _told(path: Path, kind: Format, found: list[Part]) -> float:
    """The header's duration; 0 where it tells none, as recorders' files do."""
    if kind != Format.WEBM:
        # FFmpeg corrects what the header says by what it finds.
        with path.open("rb") as file:
            return boxes.told_seconds(file, found)
    with opened(path, kind) as container:
        return (container.duration or 0) / _MICROSECONDS
