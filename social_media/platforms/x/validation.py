"""X's rules for what is to be published, as problems in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_media.platforms.base import Draft, Option, Part, Problem
from social_media.platforms.blank import is_blank
from social_media.platforms.media import MediaRules
from social_media.platforms.parts import (
    named_parts,
    problems_of_media,
    shows_nothing,
)
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
    draft: Draft, *, max_length: int, max_cashtags: int, media: MediaRules
) -> Iterator[Problem]:
    """Every rule of X that `draft` breaks."""
    if not draft.parts:
        yield Problem("empty", "content", "Write something: X takes no empty post.")
    for field, part in named_parts(draft):
        yield from _problems_of_part(field, part, max_length, max_cashtags)
    yield from problems_of_media(draft, media, network="X")
    yield from _problems_of_options(draft.options)


def _problems_of_part(
    field: str, part: Part, max_length: int, max_cashtags: int
) -> Iterator[Problem]:
    if shows_nothing(part):
        yield Problem("empty", field, "Write something: X takes no empty post.")
    elif not is_blank(part.text):
        yield from _problems_of_text(field, part.text, max_length, max_cashtags)


def _problems_of_text(
    field: str, text: str, max_length: int, max_cashtags: int
) -> Iterator[Problem]:
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
