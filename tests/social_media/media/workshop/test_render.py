from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image

from social_media.media.workshop import Unusable, render
from social_media.platforms.media import Recipe
from tests import media_samples as samples
from tests.social_media.media.workshop.workbench import (
    animation,
    lengths,
    shown_times,
    still,
    video,
    written,
)


def ignore(percent: int) -> None:
    """Where a test is about something else."""


@pytest.mark.parametrize(
    ("make", "recipe"),
    [
        (samples.jpeg, still("image/jpeg", 160, 120, 100_000)),
        (samples.png, still("image/jpeg", 640, 480, 100_000)),
        (samples.webp, still("image/png", 160, 120, 100_000)),
        (samples.png, still("image/webp", 160, 120, 100_000)),
        (lambda: samples.gif(1), still("image/png", 160, 120, 100_000)),
    ],
)
def test_a_still_image(
    make: Callable[[], bytes], recipe: Recipe, tmp_path: Path
) -> None:
    facts = render(written(tmp_path, make()), recipe, tmp_path / "out", ignore)
    assert (facts.kind, facts.content_type) == (recipe.kind, recipe.content_type)
    assert (facts.width, facts.height) == (recipe.width, recipe.height)
    assert facts.size <= recipe.max_bytes


def test_a_jpeg_loses_quality_before_it_loses_size(tmp_path: Path) -> None:
    source = written(tmp_path, samples.jpeg(noise=True))
    most = source.stat().st_size * 2 // 3
    recipe = still("image/jpeg", 640, 480, most)
    facts = render(source, recipe, tmp_path / "out", ignore)
    assert (facts.width, facts.height) == (640, 480)
    assert most * 0.6 < facts.size <= most


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/webp"])
def test_a_picture_gets_smaller_until_it_fits(
    content_type: str, tmp_path: Path
) -> None:
    source = written(tmp_path, samples.png(noise=True))
    recipe = still(content_type, 640, 480, 40_000)
    facts = render(source, recipe, tmp_path / "out", ignore)
    assert facts.size <= 40_000
    assert facts.width < 640
    assert facts.width / facts.height == pytest.approx(640 / 480, rel=0.02)


def test_one_sees_white_where_one_could_see_through(tmp_path: Path) -> None:
    source = written(tmp_path, samples.png(transparent=True))
    recipe = still("image/jpeg", 640, 480, 100_000)
    render(source, recipe, tmp_path / "out", ignore)
    with Image.open(tmp_path / "out") as image:
        assert image.getpixel((10, 10)) == (255, 255, 255)


def test_a_png_stays_transparent(tmp_path: Path) -> None:
    source = written(tmp_path, samples.png(transparent=True))
    recipe = still("image/png", 320, 240, 100_000)
    assert render(source, recipe, tmp_path / "out", ignore).transparent is True


@pytest.mark.parametrize("make", [samples.gif, samples.apng, samples.animated_webp])
def test_an_animation_becomes_a_smaller_gif(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    recipe = animation(80, 60, 100_000)
    facts = render(written(tmp_path, make()), recipe, tmp_path / "out", ignore)
    assert (facts.content_type, facts.width, facts.height) == ("image/gif", 80, 60)
    assert shown_times(tmp_path / "out") == [100] * 5
    with Image.open(tmp_path / "out") as image:
        assert image.info["loop"] == 0


def test_a_gif_shows_the_same_after_it_was_made_anew(tmp_path: Path) -> None:
    source = written(tmp_path, samples.apng())
    render(source, animation(160, 120, 100_000), tmp_path / "out", ignore)
    with Image.open(source) as before, Image.open(tmp_path / "out") as now:
        for place in range(5):
            before.seek(place)
            now.seek(place)
            for point in ((5, 5), (30 + place * 32 - 20, 20), (150, 110)):
                shown = now.convert("RGB").getpixel(point)
                meant = before.convert("RGB").getpixel(point)
                assert shown == pytest.approx(meant, abs=24)


def test_a_gif_loses_colours_and_size_until_it_fits(tmp_path: Path) -> None:
    source = written(tmp_path, samples.gif(20, noise=True))
    facts = render(source, animation(160, 120, 150_000), tmp_path / "out", ignore)
    assert facts.size <= 150_000
    assert (facts.frames, facts.duration) == (20, 2.0)


@pytest.mark.parametrize(
    ("recipe", "frames"), [(video(160, 120), 5), (video(160, 120, rate=5), 3)]
)
def test_a_gif_becomes_a_video_that_is_as_long(
    recipe: Recipe, frames: int, tmp_path: Path
) -> None:
    source = written(tmp_path, samples.gif())
    facts = render(source, recipe, tmp_path / "out", ignore)
    assert (facts.video_codec, facts.audio_codec) == ("h264", "")
    assert (facts.frames, facts.duration) == (frames, 0.5)


def test_the_last_frame_of_a_gif_is_shown_as_long_as_it_was(tmp_path: Path) -> None:
    whole = bytearray(samples.gif())
    # The delay of the last frame: 2 s.
    place = whole.rindex(b"\x21\xf9\x04") + 4
    whole[place : place + 2] = (200).to_bytes(2, "little")
    source = written(tmp_path, bytes(whole))
    facts = render(source, video(160, 120), tmp_path / "out", ignore)
    assert facts.duration == pytest.approx(2.4, abs=0.01)


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (samples.mp4, (160, 120)),
        (samples.mov, (320, 240)),
        (samples.webm, (320, 240)),
        (lambda: samples.mp4(codec="libx265"), (320, 240)),
        (lambda: samples.mov(audio_codec="pcm_s16le"), (160, 120)),
        (lambda: samples.mov(rotation=90), (120, 160)),
    ],
)
def test_a_video(
    make: Callable[[], bytes], size: tuple[int, int], tmp_path: Path
) -> None:
    source = written(tmp_path, make())
    facts = render(source, video(*size), tmp_path / "out", ignore)
    assert (facts.content_type, facts.width, facts.height) == ("video/mp4", *size)
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert (facts.frames, facts.frame_rate) == (50, 25.0)
    found = lengths(tmp_path / "out")
    assert found["video"] == pytest.approx(2.0, abs=0.01)
    assert found["audio"] == pytest.approx(found["video"], abs=0.1)


def test_a_video_begins_with_its_index_and_is_of_eight_bits(tmp_path: Path) -> None:
    render(written(tmp_path, samples.webm()), video(160, 120), tmp_path / "out", ignore)
    data = (tmp_path / "out").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "out")) as container:
        assert next(container.decode(video=0)).format.name == "yuv420p"


def test_ten_bits_become_eight(tmp_path: Path) -> None:
    source = written(tmp_path, samples.deep_mp4())
    facts = render(source, video(320, 240), tmp_path / "out", ignore)
    assert (facts.video_codec, facts.frames) == ("h264", 10)
    with av.open(str(tmp_path / "out")) as container:
        assert next(container.decode(video=0)).format.name == "yuv420p"


def test_uneven_frames_keep_their_times(tmp_path: Path) -> None:
    source = written(tmp_path, samples.uneven_mp4())
    render(source, video(160, 120), tmp_path / "out", ignore)
    assert _gaps(tmp_path / "out") == pytest.approx([0.05] * 10 + [0.2] * 9, abs=0.001)


def test_a_turned_video_stands_upright(tmp_path: Path) -> None:
    source = written(tmp_path, samples.mov(rotation=90))
    render(source, video(120, 160), tmp_path / "out", ignore)
    with av.open(str(tmp_path / "out")) as container:
        assert next(container.decode(video=0)).rotation == 0


def test_frames_are_left_out_evenly(tmp_path: Path) -> None:
    source = written(tmp_path, samples.mp4(4, rate=50))
    facts = render(source, video(320, 240, rate=30), tmp_path / "out", ignore)
    assert facts.frame_rate == pytest.approx(30, abs=0.5)
    assert facts.duration == pytest.approx(4, abs=0.05)
    assert max(_gaps(tmp_path / "out")) < 0.05


def test_a_video_gets_a_lower_rate_until_it_fits(tmp_path: Path) -> None:
    source = written(tmp_path, samples.mp4(4, noise=True, rate=15))
    facts = render(source, video(320, 240, 150_000), tmp_path / "out", ignore)
    assert facts.size <= 150_000
    assert facts.frames == 60


def test_what_fits_already_is_copied(tmp_path: Path) -> None:
    source = written(tmp_path, samples.mp4())
    render(source, video(320, 240), tmp_path / "out", ignore)
    assert _pictures(tmp_path / "out") == _pictures(source)


@pytest.mark.parametrize(
    ("make", "recipe"),
    [
        (lambda: samples.mp4(10), video(320, 240, 20_000)),
        (lambda: samples.gif(20, noise=True), animation(160, 120, 1_000)),
        (lambda: samples.png(noise=True), still("image/jpeg", 640, 480, 300)),
    ],
)
def test_what_can_never_fit_is_said_so(
    make: Callable[[], bytes], recipe: Recipe, tmp_path: Path
) -> None:
    source = written(tmp_path, make())
    with pytest.raises(Unusable) as refusal:
        render(source, recipe, tmp_path / "out", ignore)
    assert refusal.value.code == "cannot_be_small_enough"
    assert list(tmp_path.iterdir()) == [source]


def _gaps(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    return [later - earlier for earlier, later in pairwise(times)]


def _pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]
