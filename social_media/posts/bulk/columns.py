"""The columns of a table of posts, the same in and out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from social_media.enums import Platform
from social_media.posts.bulk.report import Finding
from social_media.posts.limits import MAX_FILES, MAX_PARTS

#: Prefix of a network's own text, for all of a row's accounts there.
OWN = "content_"
OWN_CONTENT = tuple(f"{OWN}{platform.value}" for platform in Platform)

#: In the order in which they are written.
PLAIN = (
    "content",
    *OWN_CONTENT,
    "accounts",
    "scheduled_time",
    "timezone",
    "queue",
    "recurrence",
    "recurrence_excluded",
    "labels",
    "first_comment",
    "late_policy",
    "late_minutes",
    "targets",
)
#: Keys of a line of JSON: lists stand where a table has numbered columns.
KEYS = (*PLAIN, "thread", "media", "thread_media")

#: A table that has every column once.
MAX_COLUMNS = len(PLAIN) + MAX_PARTS + 2 * MAX_FILES * (1 + MAX_PARTS)
_NUMBERED = re.compile(
    r"(?:thread_(?P<part>[1-9]\d?\d?)(?:_(?=media|alt))?)?"
    r"(?:(?P<kind>media|alt)_(?P<place>[1-9]\d?))?"
)
_SHOWN = (
    f"{', '.join(PLAIN)}, thread_1 to thread_{MAX_PARTS}, media_1 and alt_1 to "
    f"media_{MAX_FILES} and alt_{MAX_FILES}, thread_1_media_1, thread_1_alt_1 and so on"
)


def numbered(name: str) -> tuple[int, str, int] | None:
    """The part (0: the post itself), "text", "media" or "alt", and the place from 0.

    None for what is no numbered column.
    """
    found = _NUMBERED.fullmatch(name)
    if not name or found is None:
        return None
    part, place = int(found["part"] or 0), int(found["place"] or 1)
    if part > MAX_PARTS or place > MAX_FILES:
        return None
    return part, found["kind"] or "text", place - 1


def text_column(part: int) -> str:
    """Of the text of a part of the thread, from 1 on."""
    return f"thread_{part}"


def media_column(part: int, place: int, kind: str = "media") -> str:
    """Of a file, or of its "alt", in a part; `place` from 0 on."""
    prefix = f"thread_{part}_" if part else ""
    return f"{prefix}{kind}_{place + 1}"


def known(name: str) -> bool:
    """Whether a table may have it."""
    return name in PLAIN or numbered(name) is not None


def header_problems(names: Sequence[str]) -> Iterator[Finding]:
    """What is wrong with a table's header."""
    if len(names) > MAX_COLUMNS:
        words = f"The first row has {len(names)} columns; {MAX_COLUMNS} are the most."
        yield Finding(1, "", "too_many_columns", words)
        return
    for name, count in Counter(names).items():
        if not known(name):
            shown = f"The column “{name[:60]}”" if name else "A column without a name"
            words = f"{shown} means nothing here. Known are: {_SHOWN}."
            yield Finding(1, name[:60], "unknown_column", words)
        elif count > 1:
            words = f"The column {name} is there {count} times."
            yield Finding(1, name, "duplicate_column", words)


def place_in_table(path: str) -> str:
    """The column in which a composition's `path` ("media.1.file") was written."""
    name, *rest = path.split(".")
    first = int(rest[0]) if rest and rest[0].isdigit() else 0
    if name == "thread":
        return text_column(first + 1)
    if name == "media":
        return media_column(0, first, _kind(rest))
    if name == "thread_media":
        place = int(rest[1]) if rest[1:] and rest[1].isdigit() else 0
        return media_column(first + 1, place, _kind(rest))
    return name


def _kind(rest: Sequence[str]) -> str:
    return "alt" if rest[-1:] == ["alt_text"] else "media"
