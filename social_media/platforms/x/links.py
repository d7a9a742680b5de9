"""Where X sees a link in a text: with or without a scheme, if the domain's end exists.

twitter-text-parser has X's patterns and its list of top-level domains. Around it:
a guard against its running time, which grows fast with the dots or brackets in a row.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.resources import files
from types import ModuleType
from typing import Any, NamedTuple, cast

import regex

#: How many of a character may stand between two slashes or spaces. No real link has
#: more, and the patterns take seconds for them. Past it the text counts as typed.
MOST = {".": 12, "(": 12}

_PIECES = regex.compile(r"[^\s/]+")


class Link(NamedTuple):
    """A link in a text, by its code points."""

    start: int
    end: int
    url: str


def find_links(text: str) -> list[Link]:
    """Every link of `text`, in order."""
    if "." not in text:
        return []
    bounded = _PIECES.sub(_bound, text)
    return [
        Link(found["indices"][0], found["indices"][1], found["url"])
        for found in _extract(bounded)
    ]


def _bound(match: Any) -> str:
    piece: str = match.group()
    for character, most in MOST.items():
        if piece.count(character) > most:
            piece = piece.replace(character, " ")
    return piece


def _load() -> Callable[[str], list[dict[str, Any]]]:
    """The library's extractor.

    It reads one file of its own through pkg_resources, which newer versions of
    setuptools don't have any more: a stand-in takes its place during the import.
    """
    stand_in = ModuleType("pkg_resources")
    stand_in.resource_string = _read  # type: ignore[attr-defined]
    real = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        from twitter_text.extract_urls import extract_urls_with_indices
    finally:
        if real is None:
            del sys.modules["pkg_resources"]
        else:
            sys.modules["pkg_resources"] = real
    return cast("Callable[[str], list[dict[str, Any]]]", extract_urls_with_indices)


def _read(module: str, name: str) -> bytes:
    return files(module.rpartition(".")[0]).joinpath(name).read_bytes()


_extract = _load()
