"""Which rows a benchmark asks for; known to the parent and the process that writes."""

from __future__ import annotations

from social_media.enums import Platform

NETWORKS = tuple(Platform.values)
#: The rows must stand this long before they are due.
READY_SECONDS = 0.5
_START_SECONDS, _SECONDS_PER_POST = 1.5, 0.0006


def seconds_to_write(posts: int) -> float:
    """How far ahead posts must be due to be written in time, mostly."""
    return _START_SECONDS + _SECONDS_PER_POST * posts


def label_of(number: int) -> str:
    """An account's number as its label, in an order that the database keeps."""
    return f"{number:06d}"


def text_of(name: str, number: int) -> str:
    """What a post says: no two are the same."""
    return (
        f"{name} {number}: the new timetable is out, with more trains in the evening. "
        f"Have a look: https://example.org/timetable/{number} #trains"
    )
