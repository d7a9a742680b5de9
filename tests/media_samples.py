"""Pictures and videos for tests, made when asked for and kept per process.

Deterministic: the same call gives the same bytes. `BAD` has, by name, what is refused.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
from PIL import Image

from tests import media_encoding
from tests.media_encoding import (
    animated,
    camera_data,
    encoded_video,
    half_seen,
    picture,
    saved,
    second_of_noise,
    shades,
    shifted,
    srgb,
    write_tone,
)

#: Stands in the EXIF of every picture that has any.
CAMERA = media_encoding.CAMERA


@cache
def jpeg(
    width: int = 640,
    height: int = 480,
    *,
    exif_gps: bool = False,
    orientation: int = 1,
    noise: bool = False,
    progressive: bool = False,
    icc: bool = False,
) -> bytes:
    """Stored as `width` x `height`; shown turned where `orientation` says so."""
    exif = camera_data(gps=exif_gps, orientation=orientation)
    image = picture(width, height, noise=noise)
    extra = {"icc_profile": srgb()} if icc else {}
    return saved(image, "JPEG", quality=90, exif=exif, progressive=progressive, **extra)


@cache
def cmyk_jpeg(width: int = 320, height: int = 240) -> bytes:
    """As print shops send them."""
    return saved(picture(width, height).convert("CMYK"), "JPEG", quality=90)


@cache
def png(
    width: int = 640,
    height: int = 480,
    *,
    transparent: bool = False,
    noise: bool = False,
    exif_gps: bool = False,
) -> bytes:
    """With a see-through corner where `transparent`."""
    image = picture(width, height, noise=noise)
    if transparent:
        image.putalpha(half_seen(width, height))
    exif = camera_data(gps=exif_gps, orientation=1)
    return saved(image, "PNG", exif=exif) if exif_gps else saved(image, "PNG")


@cache
def png_16_bit(width: int = 64, height: int = 48) -> bytes:
    """Grey, 16 bits a sample."""
    image = Image.new("I;16", (width, height), 0x8000)
    return saved(image, "PNG")


@cache
def webp(
    width: int = 640,
    height: int = 480,
    *,
    transparent: bool = False,
    lossless: bool = False,
    exif_gps: bool = False,
    orientation: int = 1,
) -> bytes:
    """Lossy where not said otherwise."""
    image = picture(width, height)
    if transparent:
        image.putalpha(half_seen(width, height))
    exif = camera_data(gps=exif_gps, orientation=orientation)
    return saved(image, "WEBP", lossless=lossless, exif=exif)


@cache
def gif(
    frames: int = 5,
    *,
    width: int = 160,
    height: int = 120,
    milliseconds: int = 100,
    loop: int = 0,
    noise: bool = False,
) -> bytes:
    """Animated, unless it has one frame."""
    return animated("GIF", frames, (width, height), milliseconds, loop, noise=noise)


@cache
def apng(frames: int = 5, *, width: int = 160, height: int = 120) -> bytes:
    """An animated PNG."""
    return animated("PNG", frames, (width, height), 100, 0)


@cache
def animated_webp(frames: int = 5, *, width: int = 160, height: int = 120) -> bytes:
    """An animated WebP."""
    return animated("WEBP", frames, (width, height), 100, 0)


@cache
def heic(width: int = 320, height: int = 240, *, exif_gps: bool = False) -> bytes:
    """As iPhones take pictures."""
    from pillow_heif import from_pillow

    kept = io.BytesIO()
    heif = from_pillow(picture(width, height))
    heif.save(kept, quality=80, exif=camera_data(gps=exif_gps, orientation=1).tobytes())
    return kept.getvalue()


@cache
def avif(width: int = 320, height: int = 240, *, transparent: bool = False) -> bytes:
    """AV1 in a still picture."""
    image = picture(width, height)
    if transparent:
        image.putalpha(half_seen(width, height))
    return saved(image, "AVIF", quality=60, speed=10)


@cache
def mp4(
    seconds: float = 2.0,
    width: int = 320,
    height: int = 240,
    rate: int = 25,
    *,
    audio: bool = True,
    codec: str = "h264",
    tag: str = "",
    location: bool = False,
    rotation: int = 0,
    noise: bool = False,
) -> bytes:
    """Starts black and gets brighter; with a tone as AAC. `location`: where it was."""
    return encoded_video(
        "mp4",
        seconds,
        (width, height),
        rate,
        video_codec="libx264" if codec == "h264" else codec,
        audio_codec="aac" if audio else None,
        metadata={"title": "Secret title", "location": "+52.5200+013.4050/"}
        if location
        else {},
        rotation=rotation,
        noise=noise,
        tag=tag,
    )


@cache
def mov(
    seconds: float = 2.0,
    width: int = 320,
    height: int = 240,
    rate: int = 25,
    *,
    audio: bool = True,
    audio_codec: str = "aac",
    location: bool = False,
    rotation: int = 0,
) -> bytes:
    """QuickTime, as iPhones film."""
    return encoded_video(
        "mov",
        seconds,
        (width, height),
        rate,
        audio_codec=audio_codec if audio else None,
        metadata={"location": "+52.5200+013.4050/"} if location else {},
        rotation=rotation,
    )


@cache
def webm(
    seconds: float = 2.0,
    width: int = 320,
    height: int = 240,
    rate: int = 25,
    *,
    audio: bool = True,
) -> bytes:
    """VP8 and Opus."""
    return encoded_video(
        "webm",
        seconds,
        (width, height),
        rate,
        video_codec="libvpx",
        audio_codec="libopus" if audio else None,
    )


@cache
def deep_mp4(frames: int = 10, width: int = 320, height: int = 240) -> bytes:
    """HEVC with ten bits a sample, as phones film in HDR."""
    kept = io.BytesIO()
    with av.open(kept, "w", format="mp4") as container:
        stream = container.add_stream("libx265", rate=25)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p10le"
        stream.options = {"preset": "ultrafast", "x265-params": "log-level=none"}
        for frame in shades(frames, (width, height), 25, noise=False):
            container.mux(stream.encode(frame.reformat(format="yuv420p10le")))
        container.mux(stream.encode(None))
    return kept.getvalue()


@cache
def uneven_mp4() -> bytes:
    """Ten frames 50 ms apart, then ten frames 200 ms apart; no sound."""
    kept = io.BytesIO()
    with av.open(kept, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for place, frame in enumerate(shades(20, (320, 240), 25, noise=False)):
            frame.pts = place * 50 if place < 10 else 500 + (place - 10) * 200
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return kept.getvalue()


@cache
def mkv(seconds: float = 1.0) -> bytes:
    """H.264 in Matroska: no WebM."""
    return encoded_video("matroska", seconds, (160, 120), 25)


@cache
def audio_only_mp4(seconds: float = 1.0) -> bytes:
    """A video's container without a video."""
    kept = io.BytesIO()
    with av.open(kept, "w", format="mp4") as container:
        write_tone(container, "aac", seconds)
    return kept.getvalue()


@cache
def lying_mp4(factor: int = 10) -> bytes:
    """Its header tells of `factor` times the time that it has pictures for."""
    data = bytearray(mp4(2.0, audio=False))
    for box, at in ((b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)):
        place = data.index(box) + at
        (told,) = struct.unpack(">I", data[place : place + 4])
        data[place : place + 4] = struct.pack(">I", told * factor)
    return bytes(data)


@cache
def undecodable_mp4() -> bytes:
    """The frames are zeros, the container is right."""
    data = mp4(1.0, audio=False)
    start = data.index(b"mdat") + 4
    (size,) = struct.unpack(">I", data[start - 8 : start - 4])
    return data[:start] + bytes(size - 8) + data[start - 4 + size - 4 :]


@cache
def unknown_codec_mp4() -> bytes:
    """A codec that nobody knows."""
    return mp4(1.0, audio=False).replace(b"avc1", b"zzz9")


def large_mp4(
    path: Path,
    size_bytes: int,
    *,
    seconds: int = 60,
    width: int = 1280,
    height: int = 720,
    rate: int = 30,
) -> None:
    """A valid H.264 video of `size_bytes` (within 1 %): a second of noise, repeated.

    What the noise does not fill, filler units of H.264 do; decoders skip them.
    """
    second_of = second_of_noise(width, height, rate, size_bytes // seconds)
    source = av.open(io.BytesIO(second_of))
    with source, av.open(str(path), "w", format="mp4") as target:
        came = source.streams.video[0]
        goes = target.add_stream_from_template(came)
        packets = [packet for packet in source.demux(came) if packet.size]
        wanted = size_bytes // (seconds * len(packets))
        span = round(1 / came.time_base)
        for second in range(seconds):
            for packet in packets:
                target.mux(shifted(packet, second * span, wanted, goes))


def png_of_declared_size(width: int, height: int, length: int = 20_000) -> bytes:
    """A PNG whose header promises more pixels than its `length` bytes have."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(20_000_000), 9)[: length - 100]
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", pixels)
        + png_chunk(b"IEND", b"")
    )


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk with its length and check sum."""
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def gif_javascript() -> bytes:
    """Reads as a picture and, to a browser, as a script: `GIF89a/*...*/=1;...`."""
    picture = bytearray(gif(1))
    picture[6:8] = b"/*"
    return bytes(picture) + b"*/=1;alert(document.cookie);//"


SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"

#: What is refused, by name.
BAD: dict[str, Callable[[], bytes]] = {
    "empty": bytes,
    "text": lambda: b"This is a note, not a picture.\n" * 20,
    "svg": lambda: SVG,
    "svg_with_prologue": lambda: b'<?xml version="1.0"?>\n<!-- drawn -->\n' + SVG,
    "html": lambda: HTML,
    "pdf": lambda: b"%PDF-1.7\n" + bytes(200),
    "zip": lambda: b"PK\x03\x04" + bytes(200),
    "bmp": lambda: saved(picture(40, 30), "BMP"),
    "tiff": lambda: saved(picture(40, 30), "TIFF"),
    "mp3": lambda: b"ID3\x04\x00\x00" + bytes(200),
    "mkv": mkv,
    "audio_only_mp4": audio_only_mp4,
    "truncated_png": lambda: png(noise=True)[:-20_000],
    "truncated_jpeg": lambda: jpeg(noise=True)[:-20_000],
    "truncated_gif": lambda: gif()[:-500],
    "truncated_webp": lambda: webp()[:-200],
    "truncated_mp4": lambda: mp4()[:-5_000],
    "bomb": lambda: png_of_declared_size(50_000, 50_000),
    "gif_javascript": gif_javascript,
    "jpeg_with_script": lambda: jpeg() + SCRIPT,
    "jpeg_with_zip": lambda: jpeg() + b"PK\x03\x04" + bytes(200),
    "png_with_html": lambda: png() + HTML,
    "gif_with_script": lambda: gif() + SCRIPT,
    "webp_with_script": lambda: webp() + SCRIPT,
    "mp4_with_script": lambda: mp4() + HTML,
    "mp4_with_script_in_a_box": lambda: (
        mp4() + struct.pack(">I4s", 8 + len(HTML), b"free") + HTML
    ),
    "webm_with_script": lambda: webm() + HTML,
    "lying_mp4": lying_mp4,
    "undecodable_mp4": undecodable_mp4,
    "unknown_codec_mp4": unknown_codec_mp4,
}
