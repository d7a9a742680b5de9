"""What a server accepts in a draft."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from social_media.platforms.base import Draft, Option, Part, Problem
from social_media.platforms.mastodon.counting import status_length
from social_media.platforms.media import MediaRules
from social_media.platforms.parts import (
    named_parts,
    problems_of_media,
    shows_nothing,
)

VISIBILITIES = ("public", "unlisted", "private", "direct")

OPTIONS = (
    Option(
        "visibility",
        "Visibility",
        choices=VISIBILITIES,
        help="Left out: what the account's preferences say.",
    ),
    Option(
        "spoiler_text",
        "Content warning",
        kind="text",
        help="Counts towards the length; every part of a thread carries it.",
    ),
    Option("sensitive", "Media hidden until clicked", kind="flag"),
    Option(
        "language",
        "Language",
        kind="text",
        max_length=3,
        help="An ISO 639 code of two or three letters, such as en.",
    ),
)

# ISO 639-1, all of it. A language that has such a code has to use it; of the
# thousands of three-letter codes only the form is checked.
_TWO_LETTERS = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr "
    "cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu "
    "gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk "
    "kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms "
    "mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro "
    "ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk "
    "tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_THREE_LETTERS = re.compile(r"[a-z]{3}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Figures of one server, or the configured defaults."""

    max_characters: int
    url_length: int

    @classmethod
    def of(cls, settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> Limits:
        """What the server said of itself wins over `defaults`."""
        own = settings.get("limits", {})
        return cls(
            max_characters=own.get("max_characters", defaults["max_length"]),
            url_length=own.get(
                "characters_reserved_per_url", defaults["characters_per_url"]
            ),
        )


def problems_in(draft: Draft, limits: Limits, media: MediaRules) -> list[Problem]:
    """Every rule that `draft` breaks."""
    spoiler = str(draft.options.get("spoiler_text") or "")
    named = named_parts(draft)
    found = [_problem_of(part, field, spoiler, limits) for field, part in named]
    return [
        *filter(None, found),
        *problems_of_media(draft, media, network="Mastodon"),
        *_problems_of_options(draft.options),
    ]


def _problem_of(part: Part, field: str, spoiler: str, limits: Limits) -> Problem | None:
    if shows_nothing(part):
        return Problem("empty", field, "Write something: Mastodon takes no empty post.")
    length = status_length(part.text, spoiler, url_length=limits.url_length)
    if length <= limits.max_characters:
        return None
    warning = ", content warning included" if spoiler else ""
    return Problem(
        "too_long",
        field,
        f"Too long for Mastodon: {length:,} characters{warning}; this server takes "
        f"{limits.max_characters:,}.",
    )


def _problems_of_options(options: Mapping[str, Any]) -> Iterator[Problem]:
    visibility, language = options.get("visibility"), options.get("language")
    for name in options.keys() - {option.name for option in OPTIONS}:
        yield Problem("unknown", f"options.{name}", "Mastodon has no such option.")
    if visibility is not None and visibility not in VISIBILITIES:
        yield _invalid("visibility", f"Choose one of {', '.join(VISIBILITIES)}.")
    if not isinstance(options.get("spoiler_text", ""), str | None):
        yield _invalid("spoiler_text", "A content warning is text.")
    if not isinstance(options.get("sensitive", False), bool | None):
        yield _invalid("sensitive", "Say true or false.")
    if language is not None and not is_language(language):
        yield _invalid("language", "Use an ISO 639 code of two or three letters.")


def is_language(code: object) -> bool:
    """Whether `code` can be an ISO 639-1 or 639-3 code."""
    if not isinstance(code, str):
        return False
    return code in _TWO_LETTERS.split() or _THREE_LETTERS.fullmatch(code) is not None


def _invalid(option: str, message: str) -> Problem:
    return Problem("invalid", f"options.{option}", message)
