"""Where packets go: as they are, or decoded and encoded anew."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

import av
from av.container import OutputContainer
from av.stream import Stream

from social_media.media.workshop.videos.budget import Budget
from social_media.media.workshop.videos.frames import decode_packet
from social_media.media.workshop.videos.remux import copied_to
from social_media.media.workshop.videos.shape import Shape
from social_media.media.workshop.videos.source import THREADS

#: Of the pictures' times in the new file.
_CLOCK = Fraction(1, 90_000)
#: A container's start is told in whole microseconds.
_ROUNDED = 0.001
_RATE, _LAYOUT = 48_000, "stereo"
#: Each frame to look ahead at, to refer to or to reorder costs 7 MB at 1080p.
_X264 = "rc-lookahead=2:sync-lookahead=0:ref=1:bframes=0"
#: Where the decoder's own frames take the room.
_X264_BLIND = "rc-lookahead=0:mbtree=0:sync-lookahead=0:ref=1:bframes=0"
_QUALITY = "21"
#: Key frames, in seconds.
_KEYS = 4


class Lane(Protocol):
    """One stream's way into the new file."""

    def feed(self, packet: av.Packet[Any]) -> None:
        """The next packet; an empty one at the end."""

    def finish(self) -> None:
        """Nothing follows."""


class Copied:
    """Packets as they are."""

    def __init__(self, out: OutputContainer, stream: Stream) -> None:
        self._out = out
        self._stream = copied_to(out, stream)

    def feed(self, packet: av.Packet[Any]) -> None:
        """Write it."""
        if packet.dts is not None:
            packet.stream = self._stream
            self._out.mux(packet)

    def finish(self) -> None:
        """There is nothing in between."""


class Pictures:
    """H.264, at most at `max_rate` frames a second: those in between are left out.

    `blind`: without looking ahead, for it needs memory.
    """

    def __init__(
        self,
        out: OutputContainer,
        size: tuple[int, int],
        rates: tuple[float, float | None],
        bits: Budget,
        *,
        blind: bool = False,
    ) -> None:
        self._out, self._shape = out, Shape(*size)
        rate, self._max_rate = rates
        shown = min(rate, self._max_rate or rate)
        self._stream = _h264(out, size, shown, bits.picture)
        self._stream.options |= {"x264-params": _X264_BLIND if blind else _X264}
        self._last = -1
        self.count = 0

    def put(self, frame: av.VideoFrame, at: float) -> None:
        """A frame that is shown from second `at` on."""
        tick = self._tick(at)
        if tick <= self._last:
            return
        shaped = self._shape.of(frame)
        shaped.pts, shaped.time_base = tick, _CLOCK
        shaped.pict_type = av.video.frame.PictureType.NONE
        self._last, self.count = tick, self.count + 1
        self._out.mux(self._stream.encode(shaped))

    def finish(self, end: float = 0.0) -> None:
        """Write what the encoder kept back. The last frame is shown until `end`."""
        left = round(end / _CLOCK) - self._last
        for packet in self._stream.encode(None):
            if packet.pts == self._last and left > 0:
                packet.duration = left
            self._out.mux(packet)

    def _tick(self, at: float) -> int:
        """Its time in the new file; the same for two frames too close to each other."""
        if not self._max_rate:
            return round(at / _CLOCK)
        # A frame may come a little early without falling into the slot before.
        slot = int(at * self._max_rate + 0.25)
        latest = round(slot / self._max_rate / _CLOCK)
        return max(latest, round(at / _CLOCK)) if latest > self._last else self._last


class Decoded:
    """A video stream into `Pictures`."""

    def __init__(self, pictures: Pictures, start: float) -> None:
        self._pictures, self._start = pictures, start

    def feed(self, packet: av.Packet[Any]) -> None:
        """All frames that it gives."""
        for frame in decode_packet(packet):
            at = (frame.time or 0.0) - self._start
            if frame.time is not None and at > -_ROUNDED:
                self._pictures.put(frame, max(0.0, at))

    def finish(self) -> None:
        """Nothing follows."""
        self._pictures.finish()


class Sound:
    """AAC, stereo."""

    def __init__(self, out: OutputContainer, bits: Budget, start: float) -> None:
        self._out = out
        self._stream = out.add_stream("aac", rate=_RATE)
        self._stream.layout = _LAYOUT
        self._stream.bit_rate = bits.sound
        self._resampler = av.AudioResampler(
            format="fltp", layout=_LAYOUT, rate=_RATE, frame_size=1024
        )
        self._back = round(start * _RATE)

    def feed(self, packet: av.Packet[Any]) -> None:
        """All samples that it gives."""
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            return
        for frame in frames:
            self._encode(self._resampler.resample(frame))  # type: ignore[arg-type]

    def finish(self) -> None:
        """Write what is left in between."""
        self._encode(self._resampler.resample(None))
        self._out.mux(self._stream.encode(None))

    def _encode(self, frames: list[av.AudioFrame]) -> None:
        for frame in frames:
            if frame.pts is not None:
                frame.pts -= self._back
            self._out.mux(self._stream.encode(frame))


def _h264(
    out: OutputContainer, size: tuple[int, int], rate: float, bits: int
) -> av.VideoStream:
    whole = Fraction(max(1.0, rate)).limit_denominator(1001)
    stream = out.add_stream("libx264", rate=whole)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = _CLOCK
    stream.codec_context.gop_size = round(whole * _KEYS)
    stream.thread_count = THREADS
    stream.options = {
        "preset": "veryfast",
        "crf": _QUALITY,
        "maxrate": str(bits),
        "bufsize": str(bits * 2),
    }
    return stream
