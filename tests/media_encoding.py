"""How the sample pictures and videos are put together (tests/media_samples.py)."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import av
from av.container import OutputContainer
from PIL import Image, ImageDraw

GPS_TAG, ORIENTATION_TAG, MAKE_TAG = 0x8825, 0x0112, 0x010F
#: Stands in the EXIF of every picture that has any.
CAMERA = "Sample Camera"


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    kept = io.BytesIO()
    image.save(kept, kind, **options)
    return kept.getvalue()


def picture(width: int, height: int, *, noise: bool = False) -> Image.Image:
    if noise:
        dice = random.Random(width * height)
        return Image.frombytes(
            "RGB", (width, height), dice.randbytes(width * height * 3)
        )
    image = Image.linear_gradient("L").resize((width, height))
    image = Image.merge(
        "RGB", (image, image.transpose(Image.Transpose.ROTATE_180), image)
    )
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 4, height // 4), fill="red")
    return image


def half_seen(width: int, height: int) -> Image.Image:
    mask = Image.new("L", (width, height), 255)
    mask.paste(0, (0, 0, max(1, width // 2), max(1, height // 2)))
    return mask


def camera_data(*, gps: bool, orientation: int) -> Image.Exif:
    exif = Image.Exif()
    if gps:
        exif[MAKE_TAG] = CAMERA
        exif[GPS_TAG] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    if orientation != 1:
        exif[ORIENTATION_TAG] = orientation
    return exif


@cache
def srgb() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def animated(
    kind: str,
    frames: int,
    size: tuple[int, int],
    milliseconds: int,
    loop: int,
    *,
    noise: bool = False,
) -> bytes:
    shown = [_frame(place, frames, size, noise=noise) for place in range(frames)]
    if frames == 1:
        return saved(shown[0], kind)
    return saved(
        shown[0],
        kind,
        save_all=True,
        append_images=shown[1:],
        duration=milliseconds,
        loop=loop,
    )


def _frame(
    place: int, frames: int, size: tuple[int, int], *, noise: bool
) -> Image.Image:
    width, height = size
    if noise:
        dice = random.Random(place)
        return Image.frombytes("RGB", size, dice.randbytes(width * height * 3))
    image = picture(width, height)
    left = place * width // max(1, frames)
    ImageDraw.Draw(image).ellipse((left, 10, left + 20, 30), fill="blue")
    return image


def encoded_video(
    container_format: str,
    seconds: float,
    size: tuple[int, int],
    rate: int,
    *,
    video_codec: str = "libx264",
    audio_codec: str | None = "aac",
    metadata: dict[str, str] | None = None,
    rotation: int = 0,
    noise: bool = False,
    tag: str = "",
) -> bytes:
    kept = io.BytesIO()
    options = {"fflags": "+bitexact"} if container_format != "mp4" else {}
    with av.open(kept, "w", format=container_format, options=options) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(video_codec, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        if tag:
            stream.codec_context.codec_tag = tag
        if video_codec in {"libx264", "libx265"}:
            stream.options = {"preset": "ultrafast", "tune": "zerolatency"}
        tone = _tone_stream(container, audio_codec) if audio_codec else None
        for frame in shades(int(seconds * rate), size, rate, noise=noise):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone:
            _fill_tone(container, tone, seconds)
    data = kept.getvalue()
    return _turned(data, rotation) if rotation else data


def shades(
    count: int, size: tuple[int, int], rate: int, *, noise: bool
) -> Iterator[av.VideoFrame]:
    """From black to bright, with a bar that moves."""
    dice = random.Random(1)
    for place in range(count):
        frame = av.VideoFrame(*size, "yuv420p")
        for number, plane in enumerate(frame.planes):
            length = plane.line_size * plane.height
            shade = 128 if number else min(235, 16 + place * 12)
            data = dice.randbytes(length) if noise else bytes([shade]) * length
            bar = place % plane.height * plane.line_size
            data = (
                data[:bar] + b"\xc0" * plane.line_size + data[bar + plane.line_size :]
            )
            plane.update(data)
        frame.pts, frame.time_base = place, Fraction(1, rate)
        yield frame


def _tone_stream(container: OutputContainer, codec: str) -> av.AudioStream:
    stream = container.add_stream(codec, rate=48_000)
    stream.layout = "stereo"
    return stream


def _fill_tone(
    container: OutputContainer, stream: av.AudioStream, seconds: float
) -> None:
    resampler = av.AudioResampler(
        format=stream.format, layout="stereo", rate=48_000, frame_size=stream.frame_size
    )
    for at in range(0, int(seconds * 48_000), 4800):
        frame = av.AudioFrame("s16", "stereo", 4800)
        frame.planes[0].update(_tone())
        frame.sample_rate, frame.pts = 48_000, at
        frame.time_base = Fraction(1, 48_000)
        for ready in resampler.resample(frame):
            container.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        container.mux(stream.encode(ready))
    container.mux(stream.encode(None))


@cache
def _tone() -> bytes:
    """A tenth of a second of 400 Hz: a square wave, 120 samples a period."""
    period = struct.pack("<hh", 6000, 6000) * 60 + struct.pack("<hh", -6000, -6000) * 60
    return period * 40


def write_tone(container: OutputContainer, codec: str, seconds: float) -> None:
    _fill_tone(container, _tone_stream(container, codec), seconds)


def _turned(data: bytes, rotation: int) -> bytes:
    """With the matrix of a picture turned clockwise by 90, 180 or 270 degrees."""
    matrices = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
    a, b, c, d = (side * 65536 for side in matrices[rotation])
    place = data.index(b"tkhd") + 4 + 40
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return data[:place] + matrix + data[place + 36 :]


@cache
def second_of_noise(width: int, height: int, rate: int, most: int) -> bytes:
    """As dense as fits into `most` bytes; plain where no noise does."""
    for quantizer in (24, 30, 36, 42, 46, 51):
        made = _second(width, height, rate, quantizer, noise=True)
        if len(made) < most:
            return made
    return _second(width, height, rate, 30, noise=False)


def _second(
    width: int, height: int, rate: int, quantizer: int, *, noise: bool
) -> bytes:
    kept = io.BytesIO()
    with av.open(kept, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "qp": str(quantizer),
        }
        for frame in shades(rate, (width, height), rate, noise=noise):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return kept.getvalue()


def shifted(
    packet: av.Packet, ticks: int, wanted: int, stream: av.VideoStream
) -> av.Packet:
    copy = av.Packet(_filled(bytes(packet), wanted))
    copy.pts, copy.dts = packet.pts + ticks, packet.dts + ticks
    copy.time_base, copy.duration = packet.time_base, packet.duration
    copy.is_keyframe, copy.stream = packet.is_keyframe, stream
    return copy


def _filled(unit: bytes, wanted: int) -> bytes:
    """With an H.264 filler unit up to `wanted` bytes."""
    room = wanted - len(unit) - 4
    if room < 2:
        return unit
    filler = b"\x0c" + b"\xff" * (room - 2) + b"\x80"
    return unit + struct.pack(">I", len(filler)) + filler
