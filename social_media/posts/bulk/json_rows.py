"""Rows of JSON Lines: one object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from social_media.posts.bulk.columns import KEYS
from social_media.posts.bulk.errors import Unreadable
from social_media.posts.bulk.reading import (
    MAX_FAULTS,
    Row,
    lines_of,
    opened,
    require_few,
)

_KNOWN = frozenset(KEYS)


def rows_of(path: Path, *, most: int | None = None) -> Iterator[Row]:
    """Every line that is not empty, of up to `most` that may be.

    Raises Unreadable, TooManyRows.
    """
    with opened(path, newline="\n") as file:
        for number, line in enumerate(lines_of(file), start=1):
            require_few(number, most)
            if line.strip():
                yield _row(number, line)


def _row(number: int, line: str) -> Row:
    row = Row(number, {})
    try:
        document = json.loads(
            line, object_pairs_hook=object_of, parse_constant=_constant
        )
    except (ValueError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else error
        words = f"This line is no JSON: {told}."
        row.fault("", "invalid_json", words)
        return row
    if not isinstance(document, dict):
        if number == 1 and isinstance(document, list):
            words = "Write one object per line, without a list around them."
            raise Unreadable("not_lines", words)
        row.fault("", "not_an_object", "Write an object: { ... }.")
        return row
    unknown = (name for name in document if name not in _KNOWN)
    for name in islice(unknown, MAX_FAULTS):
        words = f"“{name[:60]}” means nothing here. Known are: {', '.join(KEYS)}."
        row.fault(name[:60], "unknown_column", words)
    row.document = {name: value for name, value in document.items() if name in _KNOWN}
    return row


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError for a key that occurs twice."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise ValueError(f"“{name[:60]}” occurs twice")
        made[name] = value
    return made


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
