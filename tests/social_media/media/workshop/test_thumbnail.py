from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from social_media.enums import MediaKind
from social_media.media.workshop import thumbnail
from tests import media_samples as samples
from tests.social_media.media.workshop.workbench import written


@pytest.mark.parametrize(
    ("make", "content_type", "size"),
    [
        (samples.jpeg, "image/jpeg", (480, 360)),
        (lambda: samples.png(300, 900), "image/jpeg", (160, 480)),
        (lambda: samples.jpeg(100, 50), "image/jpeg", (100, 50)),
        (lambda: samples.png(transparent=True), "image/png", (480, 360)),
        (samples.webp, "image/jpeg", (480, 360)),
        (samples.gif, "image/jpeg", (160, 120)),
        (lambda: samples.mp4(width=640, height=360), "image/jpeg", (480, 270)),
        (lambda: samples.mp4(rotation=90), "image/jpeg", (240, 320)),
        (samples.webm, "image/jpeg", (320, 240)),
    ],
)
def test_a_small_picture(
    make: Callable[[], bytes],
    content_type: str,
    size: tuple[int, int],
    tmp_path: Path,
) -> None:
    target = tmp_path / "small"
    facts = thumbnail(written(tmp_path, make()), target)
    assert (facts.kind, facts.content_type) == (MediaKind.IMAGE, content_type)
    assert (facts.width, facts.height) == size
    with Image.open(target) as image:
        assert (Image.MIME[image.format], image.size) == (content_type, size)


def test_a_videos_is_not_the_black_first_frame(tmp_path: Path) -> None:
    target = tmp_path / "small"
    thumbnail(written(tmp_path, samples.mp4(3)), target)
    with Image.open(target) as image:
        assert ImageStat.Stat(image.convert("L")).mean[0] > 60
