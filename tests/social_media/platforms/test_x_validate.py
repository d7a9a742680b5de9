"""X: what it takes, and what it doesn't."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from social_media.platforms.base import Draft, Part
from tests.social_media.platforms.x_answering import CREDENTIALS, at


def test_premium_accounts_may_write_more() -> None:
    premium = replace(CREDENTIALS, settings={"max_length": 25_000})
    draft = Draft([Part("a" * 281)])
    x = at(1)
    assert [p.code for p in x.validate(draft, CREDENTIALS)] == ["too_long"]
    assert x.validate(draft, premium) == []
    assert x.capabilities(premium).max_length == 25_000


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("$TSLA and $GME", ["too_many_cashtags"]),
        ("$TSLA", []),
        ("a\ufeffb", ["invalid_characters"]),
        ("a" + "\ud800" * 141, ["invalid_characters", "too_long"]),
        ("漢" * 140, []),
        ("漢" * 141, ["too_long"]),
    ],
)
def test_rules_of_the_text(text: str, codes: list[str]) -> None:
    problems = at(1).validate(Draft([Part(text)]))
    assert [p.code for p in problems] == codes


def test_a_draft_without_parts_is_empty() -> None:
    assert [p.code for p in at(1).validate(Draft([]))] == ["empty"]


@pytest.mark.parametrize("value", ["", "nobody", 1, True, [], {"a": 1}])
def test_choices_of_who_may_reply(value: Any) -> None:
    draft = Draft([Part("Hello")], options={"reply_settings": value})
    problems = at(1).validate(draft)
    assert [(p.code, p.field) for p in problems] == [
        ("invalid_choice", "options.reply_settings")
    ]
    draft = Draft([Part("Hello")], options={"reply_settings": None})
    assert at(1).validate(draft) == []
