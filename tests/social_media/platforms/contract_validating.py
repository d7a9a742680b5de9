"""What every network's strategy must say of a draft."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_media.enums import StepKind
from social_media.platforms.base import Draft, Part, Strategy
from tests.social_media.platforms.contract_hooks import StrategyHooks
from tests.social_media.platforms.media_steps import images, video

ANY_TEXT = st.text(max_size=400) | st.text(
    alphabet="a .@#$/:\n\u0301é漢👨‍👩‍👧🇩🇪http.com", max_size=80
)
#: Controls, formats, separators, lone marks, and letters without a shape.
UNSEEN = st.text(
    st.characters(categories=["Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Mc", "Me"])
    | st.sampled_from("\u3164\u115f\u1160\uffa0\u2800"),
    max_size=20,
)


class ValidatingContract(StrategyHooks):
    """Problems are named before anything is sent."""

    def test_ordinary_words_are_fine(self, strategy: Strategy) -> None:
        draft = Draft([Part("Hello"), Part("World", StepKind.THREAD_PART)])
        assert strategy.validate(draft) == []

    @pytest.mark.parametrize("text", ["", "   ", "\n\t"])
    def test_an_empty_post_is_a_problem(self, strategy: Strategy, text: str) -> None:
        assert [p.field for p in strategy.validate(Draft([Part(text)]))] == ["content"]

    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    @given(text=UNSEEN, visible=st.sampled_from("a1.漢ß🚂🩷"))
    def test_what_nobody_sees_is_empty(
        self, strategy: Strategy, text: str, visible: str
    ) -> None:
        draft = Draft(
            [
                Part(text),
                Part(text, StepKind.THREAD_PART),
                Part(text, StepKind.FIRST_COMMENT),
            ]
        )
        fields = ["content", "thread.0", "first_comment"]
        found = [p.field for p in strategy.validate(draft) if p.code == "empty"]
        assert found == fields
        seen = strategy.validate(Draft([Part(visible + text)]))
        assert [p for p in seen if p.code == "empty"] == []

    def test_media_need_no_words(self, strategy: Strategy) -> None:
        pictures = [upload.item for upload in images()]
        draft = Draft(
            [
                Part("", media=pictures),
                Part("\u200b", StepKind.THREAD_PART, media=pictures[:1]),
            ]
        )
        assert strategy.validate(draft) == []

    def test_media_are_named_where_they_stand(self, strategy: Strategy) -> None:
        rules = strategy.capabilities().media
        assert rules is not None
        pictures = [upload.item for upload in images(rules.max_images + 1)]
        [clip] = [upload.item for upload in video()]
        wordy = replace(pictures[1], alt_text="a" * (rules.max_alt + 1))
        draft = Draft(
            [
                Part("One", media=pictures),
                Part("Two", StepKind.THREAD_PART, media=[pictures[0], wordy]),
                Part("Three", StepKind.THREAD_PART, media=[pictures[0], clip]),
                Part("Comment", StepKind.FIRST_COMMENT),
            ]
        )
        problems = strategy.validate(draft)
        assert [(p.code, p.field) for p in problems] == [
            ("too_many_images", "media"),
            ("alt_text_too_long", "thread.0.media.1.alt_text"),
            ("mixed_media", "thread.1.media"),
        ]
        assert f"{rules.max_alt + 1:,}" in problems[1].message

    def test_a_part_of_its_own_media_is_named_by_its_place(
        self, strategy: Strategy
    ) -> None:
        rules = strategy.capabilities().media
        assert rules is not None
        if not rules.video.max_duration:
            return
        seconds = rules.video.max_duration + 1
        [clip] = [upload.item for upload in video()]
        long = replace(clip, facts=replace(clip.facts, duration=seconds))
        problems = strategy.validate(Draft([Part("Hello", media=[long])]))
        assert [(p.code, p.field) for p in problems] == [("video_too_long", "media.0")]

    def test_too_long_a_part_is_named_with_its_length(self, strategy: Strategy) -> None:
        limit = strategy.capabilities().max_length
        fits, long = "a" * limit, "a" * (limit + 7)
        draft = Draft(
            [
                Part(long),
                Part(fits, StepKind.THREAD_PART),
                Part(long, StepKind.THREAD_PART),
                Part(long, StepKind.FIRST_COMMENT),
            ]
        )
        problems = strategy.validate(draft)
        assert [p.field for p in problems] == ["content", "thread.1", "first_comment"]
        for problem in problems:
            assert f"{limit + 7:,}" in problem.message
            assert f"{limit:,}" in problem.message

    def test_unknown_options_are_problems(self, strategy: Strategy) -> None:
        draft = Draft([Part("Hello")], options={"no_such_option": "x"})
        assert [p.field for p in strategy.validate(draft)] == ["options.no_such_option"]

    def test_options_with_bad_values_are_problems(self, strategy: Strategy) -> None:
        for name, value in self.bad_options.items():
            draft = Draft([Part("Hello")], options={name: value})
            fields = [p.field for p in strategy.validate(draft)]
            assert fields == [f"options.{name}"], (name, value)

    @settings(
        deadline=None,
        max_examples=60,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(text=ANY_TEXT)
    def test_any_text_is_measured_and_validated(
        self, strategy: Strategy, text: str
    ) -> None:
        assert strategy.measure(text) >= 0
        for problem in strategy.validate(Draft([Part(text)])):
            assert problem.field == "content"
            assert problem.message
