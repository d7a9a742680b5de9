"""Telling the posts apart that a look-up finds, by the media that they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from social_media.platforms.base import Step
from social_media.platforms.mastodon import shown_media as on_mastodon
from social_media.platforms.media import Upload
from social_media.platforms.x import shown_media as on_x
from tests.social_media.platforms.media_steps import gif, images, video, with_media
from tests.social_media.platforms.x_answering import step


def sent(text: str, media: Sequence[Upload]) -> Step:
    """Uploaded under the ids 1, 2 ..."""
    held = {upload.key: {"id": str(n)} for n, upload in enumerate(media, 1)}
    made = with_media(step(text), media)
    return replace(made, checkpoint={"uploads": held})


TWO = images(2)


@pytest.mark.parametrize(
    ("text", "media", "keys", "types", "expected"),
    [
        ("Hi", [], [], [], True),
        ("Hi", [], ["3_9"], ["photo"], False),
        ("Hi", TWO, [], [], False),
        ("Hi", TWO, ["3_8", "3_9"], ["photo", "photo"], True),
        ("Hi", TWO, ["3_8"], ["photo"], False),
        ("Hi", TWO, ["3_8", "3_9"], ["photo", "video"], False),
        ("Hi", TWO, ["3_8", "3_9"], [], True),  # X told no types
        ("Hi", gif(), ["16_9"], ["animated_gif"], True),
        ("Hi", video(), ["16_9"], ["animated_gif"], False),
        ("", TWO, ["3_1", "3_2"], ["photo", "photo"], True),
        ("", TWO, ["3_8", "3_9"], ["photo", "photo"], False),
        ("", TWO, ["3_11", "3_21"], ["photo", "photo"], False),
        ("", video(), ["7_1"], ["video"], True),
    ],
)
def test_posts_of_x(
    text: str, media: Any, keys: list[str], types: list[str], expected: bool
) -> None:
    tweet = {"id": "5", "attachments": {"media_keys": keys}} if keys else {"id": "5"}
    media_in = [
        {"media_key": key, "type": kind} for key, kind in zip(keys, types, strict=False)
    ]
    known = on_x.types_in({"includes": {"media": media_in}})
    assert on_x.shows_media_of(tweet, known, sent(text, media)) is expected


@pytest.mark.parametrize("page", [{}, {"includes": []}, {"includes": {"media": [1]}}])
def test_pages_of_x_without_types(page: dict[str, Any]) -> None:
    assert on_x.types_in(page) == {}


@pytest.mark.parametrize(
    ("text", "media", "shown", "expected"),
    [
        ("Hi", [], None, True),
        ("Hi", [], [("9", "image")], False),
        ("Hi", TWO, [], False),
        ("Hi", TWO, [("8", "image"), ("9", "image")], True),
        ("Hi", TWO, [("8", "image"), ("9", "video")], False),
        ("Hi", TWO, [("8", "unknown"), ("9", "image")], True),
        ("Hi", video(), [("9", "gifv")], True),  # a silent one is shown so
        ("Hi", gif(), [("9", "gifv")], True),
        ("", TWO, [("1", "image"), ("2", "image")], True),
        ("\u200b", TWO, [("8", "image"), ("9", "image")], False),
        ("", TWO, [("8", "image"), ("9", "image")], False),
    ],
)
def test_statuses_of_mastodon(
    text: str, media: Any, shown: list[tuple[str, str]] | None, expected: bool
) -> None:
    status: dict[str, Any] = {"id": "5"}
    if shown is not None:
        attached = [{"id": media_id, "type": kind} for media_id, kind in shown]
        status["media_attachments"] = attached
    assert on_mastodon.shows_media_of(status, sent(text, media)) is expected
