"""Rules for media that no rendition can meet: told in words, never cropped or cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from social_media.enums import MediaKind
from social_media.platforms.media.facts import Facts, MediaItem
from social_media.platforms.media.rules import MediaRules

#: Code and words; the place is the caller's.
Reason = tuple[str, str]


def media_problems(
    items: Sequence[MediaItem], rules: MediaRules, *, network: str
) -> Iterator[tuple[int | None, Reason]]:
    """Every rule that the media of one part break.

    Yields the place of the item, None for the part as a whole, with code and words.
    """
    for reason in _of_choice(items, rules, network):
        yield None, reason
    for place, item in enumerate(items):
        for reason in (
            *_of_alt(item, rules, network),
            *_of_shape(item.facts, rules, network),
            *_of_time(item.facts, rules, network),
            *_of_frames(item.facts, rules, network),
        ):
            yield place, reason


def _of_choice(
    items: Sequence[MediaItem], rules: MediaRules, network: str
) -> Iterator[Reason]:
    images = sum(item.facts.kind == MediaKind.IMAGE for item in items)
    moving = len(items) - images
    if images and moving:
        words = (
            f"{network} takes images or one video or GIF in a post, not both. "
            "Put them into different parts of a thread."
        )
        yield "mixed_media", words
    if images > rules.max_images:
        most = _counted(rules.max_images, "image", "images")
        words = (
            f"{network} takes {most} in a post; there are {images}. Remove some, or "
            "put them into a thread."
        )
        yield "too_many_images", words
    if moving > rules.max_videos:
        most = _counted(rules.max_videos, "video or GIF", "videos or GIFs")
        words = (
            f"{network} takes {most} in a post; there are {moving}. Put them into "
            "different parts of a thread."
        )
        yield "too_many_videos", words


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _of_alt(item: MediaItem, rules: MediaRules, network: str) -> Iterator[Reason]:
    length = len(item.alt_text)
    if item.facts.kind in rules.alt_on and length > rules.max_alt:
        words = (
            f"{network} takes {rules.max_alt:,} characters of alternative text; this "
            f"has {length:,}."
        )
        yield "alt_text_too_long", words


def _of_shape(facts: Facts, rules: MediaRules, network: str) -> Iterator[Reason]:
    if facts.kind == MediaKind.GIF and not rules.gif.as_video:
        return
    of_kind = rules.image if facts.kind == MediaKind.IMAGE else rules.video
    least, most = of_kind.min_ratio, of_kind.max_ratio
    ratio = facts.width / facts.height
    if (least and ratio < least) or (most and ratio > most):
        words = (
            f"{network} takes a width to height of {_range(least, most)}; this is "
            f"{facts.width} x {facts.height}. Crop it as you like it."
        )
        yield "wrong_ratio", words
    side = None if facts.kind == MediaKind.IMAGE else rules.video.min_side
    if side and min(facts.width, facts.height) < side:
        words = (
            f"{network} takes videos of {side} x {side} pixels or more; this is "
            f"{facts.width} x {facts.height}. Upload a larger one."
        )
        yield "too_small", words


def _range(least: float | None, most: float | None) -> str:
    if least and most:
        return f"{_ratio(least)} to {_ratio(most)}"
    return f"{_ratio(least)} or more" if least else f"{_ratio(most or 0)} at most"


def _ratio(value: float) -> str:
    """As people write it: 1:3, 4:5, 191:100."""
    near = Fraction(value).limit_denominator(100)
    return f"{near.numerator}:{near.denominator}"


def _of_time(facts: Facts, rules: MediaRules, network: str) -> Iterator[Reason]:
    is_video = facts.kind == MediaKind.VIDEO
    becomes_one = facts.kind == MediaKind.GIF and rules.gif.as_video
    least, most = rules.video.min_duration, rules.video.max_duration
    if not (is_video or becomes_one) or not (least or most):
        return
    if facts.duration is None:
        # A GIF that says nothing of its time plays at a browser's pace: short enough.
        if is_video:
            words = "The length of this video is not known. Save it again as MP4."
            yield "unknown_duration", words
    elif least and facts.duration < least:
        words = (
            f"{network} takes videos of {least:g} seconds or more; this has "
            f"{facts.duration:.1f}."
        )
        yield "too_short", words
    elif most and facts.duration > most:
        words = (
            f"{network} takes videos of {most:g} seconds at most; this has "
            f"{facts.duration:.1f}. Cut it as you like it."
        )
        yield "video_too_long", words


def _of_frames(facts: Facts, rules: MediaRules, network: str) -> Iterator[Reason]:
    most = rules.gif.max_frames
    if facts.kind != MediaKind.GIF or rules.gif.as_video:
        return
    if most and facts.frames and facts.frames > most:
        words = (
            f"{network} takes animations of {most} frames at most; this has "
            f"{facts.frames}. Shorten it, or upload it as a video."
        )
        yield "too_many_frames", words
