"""Variables in the texts of a recurring post: `{{date}}`, `{{counter}}` and others.

They stand for the occurrence's local time in the schedule's zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from social_media.platforms.base import Problem
from social_media.posts.composition import Composition, Destination

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_CODE = re.compile(r"%(.?)", re.DOTALL)
#: Of strftime: those that mean the same everywhere.
CODES = "aAbBdHjmMyY%"

_FORMATS: Mapping[str, str] = {
    "date": "%Y-%m-%d",
    "time": "%H:%M",
    "weekday": "%A",
    "month": "%B",
    "year": "%Y",
    "day": "%d",
}
_COUNTER = "counter"
VARIABLES = (*_FORMATS, _COUNTER)


def render(composition: Composition, *, number: int, local: datetime) -> Composition:
    """Every text with its variables filled in. Unknown ones stay as they are."""

    def fill(text: str) -> str:
        return _BRACES.sub(lambda found: _value(found, number, local), text)

    return _each_text(composition, fill)


def variable_problems(composition: Composition) -> list[Problem]:
    """Every variable and code that isn't known, by the path of its text."""
    return [
        Problem("unknown_variable", path, words)
        for path, text in _texts(composition)
        for words in _complaints(text)
    ]


def _value(found: re.Match[str], number: int, local: datetime) -> str:
    name, colon, codes = found[1].strip().partition(":")
    if name == _COUNTER and not colon:
        return str(number)
    if name == "date" and colon:
        return _formatted(local, codes)
    if name in _FORMATS and not colon:
        return local.strftime(_FORMATS[name])
    return found[0]


def _formatted(local: datetime, codes: str) -> str:
    """What C's strftime knows besides, such as %999d, stays as it is."""

    def value(found: re.Match[str]) -> str:
        known = found[1] and found[1] in CODES
        return local.strftime(found[0]) if known else found[0]

    return _CODE.sub(value, codes)


def _complaints(text: str) -> Iterator[str]:
    for found in _BRACES.finditer(text):
        name, colon, codes = found[1].strip().partition(":")
        if name not in VARIABLES:
            known = ", ".join(f"{{{{{one}}}}}" for one in VARIABLES)
            yield f"There is no variable {found[0][:60]}. There are {known}."
        elif colon and name != "date":
            yield f"{found[0][:60]}: only {{{{date:...}}}} takes codes."
        elif colon and (bad := _bad_code(codes)):
            known = " ".join(f"%{one}" for one in CODES)
            yield f"{{{{date:...}}}} does not know {bad}. It knows {known}."


def _bad_code(codes: str) -> str:
    for found in _CODE.finditer(codes):
        if not found[1] or found[1] not in CODES:
            return found[0]
    return "" if codes.strip() else "an empty format"


def _each_text(composition: Composition, fill: Callable[[str], str]) -> Composition:
    def filled(target: Destination) -> Destination:
        own, comment = target.content, target.first_comment
        return replace(
            target,
            content=None if own is None else fill(own),
            thread=tuple(map(fill, target.thread)),
            first_comment=None if comment is None else fill(comment),
        )

    return replace(
        composition,
        content=fill(composition.content),
        thread=tuple(map(fill, composition.thread)),
        first_comment=fill(composition.first_comment),
        targets=tuple(map(filled, composition.targets)),
    )


def _texts(composition: Composition) -> Iterator[tuple[str, str]]:
    """Every text with its path."""
    owners: list[tuple[str, Composition | Destination]] = [("", composition)]
    owners += [(f"targets.{n}.", one) for n, one in enumerate(composition.targets)]
    for prefix, owner in owners:
        yield f"{prefix}content", owner.content or ""
        for number, text in enumerate(owner.thread):
            yield f"{prefix}thread.{number}", text
        yield f"{prefix}first_comment", owner.first_comment or ""
