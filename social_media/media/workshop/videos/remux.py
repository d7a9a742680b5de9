"""The same pictures and sound in a new container, without titles, places and dates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from social_media.media.workshop.report import Report
from social_media.media.workshop.sniff import Format
from social_media.media.workshop.videos.source import (
    codec_of,
    opened,
    picture_of,
    sound_of,
)

#: What networks and browsers expect in an MP4. Other codecs stay in QuickTime.
_MP4_PICTURES = frozenset({"h264", "hevc", "av1", "vp9", "mpeg4"})
_MP4_SOUNDS = frozenset({"", "aac", "mp3", "opus", "ac3", "eac3", "alac", "flac"})
#: HEVC under the only name that Apple's players know.
_APPLES = "hvc1"
#: The index in front, so that it plays while it loads; no name of a writer.
_OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact"}


def remux(path: Path, kind: Format, stem: Path, report: Report) -> Path:
    """Write `stem` with a suffix; answers that path. Nothing is encoded anew."""
    with opened(path, kind) as source:
        streams = [picture_of(source), sound_of(source)]
        muxer, suffix = _container(kind, streams)
        target = stem.with_suffix(suffix)
        with writing(target, muxer) as out:
            copy(source, [stream for stream in streams if stream], out, report)
    return target


def writing(target: Path, muxer: str) -> OutputContainer:
    """A new file."""
    options = {} if muxer == "webm" else _OPTIONS
    return av.open(
        f"file:{target}", "w", format=muxer, options={"fflags": "+bitexact", **options}
    )


def copied_to(out: OutputContainer, stream: Stream) -> Stream:
    """A stream of the new file that takes the old one's packets."""
    # "opaque": otherwise PyAV looks for an encoder of the decoder's name.
    added: Stream = out.add_stream_from_template(stream, opaque=True)
    if codec_of(stream) == "hevc" and stream.codec_context.codec_tag == _APPLES:
        added.codec_context.codec_tag = _APPLES
    return added


def copy(
    source: InputContainer,
    streams: Sequence[Stream],
    out: OutputContainer,
    report: Report,
) -> None:
    """Every packet of these streams."""
    targets = {stream.index: copied_to(out, stream) for stream in streams}
    for packet in source.demux(*streams):
        if packet.dts is None:
            continue
        packet.stream = targets[packet.stream_index]
        out.mux(packet)
        report.progress(0)


def _container(kind: Format, streams: Sequence[Stream | None]) -> tuple[str, str]:
    if kind == Format.WEBM:
        return "webm", ".webm"
    picture, sound = (codec_of(stream) for stream in streams)
    if picture in _MP4_PICTURES and sound in _MP4_SOUNDS:
        return "mp4", ".mp4"
    return "mov", ".mov"
