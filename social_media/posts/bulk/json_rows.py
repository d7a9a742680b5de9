"""Rows of JSON Lines: one object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from social_media.posts.bulk.columns import KEYS
from social_media.posts.bulk.errors import Unreadable
from social_media.posts.bulk.reading import Row, lines_of, opened


def rows_of(path: Path) -> Iterator[Row]:
    """Every line that is not empty. Raises Unreadable."""
    with opened(path, newline="\n") as file:
        for number, line in enumerate(lines_of(file), start=1):
            if line.strip():
                yield _row(number, line)


def _row(number: int, line: str) -> Row:
    row = Row(number, {})
    try:
        document = json.loads(line, object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else error
        words = f"This line is no JSON: {told}."
        row.faults.append(("", "invalid_json", words))
        return row
    if not isinstance(document, dict):
        if number == 1 and isinstance(document, list):
            words = "Write one object per line, without a list around them."
            raise Unreadable("not_lines", words)
        row.faults.append(("", "not_an_object", "Write an object: { ... }."))
        return row
    for name in document.keys() - set(KEYS):
        words = f"“{name[:60]}” means nothing here. Known are: {', '.join(KEYS)}."
        row.faults.append((name[:60], "unknown_column", words))
    row.document = {name: value for name, value in document.items() if name in KEYS}
    return row


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"“{twice[:60]}” occurs twice")
    return made


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
