from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from social_media.enums import MediaKind
from social_media.media.workshop import Limits, Unusable, inspect
from social_media.platforms.media import Facts
from tests import media_samples as samples
from tests.social_media.media.workshop.workbench import LIMITS, sha256, written

IMAGE, GIF, VIDEO = MediaKind.IMAGE, MediaKind.GIF, MediaKind.VIDEO


@pytest.mark.parametrize(
    ("make", "kind", "content_type", "size"),
    [
        (samples.jpeg, IMAGE, "image/jpeg", (640, 480)),
        (samples.cmyk_jpeg, IMAGE, "image/jpeg", (320, 240)),
        (samples.png, IMAGE, "image/png", (640, 480)),
        (samples.png_16_bit, IMAGE, "image/png", (64, 48)),
        (samples.webp, IMAGE, "image/webp", (640, 480)),
        (lambda: samples.gif(1), IMAGE, "image/gif", (160, 120)),
        (samples.heic, IMAGE, "image/heic", (320, 240)),
        (samples.avif, IMAGE, "image/avif", (320, 240)),
    ],
)
def test_a_still_image(
    make: Callable[[], bytes],
    kind: MediaKind,
    content_type: str,
    size: tuple[int, int],
    tmp_path: Path,
) -> None:
    path = written(tmp_path, make())
    assert inspect(path, LIMITS) == Facts(
        kind=kind,
        content_type=content_type,
        size=path.stat().st_size,
        sha256=sha256(path),
        width=size[0],
        height=size[1],
    )


@pytest.mark.parametrize(
    ("make", "content_type"),
    [
        (samples.gif, "image/gif"),
        (samples.apng, "image/png"),
        (samples.animated_webp, "image/webp"),
    ],
)
def test_an_animated_image(
    make: Callable[[], bytes], content_type: str, tmp_path: Path
) -> None:
    path = written(tmp_path, make())
    assert inspect(path, LIMITS) == Facts(
        kind=GIF,
        content_type=content_type,
        size=path.stat().st_size,
        sha256=sha256(path),
        width=160,
        height=120,
        duration=0.5,
        frame_rate=10.0,
        frames=5,
    )


@pytest.mark.parametrize(
    ("make", "content_type", "codecs", "duration"),
    [
        (samples.mp4, "video/mp4", ("h264", "aac"), 2.0),
        (samples.mov, "video/quicktime", ("h264", "aac"), 2.0),
        # Opus has packets of 20 ms, and begins before the picture.
        (samples.webm, "video/webm", ("vp8", "opus"), 2.008),
        (lambda: samples.mp4(audio=False), "video/mp4", ("h264", ""), 2.0),
    ],
)
def test_a_video(
    make: Callable[[], bytes],
    content_type: str,
    codecs: tuple[str, str],
    duration: float,
    tmp_path: Path,
) -> None:
    path = written(tmp_path, make())
    assert inspect(path, LIMITS) == Facts(
        kind=VIDEO,
        content_type=content_type,
        size=path.stat().st_size,
        sha256=sha256(path),
        width=320,
        height=240,
        duration=duration,
        frame_rate=25.0,
        frames=50,
        video_codec=codecs[0],
        audio_codec=codecs[1],
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: samples.jpeg(orientation=6),
        lambda: samples.webp(orientation=8),
        lambda: samples.mov(width=640, height=480, rotation=90),
    ],
)
def test_sides_are_those_that_are_shown(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    facts = inspect(written(tmp_path, make()), LIMITS)
    assert (facts.width, facts.height) == (480, 640)


@pytest.mark.parametrize(
    "make",
    [
        lambda: samples.png(transparent=True),
        lambda: samples.webp(transparent=True),
        lambda: samples.avif(transparent=True),
    ],
)
def test_what_one_can_see_through(make: Callable[[], bytes], tmp_path: Path) -> None:
    assert inspect(written(tmp_path, make()), LIMITS).transparent is True


REFUSED = {
    "empty": "empty_file",
    "text": "unsupported_format",
    "svg": "unsupported_format",
    "svg_with_prologue": "unsupported_format",
    "html": "unsupported_format",
    "pdf": "unsupported_format",
    "zip": "unsupported_format",
    "bmp": "unsupported_format",
    "tiff": "unsupported_format",
    "mp3": "unsupported_format",
    "mkv": "unsupported_format",
    "audio_only_mp4": "no_video",
    "truncated_png": "truncated",
    "truncated_jpeg": "truncated",
    "truncated_gif": "truncated",
    "truncated_webp": "truncated",
    "truncated_mp4": "truncated",
    "bomb": "too_many_pixels",
    "gif_javascript": "hidden_content",
    "jpeg_with_script": "hidden_content",
    "jpeg_with_zip": "hidden_content",
    "png_with_html": "hidden_content",
    "gif_with_script": "hidden_content",
    "webp_with_script": "hidden_content",
    "mp4_with_script": "hidden_content",
    "mp4_with_script_in_a_box": "hidden_content",
    "webm_with_script": "hidden_content",
    "lying_mp4": "wrong_duration",
    "undecodable_mp4": "no_frames",
    "unknown_codec_mp4": "unknown_codec",
}


def test_every_bad_sample_is_tried() -> None:
    assert set(REFUSED) == set(samples.BAD)


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_with_its_own_code(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, samples.BAD[name](), "holiday.jpg")
    with pytest.raises(Unusable) as refusal:
        inspect(path, LIMITS)
    assert refusal.value.code == REFUSED[name]
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text", "This is a text"),
        ("svg", "This is an SVG drawing"),
        ("svg_with_prologue", "This is an SVG drawing"),
        ("html", "This is a web page"),
        ("pdf", "This is a PDF document"),
        ("zip", "This is a ZIP archive"),
        ("bmp", "This is a BMP picture"),
        ("tiff", "This is a TIFF or RAW picture"),
        ("mp3", "This is a sound file"),
        ("mkv", "This is a Matroska (MKV) video"),
    ],
)
def test_a_refusal_names_what_it_looks_like(
    name: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(Unusable) as refusal:
        inspect(written(tmp_path, samples.BAD[name]()), LIMITS)
    assert refusal.value.message.startswith(words)


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    path = written(tmp_path, samples.png_of_declared_size(50_000, 50_000))
    assert path.stat().st_size < 20_000
    began = time.monotonic()
    with pytest.raises(Unusable, match="50,000 x 50,000 pixels; up to 50 million"):
        inspect(path, LIMITS)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("tail", "kept"),
    [
        (b"", True),
        (bytes(500), True),
        (b"\r\n", True),
        (samples.jpeg(32, 32), True),
        (samples.mp4(0.2), True),
        (bytes(4) + b"sdr" + bytes(40) + b"SEFT", True),
        (b"#!/bin/sh\n", False),
        (b"PK\x03\x04", False),
        (b"%PDF-1.7", False),
        (samples.jpeg(32, 32) + samples.SCRIPT, False),
    ],
)
def test_phones_may_append_to_a_picture_others_may_not(
    tail: bytes, *, kept: bool, tmp_path: Path
) -> None:
    path = written(tmp_path, samples.jpeg() + tail)
    if kept:
        assert inspect(path, LIMITS).content_type == "image/jpeg"
        return
    with pytest.raises(Unusable) as refusal:
        inspect(path, LIMITS)
    assert refusal.value.code == "hidden_content"


def test_a_comment_with_a_script_is_refused(tmp_path: Path) -> None:
    comment = b"\xff\xfe" + (len(samples.SCRIPT) + 2).to_bytes(2, "big")
    data = samples.jpeg()[:2] + comment + samples.SCRIPT + samples.jpeg()[2:]
    with pytest.raises(Unusable) as refusal:
        inspect(written(tmp_path, data), LIMITS)
    assert refusal.value.code == "hidden_content"


@pytest.mark.parametrize(
    ("make", "limits", "code"),
    [
        (samples.mp4, Limits(50_000_000, max_seconds=1), "too_long"),
        (samples.mp4, Limits(10_000, max_seconds=60), "too_many_pixels"),
        (samples.jpeg, Limits(640 * 480 - 1, max_seconds=60), "too_many_pixels"),
        (samples.gif, Limits(50_000_000, 60, max_frames=4), "too_many_frames"),
        (
            lambda: samples.gif(25, width=100, height=100),
            Limits(100 * 100, max_seconds=60),
            "animation_too_large",
        ),
    ],
)
def test_the_limits_hold(
    make: Callable[[], bytes], limits: Limits, code: str, tmp_path: Path
) -> None:
    with pytest.raises(Unusable) as refusal:
        inspect(written(tmp_path, make()), limits)
    assert refusal.value.code == code
