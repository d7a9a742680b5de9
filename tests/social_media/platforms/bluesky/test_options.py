"""What a person may set on a Bluesky post."""

from __future__ import annotations

from typing import Any

import pytest

from social_media.platforms.base import Draft, Part
from social_media.platforms.bluesky import BlueskyStrategy


def problems(strategy: BlueskyStrategy, text: str, **options: Any) -> list[str]:
    draft = Draft(parts=[Part(text)], options=options)
    return [problem.code for problem in strategy.validate(draft)]


class TestOptions:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"langs": ["en", "pt-BR", "zh-Hant-TW"]},
            {"langs": []},
            {"langs": None},
            {"labels": ["sexual", "nudity", "porn", "graphic-media"]},
            {"reply_control": "nobody"},
            {"reply_control": None},
        ],
    )
    def test_good_ones_pass(
        self, strategy: BlueskyStrategy, options: dict[str, Any]
    ) -> None:
        assert problems(strategy, "text", **options) == []

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("langs", ["en", "de", "fr", "it"], "invalid_option"),
            ("langs", ["english language"], "invalid_option"),
            ("langs", "en", "invalid_option"),
            ("langs", [1], "invalid_option"),
            ("labels", ["spider"], "invalid_option"),
            ("labels", "porn", "invalid_option"),
            ("reply_control", "friends", "invalid_option"),
            ("reply_control", ["nobody"], "invalid_option"),
            ("visibility", "private", "unknown_option"),
        ],
    )
    def test_bad_ones_are_named(
        self, strategy: BlueskyStrategy, name: str, value: Any, code: str
    ) -> None:
        draft = Draft(parts=[Part("text")], options={name: value})
        [problem] = strategy.validate(draft)
        assert (problem.code, problem.field) == (code, f"options.{name}")

    def test_every_option_says_what_it_takes(self, strategy: BlueskyStrategy) -> None:
        offered = {o.name: tuple(o.choices) for o in strategy.capabilities().options}
        assert offered == {
            "langs": (),
            "labels": ("sexual", "nudity", "porn", "graphic-media"),
            "reply_control": (
                "everyone",
                "nobody",
                "mentioned",
                "following",
                "followers",
            ),
        }
