from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from PIL import Image

from social_media.enums import MediaKind
from social_media.media.workshop import Unusable, clean, inspect
from tests import media_samples as samples
from tests.media_encoding import CAMERA
from tests.social_media.media.workshop.workbench import (
    LIMITS,
    pixels,
    shown_times,
    written,
)


@pytest.mark.parametrize(
    "make",
    [
        lambda: samples.jpeg(exif_gps=True),
        lambda: samples.jpeg(exif_gps=True, orientation=6),
        lambda: samples.png(exif_gps=True),
        lambda: samples.webp(exif_gps=True),
        lambda: samples.heic(exif_gps=True),
    ],
)
def test_nothing_of_the_camera_stays(make: Callable[[], bytes], tmp_path: Path) -> None:
    source = written(tmp_path, make())
    camera = CAMERA.encode()
    assert camera in source.read_bytes()
    path, _ = clean(source, tmp_path, LIMITS)
    assert camera not in path.read_bytes()
    with Image.open(path) as image:
        assert dict(image.getexif()) == {}


@pytest.mark.parametrize(
    "make",
    [
        lambda: samples.jpeg(exif_gps=True),
        lambda: samples.jpeg(progressive=True),
        samples.png,
        lambda: samples.webp(exif_gps=True),
        lambda: samples.webp(lossless=True),
        samples.gif,
    ],
)
def test_no_pixel_changes(make: Callable[[], bytes], tmp_path: Path) -> None:
    source = written(tmp_path, make())
    path, facts = clean(source, tmp_path, LIMITS)
    assert pixels(path) == pixels(source)
    assert facts == inspect(path, LIMITS)


def test_a_turned_picture_stands_upright(tmp_path: Path) -> None:
    source = written(tmp_path, samples.jpeg(orientation=6, icc=True))
    path, facts = clean(source, tmp_path, LIMITS)
    assert (facts.width, facts.height) == (480, 640)
    with Image.open(path) as image:
        # The red corner, at the top left as it is stored, is shown at the top right.
        red, green, blue = image.getpixel((460, 20))
        assert (red > 200, green < 60, blue < 60) == (True, True, True)
        assert "icc_profile" in image.info


def test_colours_keep_their_meaning(tmp_path: Path) -> None:
    source = written(tmp_path, samples.jpeg(icc=True, exif_gps=True))
    path, _ = clean(source, tmp_path, LIMITS)
    with Image.open(io.BytesIO(source.read_bytes())) as before, Image.open(path) as now:
        assert now.info["icc_profile"] == before.info["icc_profile"]


def test_print_colours_become_those_of_a_screen(tmp_path: Path) -> None:
    path, _ = clean(written(tmp_path, samples.cmyk_jpeg()), tmp_path, LIMITS)
    with Image.open(path) as image:
        assert image.mode == "RGB"
        red, green, blue = image.getpixel((10, 10))
        assert (red > 200, green < 60, blue < 60) == (True, True, True)


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    path, _ = clean(written(tmp_path, samples.png_16_bit()), tmp_path, LIMITS)
    with Image.open(path) as image:
        assert (image.mode, image.getpixel((5, 5))) == ("L", 0x80)


@pytest.mark.parametrize(
    ("make", "content_type"),
    [
        (samples.heic, "image/jpeg"),
        (samples.avif, "image/jpeg"),
        (lambda: samples.avif(transparent=True), "image/png"),
    ],
)
def test_new_formats_become_those_that_all_read(
    make: Callable[[], bytes], content_type: str, tmp_path: Path
) -> None:
    _, facts = clean(written(tmp_path, make()), tmp_path, LIMITS)
    assert (facts.content_type, facts.width, facts.height) == (content_type, 320, 240)


@pytest.mark.parametrize("make", [samples.apng, samples.animated_webp])
def test_an_animation_stays_one(make: Callable[[], bytes], tmp_path: Path) -> None:
    source = written(tmp_path, make())
    path, facts = clean(source, tmp_path, LIMITS)
    assert (facts.kind, facts.frames, facts.duration) == (MediaKind.GIF, 5, 0.5)
    assert shown_times(path) == shown_times(source)


def test_a_gif_keeps_its_times_and_its_loop(tmp_path: Path) -> None:
    source = written(tmp_path, samples.gif(7, milliseconds=70, loop=3))
    path, facts = clean(source, tmp_path, LIMITS)
    assert shown_times(path) == [70] * 7
    assert (facts.frames, facts.duration) == (7, 0.49)
    with Image.open(path) as image:
        assert image.info["loop"] == 3


def test_a_gif_loses_its_comment(tmp_path: Path) -> None:
    whole = samples.gif()
    comment = b"\x21\xfe\x06Berlin\x00"
    path, _ = clean(written(tmp_path, whole[:-1] + comment + b"\x3b"), tmp_path, LIMITS)
    assert path.read_bytes() == whole


def test_what_phones_append_is_dropped(tmp_path: Path) -> None:
    source = written(tmp_path, samples.jpeg() + samples.mp4(0.2))
    path, facts = clean(source, tmp_path, LIMITS)
    assert facts.kind == MediaKind.IMAGE
    assert b"ftyp" not in path.read_bytes()


@pytest.mark.parametrize(
    ("make", "content_type", "secret"),
    [
        (lambda: samples.mp4(location=True), "video/mp4", b"loci"),
        (lambda: samples.mp4(location=True), "video/mp4", b"Secret title"),
        (lambda: samples.mov(location=True), "video/mp4", b"+52.52"),
    ],
)
def test_a_video_loses_its_place_and_title(
    make: Callable[[], bytes], content_type: str, secret: bytes, tmp_path: Path
) -> None:
    source = written(tmp_path, make())
    assert secret in source.read_bytes()
    path, facts = clean(source, tmp_path, LIMITS)
    assert secret not in path.read_bytes()
    assert facts.content_type == content_type


@pytest.mark.parametrize(
    ("make", "content_type"),
    [
        (samples.webm, "video/webm"),
        (lambda: samples.mov(audio_codec="pcm_s16le"), "video/quicktime"),
    ],
)
def test_codecs_that_mp4_has_not_stay_where_they_are(
    make: Callable[[], bytes], content_type: str, tmp_path: Path
) -> None:
    _, facts = clean(written(tmp_path, make()), tmp_path, LIMITS)
    assert facts.content_type == content_type


@pytest.mark.parametrize(
    "make",
    [
        samples.mov,
        samples.webm,
        lambda: samples.mp4(0.5, codec="libx265"),
        lambda: samples.mp4(0.5, codec="libvpx-vp9"),
        lambda: samples.mp4(0.5, codec="libsvtav1"),
    ],
)
def test_a_videos_frames_are_copied(make: Callable[[], bytes], tmp_path: Path) -> None:
    source = written(tmp_path, make())
    path, _ = clean(source, tmp_path, LIMITS)
    assert _packets(path) == _packets(source)


def test_an_index_comes_before_the_frames(tmp_path: Path) -> None:
    path, _ = clean(written(tmp_path, samples.mp4()), tmp_path, LIMITS)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_apples_players_still_know_the_codec(tmp_path: Path) -> None:
    source = written(tmp_path, samples.mp4(0.5, codec="libx265", tag="hvc1"))
    path, _ = clean(source, tmp_path, LIMITS)
    assert b"hvc1" in path.read_bytes()


def test_a_title_in_another_encoding_does_no_harm(tmp_path: Path) -> None:
    data = samples.mp4(location=True).replace(b"Secret title", b"S\xe9cret title")
    path, _ = clean(written(tmp_path, data), tmp_path, LIMITS)
    assert b"cret title" not in path.read_bytes()


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_video_stays_turned(rotation: int, tmp_path: Path) -> None:
    source = written(tmp_path, samples.mov(rotation=rotation))
    path, _ = clean(source, tmp_path, LIMITS)
    assert _rotation(path) == _rotation(source)
    assert _rotation(path) != 0


def test_a_bad_file_leaves_nothing_behind(tmp_path: Path) -> None:
    source = written(tmp_path, samples.undecodable_mp4())
    with pytest.raises(Unusable):
        clean(source, tmp_path, LIMITS)
    assert list(tmp_path.iterdir()) == [source]


def _packets(path: Path) -> list[tuple[str, bytes]]:
    with av.open(str(path)) as container:
        found = [(p.stream.type, bytes(p)) for p in container.demux() if p.size]
    return sorted(found)


def _rotation(path: Path) -> int:
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).rotation
