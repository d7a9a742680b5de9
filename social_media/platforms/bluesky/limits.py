"""Bluesky's rules for text: grapheme clusters and bytes, both at once."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from social_media.enums import StepKind
from social_media.platforms.base import Draft, Part, Problem
from social_media.platforms.blank import is_blank
from social_media.platforms.config import NetworkConfig

_GRAPHEME = regex.compile(r"\X")
_SURROGATE = regex.compile(r"[\uD800-\uDFFF]")


def graphemes(text: str) -> int:
    """How many characters a reader sees (extended grapheme clusters of UAX 29)."""
    return sum(1 for _ in _GRAPHEME.finditer(text))


def text_problems(draft: Draft, config: NetworkConfig) -> list[Problem]:
    """Every part of `draft` that is empty, too long or no text at all."""
    if not draft.parts:
        return [Problem("empty", "content", "Write something first.")]
    return [
        Problem(code, field, message)
        for field, part in _named(draft)
        for code, message in _reasons(part.text, config)
    ]


def _named(draft: Draft) -> Iterator[tuple[str, Part]]:
    """Each part with its path in the draft."""
    threaded = 0
    for part in draft.parts:
        if part.kind is StepKind.THREAD_PART:
            yield f"thread.{threaded}", part
            threaded += 1
        else:
            yield _FIELDS[part.kind], part


_FIELDS = {StepKind.POST: "content", StepKind.FIRST_COMMENT: "first_comment"}


def _reasons(text: str, config: NetworkConfig) -> Iterator[tuple[str, str]]:
    max_length, max_bytes = config.limits["max_length"], config.limits["max_bytes"]
    length, size = graphemes(text), len(text.encode("utf-8", "surrogatepass"))
    if is_blank(text):
        yield "empty", "Write something first."
    if _SURROGATE.search(text):
        yield "invalid_text", "The text has half a character in it."
    if length > max_length:
        most = f"at most {max_length:,} characters"
        yield "too_long", f"Bluesky takes {most}; this has {length:,}."
    if size > max_bytes:
        most = f"at most {max_bytes:,} bytes, and emoji take many"
        yield "too_many_bytes", f"Bluesky takes {most}; this has {size:,}."
