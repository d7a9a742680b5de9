"""What is made of a file before a network takes it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.networks import LIMITS
from social_media.enums import MediaKind
from social_media.platforms.bluesky.media_rules import media_rules as bluesky_rules
from social_media.platforms.mastodon.media_rules import media_rules as mastodon_rules
from social_media.platforms.media import (
    Facts,
    GifRules,
    ImageRules,
    MediaItem,
    MediaRules,
    Recipe,
    VideoRules,
    media_problems,
    recipe_for,
)
from social_media.platforms.x.media_rules import media_rules as x_rules

X = x_rules(LIMITS["x"])
BLUESKY = bluesky_rules(LIMITS["bluesky"])
MASTODON = mastodon_rules({}, LIMITS["mastodon"])

sides = st.integers(2, 9000)
limits = st.none() | st.integers(16, 5000)
sizes = st.integers(1, 20_000_000)


def image(width: int, height: int, **more: object) -> Facts:
    known = Facts(MediaKind.IMAGE, "image/jpeg", 1000, "ab", width, height)
    return replace(known, **more)


def clip(width: int, height: int, **more: object) -> Facts:
    known = Facts(
        MediaKind.VIDEO,
        "video/mp4",
        1000,
        "ab",
        width,
        height,
        duration=10.0,
        frame_rate=25.0,
        video_codec="h264",
        audio_codec="aac",
    )
    return replace(known, **more)


def animation(width: int, height: int, **more: object) -> Facts:
    known = Facts(
        MediaKind.GIF,
        "image/gif",
        1000,
        "ab",
        width,
        height,
        duration=2.0,
        frame_rate=10.0,
        frames=20,
    )
    return replace(known, **more)


@st.composite
def rules(draw: st.DrawFn) -> MediaRules:
    least = draw(st.none() | st.sampled_from([1 / 3, 0.5, 0.8, 4 / 5]))
    most = draw(st.none() | st.sampled_from([1.0, 1.91, 16 / 9, 3]))
    return MediaRules(
        image=ImageRules(
            max_bytes=draw(sizes),
            types=draw(
                st.sampled_from(
                    [("image/jpeg", "image/png"), ("image/jpeg",), ("image/png",)]
                )
            ),
            max_width=draw(limits),
            max_height=draw(limits),
            max_pixels=draw(st.none() | st.integers(1000, 10**7)),
            min_ratio=least,
            max_ratio=most,
        ),
        gif=GifRules(
            max_bytes=draw(sizes),
            max_width=draw(limits),
            max_height=draw(limits),
            max_frames=draw(st.none() | st.integers(1, 400)),
            max_total_pixels=draw(st.none() | st.integers(100_000, 10**9)),
            max_pixels=draw(st.none() | st.integers(1000, 10**7)),
            as_video=draw(st.booleans()),
        ),
        video=VideoRules(
            max_bytes=draw(sizes),
            max_duration=draw(st.none() | st.integers(1, 300)),
            max_long=draw(limits),
            max_short=draw(limits),
            max_pixels=draw(st.none() | st.integers(1000, 10**7)),
            max_frame_rate=draw(st.none() | st.sampled_from([24, 30, 60])),
            min_ratio=least,
            max_ratio=most,
        ),
        max_alt=100,
    )


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    kind = draw(st.sampled_from(MediaKind))
    made = {
        MediaKind.IMAGE: image,
        MediaKind.GIF: animation,
        MediaKind.VIDEO: clip,
    }[kind](draw(sides), draw(sides), size=draw(sizes))
    if kind == MediaKind.IMAGE:
        types = ["image/jpeg", "image/png", "image/webp"]
        kept = draw(st.sampled_from(types))
        return replace(made, content_type=kept, transparent=draw(st.booleans()))
    rate = draw(st.sampled_from([10.0, 25.0, 50.0, 120.0]))
    frames = draw(st.none() | st.integers(2, 500)) if kind == MediaKind.GIF else None
    return replace(made, frame_rate=rate, frames=frames)


def problems(known: Facts, of: MediaRules) -> list[str]:
    found = media_problems([MediaItem("1", known)], of, network="It")
    return [code for _, (code, _) in found]


def made_of(known: Facts, recipe: Recipe) -> Facts:
    """A perfect rendition."""
    is_video = recipe.kind == MediaKind.VIDEO
    rate = known.frame_rate
    if recipe.max_frame_rate:
        rate = min(rate or math.inf, recipe.max_frame_rate)
    return replace(
        known,
        kind=recipe.kind,
        content_type=recipe.content_type,
        width=recipe.width,
        height=recipe.height,
        size=min(known.size, recipe.max_bytes),
        frame_rate=rate,
        frames=known.frames if recipe.kind == MediaKind.GIF else None,
        video_codec="h264" if is_video else "",
        audio_codec=known.audio_codec if is_video else "",
        transparent=known.transparent and recipe.content_type != "image/jpeg",
    )


@settings(max_examples=150, deadline=None)
@given(known=facts(), of=rules())
def test_what_a_recipe_makes_is_what_the_network_takes(
    known: Facts, of: MediaRules
) -> None:
    assume(problems(known, of) == [])
    recipe = recipe_for(known, of)
    if recipe is None:
        return
    made = made_of(known, recipe)
    assert recipe_for(made, of) is None
    # 2 pixels high, any odd pixel is a large part of the ratio.
    if min(made.width, made.height) >= 8:
        assert problems(made, of) == []


@settings(max_examples=150, deadline=None)
@given(known=facts(), of=rules())
def test_a_recipe_keeps_the_ratio_and_enlarges_nothing(
    known: Facts, of: MediaRules
) -> None:
    assume(problems(known, of) == [])
    recipe = recipe_for(known, of)
    if recipe is None:
        return
    assert recipe.width <= known.width
    assert recipe.height <= known.height
    # Each side is rounded down, of a video to an even one; the longer side may be cut
    # once more, to stay within the ratio.
    off = 2 if recipe.kind == MediaKind.VIDEO else 1
    cut = 1 + 4 * off
    around = [
        ((made - cut) / side, (made + cut) / side)
        for made, side in (
            (recipe.width, known.width),
            (recipe.height, known.height),
        )
    ]
    assert max(low for low, _ in around) <= min(high for _, high in around)
    if off == 2:
        assert (recipe.width % 2, recipe.height % 2) == (0, 0)


@settings(max_examples=80, deadline=None)
@given(width=sides, height=sides, size=sizes)
def test_orientation_makes_no_difference_to_a_video(
    width: int, height: int, size: int
) -> None:
    lying = recipe_for(clip(width, height, size=size, video_codec="vp9"), X)
    standing = recipe_for(clip(height, width, size=size, video_codec="vp9"), X)
    assert lying is not None
    assert standing is not None
    assume(1 / 3 <= width / height <= 3)
    assert (lying.width, lying.height) == (standing.height, standing.width)


@pytest.mark.parametrize("of", [X, BLUESKY, MASTODON])
def test_what_fits_stays_as_it_is(of: MediaRules) -> None:
    assert recipe_for(image(1200, 800), of) is None
    assert recipe_for(clip(1280, 720), of) is None
    assert recipe_for(clip(720, 1280, audio_codec=""), of) is None


@pytest.mark.parametrize(
    ("known", "of", "expected"),
    [
        (image(100, 50, content_type="image/avif"), X, ("image/jpeg", 100, 50)),
        (
            image(100, 50, content_type="image/avif", transparent=True),
            X,
            ("image/png", 100, 50),
        ),
        (image(9000, 6000, size=9_000_000), X, ("image/jpeg", 9000, 6000)),
        (image(9000, 6000), MASTODON, ("image/jpeg", 7054, 4703)),
        (animation(2560, 1080), X, ("image/gif", 1280, 540)),
        (animation(1280, 1080, frames=300), X, ("image/gif", 1088, 918)),
        (animation(1920, 1080), MASTODON, ("image/gif", 1280, 720)),
        (animation(321, 241), BLUESKY, ("video/mp4", 320, 240)),
        (animation(300, 200, content_type="image/webp"), X, ("image/gif", 300, 200)),
        (clip(3840, 2160), X, ("video/mp4", 1280, 720)),
        (clip(2160, 3840), X, ("video/mp4", 720, 1280)),
        # 1280 x 426 would be more than 3:1.
        (clip(3840, 1280), X, ("video/mp4", 1278, 426)),
        (clip(1280, 3840), X, ("video/mp4", 426, 1278)),
        (clip(640, 480, video_codec="hevc"), X, ("video/mp4", 640, 480)),
        (clip(640, 480, audio_codec="opus"), X, ("video/mp4", 640, 480)),
        (clip(640, 480, content_type="video/webm"), X, ("video/mp4", 640, 480)),
        (clip(640, 480, frame_rate=120.0), X, ("video/mp4", 640, 480)),
        (clip(640, 480, frame_rate=None), X, ("video/mp4", 640, 480)),
    ],
)
def test_what_becomes_of_it(
    known: Facts, of: MediaRules, expected: tuple[str, int, int]
) -> None:
    recipe = recipe_for(known, of)
    assert recipe is not None
    assert (recipe.content_type, recipe.width, recipe.height) == expected


def test_a_type_that_the_network_lacks_becomes_one_that_it_has() -> None:
    server = mastodon_rules(
        {"media": {"types": ["image/png", "image/jpeg", "video/mp4"]}},
        LIMITS["mastodon"],
    )
    webp = image(10, 10, content_type="image/webp")
    recipe = recipe_for(webp, server)
    assert recipe is not None
    assert recipe.content_type == "image/jpeg"
    gif = recipe_for(animation(10, 10), server)
    assert gif is not None
    assert gif.content_type == "video/mp4"


def test_a_recipes_key_is_of_its_contents() -> None:
    one, same, other = (
        recipe_for(clip(3840, height), X) for height in (2160, 2160, 2000)
    )
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.key == same.key != other.key
    assert len(one.key) == 32
    assert Recipe.of(one.document()) == one
