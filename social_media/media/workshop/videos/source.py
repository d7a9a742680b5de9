"""A video, opened as what it was found to be: no other file, address or playlist."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from social_media.media.workshop.errors import FULL, Unusable
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.structure.parts import damaged

av.logging.set_level(None)

_DEMUXERS = {Format.MP4: "mov", Format.QUICKTIME: "mov", Format.WEBM: "matroska"}
#: What FFmpeg makes of a file that makes no sense, also when it is to be copied.
_DAMAGED = (
    av.InvalidDataError,
    av.EOFError,
    av.PatchWelcomeError,
    av.ArgumentError,
)
#: Each thread of a decoder keeps frames of its own.
THREADS = 2


@contextmanager
def opened(path: Path, kind: Format) -> Iterator[InputContainer]:
    """For reading. Raises Unusable, also for what is raised within."""
    options = {"protocol_whitelist": "file", "enable_drefs": "0"}
    try:
        with av.open(
            f"file:{path}",
            format=_DEMUXERS[kind],
            options=options,
            # Old cameras write titles in whatever they like.
            metadata_errors="ignore",
        ) as container:
            yield container
    except _DAMAGED as error:
        raise damaged() from error
    except av.FFmpegError as error:
        if error.errno in FULL:
            raise OSError(error.errno, "no room") from error
        raise


def picture_of(container: InputContainer) -> av.VideoStream:
    """Its video. Raises Unusable: there is none, or nobody can decode it."""
    found = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not found:
        raise Unusable(
            "no_video", "This file has no picture, only sound. Upload a video."
        )
    stream = found[0]
    if not _is_decodable(stream):
        raise Unusable(
            "unknown_codec",
            "This video has a codec that we do not know. Export it as MP4 with H.264 "
            "and upload that.",
        )
    stream.thread_type, stream.thread_count = "SLICE", THREADS
    return stream


def sound_of(container: InputContainer) -> av.AudioStream | None:
    """Its first sound that can be decoded."""
    for stream in container.streams.audio:
        if _is_decodable(stream):
            return stream
    return None


def codec_of(stream: Stream | None) -> str:
    """As FFmpeg calls it; "" for none."""
    if stream is None:
        return ""
    name: str = stream.codec_context.codec.canonical_name
    return name


def _is_decodable(stream: Stream) -> bool:
    # PyAV leaves it away where FFmpeg knows no decoder.
    return bool(stream.codec_context)


def seconds(ticks: int | None, base: Fraction | None) -> float:
    """A time in seconds; 0 where there is none."""
    return float(ticks * base) if ticks is not None and base is not None else 0.0
