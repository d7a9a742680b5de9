"""Bluesky's rules for text: grapheme clusters and bytes, both at once."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from social_media.platforms.base import Draft, Part, Problem
from social_media.platforms.config import NetworkConfig
from social_media.platforms.parts import named_parts, shows_nothing

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
        for field, part in named_parts(draft)
        for code, message in _reasons(part, config)
    ]


def _reasons(part: Part, config: NetworkConfig) -> Iterator[tuple[str, str]]:
    text = part.text
    max_length, max_bytes = config.limits["max_length"], config.limits["max_bytes"]
    length, size = graphemes(text), len(text.encode("utf-8", "surrogatepass"))
    if shows_nothing(part):
        yield "empty", "Write something first."
    if _SURROGATE.search(text):
        yield "invalid_text", "The text has half a character in it."
    if length > max_length:
        most = f"at most {max_length:,} characters"
        yield "too_long", f"Bluesky takes {most}; this has {length:,}."
    if size > max_bytes:
        most = f"at most {max_bytes:,} bytes, and emoji take many"
        yield "too_many_bytes", f"Bluesky takes {most}; this has {size:,}."
