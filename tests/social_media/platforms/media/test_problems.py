"""What no rendition can make fit, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.networks import LIMITS
from social_media.platforms.media import (
    Facts,
    GifRules,
    ImageRules,
    MediaItem,
    MediaRules,
    VideoRules,
    media_problems,
)
from social_media.platforms.x.media_rules import media_rules as x_rules
from tests.social_media.platforms.media.test_recipe import (
    BLUESKY,
    MASTODON,
    animation,
    clip,
    image,
)

X = x_rules(LIMITS["x"])


def told(*known: Facts, of: MediaRules = X, alt: str = "") -> list[tuple[str, str]]:
    items = [MediaItem(str(n), facts, alt_text=alt) for n, facts in enumerate(known)]
    return [
        (f"{'' if place is None else place}{code}", words)
        for place, (code, words) in media_problems(items, of, network="X")
    ]


def codes(*known: Facts, of: MediaRules = X, alt: str = "") -> list[str]:
    return [code for code, _ in told(*known, of=of, alt=alt)]


PICTURE, GIF, CLIP = image(100, 100), animation(100, 100), clip(100, 100)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([PICTURE] * 4, []),
        ([PICTURE] * 5, ["too_many_images"]),
        ([CLIP], []),
        ([GIF], []),
        ([CLIP, GIF], ["too_many_videos"]),
        ([PICTURE, CLIP], ["mixed_media"]),
        ([GIF, PICTURE, PICTURE], ["mixed_media"]),
    ],
)
def test_what_goes_together(known: list[Facts], expected: list[str]) -> None:
    assert codes(*known) == expected


def test_words_count_right() -> None:
    one = replace(X, max_images=1)
    [(_, words)] = told(PICTURE, PICTURE, of=one)
    assert words.startswith("X takes 1 image in a post; there are 2.")
    [(_, words)] = told(CLIP, CLIP)
    assert words.startswith("X takes 1 video or GIF in a post; there are 2.")
    [(_, words)] = told(CLIP, CLIP, CLIP, of=replace(X, max_videos=2))
    assert words.startswith("X takes 2 videos or GIFs in a post; there are 3.")


def test_long_descriptions() -> None:
    assert codes(PICTURE, PICTURE, alt="a" * 1000) == []
    assert codes(PICTURE, PICTURE, alt="a" * 1001) == [
        "0alt_text_too_long",
        "1alt_text_too_long",
    ]
    assert codes(CLIP, alt="a" * 1001) == []  # X shows none
    assert codes(CLIP, of=BLUESKY, alt="a" * 2001) == ["0alt_text_too_long"]


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (None, 3, "a width to height of 3:1 at most"),
        (1 / 3, None, "a width to height of 1:3 or more"),
        (4 / 5, 1.91, "a width to height of 4:5 to 191:100"),
    ],
)
def test_ratios_are_told_as_people_write_them(
    least: float | None, most: float | None, words: str
) -> None:
    shaped = ImageRules(max_bytes=10, min_ratio=least, max_ratio=most)
    bad = image(1000, 100) if most else image(100, 1000)
    [(code, told_words)] = told(bad, of=replace(X, image=shaped))
    assert code == "0wrong_ratio"
    assert words in told_words
    assert f"{bad.width} x {bad.height}" in told_words


def test_a_video_that_is_too_small_is_told() -> None:
    assert codes(clip(32, 32)) == []
    assert codes(clip(40, 31)) == ["0too_small"]
    assert codes(clip(10, 10), of=MASTODON) == []


def test_a_ratio_at_its_limit_is_fine() -> None:
    assert codes(clip(300, 100)) == []
    assert codes(clip(100, 300)) == []
    assert codes(clip(301, 100)) == ["0wrong_ratio"]
    assert codes(clip(100, 301)) == ["0wrong_ratio"]
    assert codes(animation(1000, 100)) == []  # X shows GIFs of any


@pytest.mark.parametrize(
    ("known", "of", "expected"),
    [
        (clip(100, 100, duration=140.0), X, []),
        (clip(100, 100, duration=140.1), X, ["0video_too_long"]),
        (clip(100, 100, duration=0.4), X, ["0too_short"]),
        (clip(100, 100, duration=None), X, ["0unknown_duration"]),
        (clip(100, 100, duration=None), MASTODON, []),
        (clip(100, 100, duration=9000.0), MASTODON, []),
        (animation(10, 10, duration=500.0), X, []),
        (animation(10, 10, duration=None), X, []),
        (animation(10, 10, duration=181.0), BLUESKY, ["0video_too_long"]),
        (animation(10, 10, duration=None), BLUESKY, []),
        (animation(10, 10, frames=350), X, []),
        (animation(10, 10, frames=351), X, ["0too_many_frames"]),
        (animation(10, 10, frames=None), X, []),
        (animation(10, 10, frames=9000), BLUESKY, []),
    ],
)
def test_time_and_frames(known: Facts, of: MediaRules, expected: list[str]) -> None:
    assert codes(known, of=of) == expected


def test_a_gif_that_becomes_a_video_keeps_the_videos_rules() -> None:
    of = MediaRules(
        image=ImageRules(max_bytes=10),
        gif=GifRules(max_bytes=10, max_frames=5, as_video=True),
        video=VideoRules(max_bytes=10, min_duration=1, max_ratio=2),
        max_alt=10,
    )
    assert codes(animation(100, 100, duration=1.0), of=of) == []
    short = animation(500, 100, duration=0.5)
    assert codes(short, of=of) == ["0wrong_ratio", "0too_short"]
