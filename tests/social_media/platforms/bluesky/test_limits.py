"""Bluesky counts grapheme clusters and bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.networks import LIMITS
from social_media.enums import StepKind
from social_media.platforms.base import Draft, Part
from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.config import NetworkConfig

COUPLE = "👩\u200d❤\ufe0f\u200d👨"


def problems(strategy: BlueskyStrategy, text: str, **options: Any) -> list[str]:
    draft = Draft(parts=[Part(text)], options=options)
    return [problem.code for problem in strategy.validate(draft)]


class TestLength:
    @pytest.mark.parametrize(
        ("text", "length"),
        [
            ("", 0),
            ("abc", 3),
            ("e\u0301", 1),
            (COUPLE, 1),
            ("🇩🇪🇫🇷", 2),
            ("👍🏽", 1),
            ("a\r\nb", 3),
            ("नि", 1),
            ("1️⃣", 1),
        ],
    )
    def test_what_a_reader_sees_is_counted(
        self, strategy: BlueskyStrategy, text: str, length: int
    ) -> None:
        assert strategy.measure(text) == length

    def test_a_link_counts_in_full(self, strategy: BlueskyStrategy) -> None:
        link = "https://example.com/" + "a" * 200
        assert strategy.measure(link) == 220

    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("a" * 300, []),
            ("a" * 301, ["too_long"]),
            ("e\u0301" * 300, []),
            ("漢" * 300, []),
            (COUPLE * 300, ["too_many_bytes"]),
            (COUPLE * 150, []),
            (COUPLE * 301, ["too_long", "too_many_bytes"]),
            ("🇩🇪" * 300, []),
            ("a" + "\u0301" * 1499, []),
            ("a" + "\u0301" * 1500, ["too_many_bytes"]),
            ("", ["empty"]),
            (" \n\t", ["empty"]),
            ("half \ud83d", ["invalid_text"]),
        ],
    )
    def test_graphemes_and_bytes_both_hold(
        self, strategy: BlueskyStrategy, text: str, codes: list[str]
    ) -> None:
        assert problems(strategy, text) == codes

    def test_limits_are_configuration(self) -> None:
        strategy = BlueskyStrategy(
            NetworkConfig(
                api_url="",
                limits={**LIMITS["bluesky"], "max_length": 5, "max_bytes": 6},
            )
        )
        assert problems(strategy, "abcde") == []
        assert problems(strategy, "abcdef") == ["too_long"]
        assert problems(strategy, "ééé") == []
        assert problems(strategy, "éééé") == ["too_many_bytes"]

    def test_each_part_is_named_by_its_place(self, strategy: BlueskyStrategy) -> None:
        long = "a" * 301
        draft = Draft(
            parts=[
                Part(long),
                Part("fine", StepKind.THREAD_PART),
                Part(long, StepKind.THREAD_PART),
                Part(long, StepKind.FIRST_COMMENT),
            ]
        )
        fields = [problem.field for problem in strategy.validate(draft)]
        assert fields == ["content", "thread.1", "first_comment"]

    def test_words_say_how_long_it_is(self, strategy: BlueskyStrategy) -> None:
        [problem] = strategy.validate(Draft(parts=[Part("a" * 1301)]))
        assert problem.message == (
            "Bluesky takes at most 300 characters; this has 1,301."
        )

    def test_a_draft_without_parts_is_empty(self, strategy: BlueskyStrategy) -> None:
        [problem] = strategy.validate(Draft(parts=[]))
        assert (problem.code, problem.field) == ("empty", "content")

    @given(
        text=st.text(),
        value=st.none()
        | st.integers()
        | st.text()
        | st.lists(st.text() | st.integers()),
    )
    def test_validate_never_crashes(self, text: str, value: Any) -> None:
        strategy = BlueskyStrategy(NetworkConfig(api_url="", limits=LIMITS["bluesky"]))
        names = ("langs", "labels", "reply_control", "other")
        draft = Draft(parts=[Part(text)], options=dict.fromkeys(names, value))
        fields = {problem.field for problem in strategy.validate(draft)}
        assert fields <= {"content", *(f"options.{name}" for name in names)}
