"""X's rules for what is to be published, as problems in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_media.enums import StepKind
from social_media.platforms.base import Draft, Option, Part, Problem
from social_media.platforms.blank import is_blank
from social_media.platforms.x.counting import (
    count_cashtags,
    invalid_characters,
    measure,
)

#: "everyone" is X's default: the field is left out.
REPLY_SETTINGS = ("everyone", "following", "mentionedUsers", "subscribers", "verified")

OPTIONS = (
    Option(
        name="reply_settings",
        label="Who can reply",
        choices=REPLY_SETTINGS,
        help="Applies to the first post of a thread.",
    ),
)


def problems_of(
    draft: Draft, *, max_length: int, max_cashtags: int
) -> Iterator[Problem]:
    """Every rule of X that `draft` breaks."""
    if not draft.parts:
        yield Problem("empty", "content", "Write something: X takes no empty post.")
    for field, part in _by_field(draft):
        yield from _problems_of_text(field, part.text, max_length, max_cashtags)
    yield from _problems_of_options(draft.options)


def _by_field(draft: Draft) -> Iterator[tuple[str, Part]]:
    """Each part under the name that the person who wrote it knows it by."""
    threaded = 0
    for part in draft.parts:
        if part.kind == StepKind.THREAD_PART:
            yield f"thread.{threaded}", part
            threaded += 1
        else:
            first = part.kind == StepKind.FIRST_COMMENT
            yield "first_comment" if first else "content", part


def _problems_of_text(
    field: str, text: str, max_length: int, max_cashtags: int
) -> Iterator[Problem]:
    if is_blank(text):
        yield Problem("empty", field, "Write something: X takes no empty post.")
        return
    invalid = invalid_characters(text)
    if invalid:
        names = ", ".join(invalid)
        yield Problem(
            "invalid_characters", field, f"X does not take these characters: {names}."
        )
    length = measure(text)
    if length > max_length:
        yield Problem(
            "too_long",
            field,
            f"Too long for X: {length:,} of {max_length:,} characters, the way X "
            "counts (a link is 23, an emoji or a Chinese character 2).",
        )
    cashtags = count_cashtags(text)
    if cashtags > max_cashtags:
        yield Problem(
            "too_many_cashtags",
            field,
            f"X allows {max_cashtags} cashtag per post; there are {cashtags}.",
        )


def _problems_of_options(options: Mapping[str, Any]) -> Iterator[Problem]:
    known = {option.name: option for option in OPTIONS}
    for name, value in options.items():
        option = known.get(name)
        if option is None:
            yield Problem(
                "unknown_option", f"options.{name}", f"X has no option named {name}."
            )
        elif value is not None and value not in option.choices:
            choices = ", ".join(option.choices)
            yield Problem(
                "invalid_choice", f"options.{name}", f"Choose one of: {choices}."
            )
