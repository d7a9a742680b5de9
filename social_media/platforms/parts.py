"""A draft's parts under the names that the person who wrote them knows them by."""

from __future__ import annotations

from collections.abc import Iterator

from social_media.enums import StepKind
from social_media.platforms.base import Draft, Part, Problem
from social_media.platforms.blank import is_blank
from social_media.platforms.media import MediaRules, media_problems

_FIELDS = {StepKind.POST: "content", StepKind.FIRST_COMMENT: "first_comment"}
_ABOUT_ALT = "alt_text_too_long"


def named_parts(draft: Draft) -> Iterator[tuple[str, Part]]:
    """Each part with its path in the draft (`Problem.field`)."""
    threaded = 0
    for part in draft.parts:
        if part.kind == StepKind.THREAD_PART:
            yield f"thread.{threaded}", part
            threaded += 1
        else:
            yield _FIELDS[part.kind], part


def shows_nothing(part: Part) -> bool:
    """Whether readers would see neither words nor media."""
    return is_blank(part.text) and not part.media


def problems_of_media(
    draft: Draft, rules: MediaRules, *, network: str
) -> Iterator[Problem]:
    """Every rule for media that a part of `draft` breaks."""
    for field, part in named_parts(draft):
        base = "media" if part.kind == StepKind.POST else f"{field}.media"
        for place, (code, words) in media_problems(part.media, rules, network=network):
            path = base if place is None else f"{base}.{place}"
            yield Problem(
                code, f"{path}.alt_text" if code == _ABOUT_ALT else path, words
            )
