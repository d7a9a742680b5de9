"""Rows of a table: CSV with commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from social_media.posts.bulk import columns
from social_media.posts.bulk.errors import Unreadable, WrongColumns
from social_media.posts.bulk.formula import unguarded
from social_media.posts.bulk.reading import MAX_LINE, Row, lines_of, opened, require_few

csv.field_size_limit(MAX_LINE)

_DELIMITERS = ",;\t"
#: After a file in a cell: without any alternative text, whatever the file's own is.
DECORATIVE = " decorative"
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_BROKEN = (
    "This row can't be read: {}. A quote may be missing, or one inside a cell is not "
    "doubled. What comes after it was not looked at."
)


def rows_of(path: Path, *, most: int | None = None) -> Iterator[Row]:
    """Every row that is not empty, of up to `most` that may be.

    Raises Unreadable, WrongColumns, TooManyRows.
    """
    with opened(path, newline="") as file:
        lines = lines_of(file)
        first = next(lines, "")
        if not first.strip():
            words = "The file is empty, or its first line is. It needs the columns."
            raise Unreadable("empty", words)
        delimiter = _delimiter(first)
        table = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        names = [name.strip() for name in unguarded_cells(_next(table, 1) or [])]
        if found := list(columns.header_problems(names)):
            raise WrongColumns(found)
        yield from _rows(table, names, most)


def _rows(table: Any, names: Sequence[str], most: int | None) -> Iterator[Row]:
    places = {name: columns.numbered(name) for name in names}
    number = 1
    while True:
        number += 1
        cells = _next(table, number)
        if cells is None:
            return
        require_few(number - 1, most)
        if any(cells):
            yield _row(number, unguarded_cells(cells), names, places)


def _next(table: Any, number: int) -> list[str] | None:
    try:
        found: list[str] | None = next(table, None)
    except csv.Error as error:
        words = _BROKEN.format(error)
        raise Unreadable("broken_row", words, row=number) from None
    except Unreadable as error:
        error.row = number
        raise
    return found


def _delimiter(header: str) -> str:
    """The one that gives the most columns that are known; a comma if none does."""

    def known(delimiter: str) -> int:
        names = header.strip("\r\n").split(delimiter, columns.MAX_COLUMNS)
        return sum(columns.known(name.strip(' "')) for name in names)

    return max(_DELIMITERS, key=known)


def unguarded_cells(cells: Sequence[str]) -> list[str]:
    """As they were before they were guarded against being run."""
    return [unguarded(cell) for cell in cells]


def _row(
    number: int,
    cells: Sequence[str],
    names: Sequence[str],
    places: Mapping[str, tuple[int, str, int] | None],
) -> Row:
    row = Row(number, {})
    if len(cells) > len(names):
        words = (
            f"This row has {len(cells)} cells, the header {len(names)}. Is a cell with "
            "a comma or a semicolon in it without its quotes?"
        )
        row.fault("", "too_many_cells", words)
        return row
    given = {name: cell for name, cell in zip(names, cells, strict=False) if cell}
    numbered = {
        place: given.pop(name)
        for name, place in places.items()
        if place and name in given
    }
    row.document.update(given)
    _split(row)
    if numbered:
        _gather(row, numbered)
    return row


def _split(row: Row) -> None:
    """Cells that hold several values."""
    given = row.document
    for name in ("accounts", "recurrence_excluded"):
        if name in given:
            given[name] = re.split(r"[\s,]+", given[name].strip(" \r\n\t,"))
    if "labels" in given:
        given["labels"] = labels_in(given["labels"])
    if "late_minutes" in given:
        text = given["late_minutes"].strip()
        given["late_minutes"] = int(text) if re.fullmatch(r"\d{1,9}", text) else text
    if "targets" in given:
        try:
            given["targets"] = json.loads(given["targets"])
        except (ValueError, RecursionError) as error:
            del given["targets"]
            row.fault("targets", "invalid_json", f"This is no JSON: {error}.")


def labels_in(cell: str) -> list[str]:
    """Names between commas; one with a comma in it has quotes around it."""
    table = csv.reader(io.StringIO(cell, newline=""), skipinitialspace=True)
    return [name.strip() for names in table for name in names if name.strip()]


def _gather(row: Row, numbered: Mapping[tuple[int, str, int], str]) -> None:
    """Numbered columns as lists; a gap between parts is an empty part."""
    length = max(part for part, _, _ in numbered)
    thread = ["" for _ in range(length)]
    media: list[list[dict[str, Any]]] = [[] for _ in range(length + 1)]
    for (part, kind, place), cell in sorted(numbered.items()):
        if kind == "text":
            thread[part - 1] = cell
        elif kind == "media":
            alt = numbered.get((part, "alt", place))
            if place == len(media[part]):
                media[part].append(_attachment(cell.strip(), alt))
                continue
            column = columns.media_column(part, place)
            missing = columns.media_column(part, len(media[part]))
            words = f"{missing} is empty. Fill the columns of files from the first on."
            row.fault(column, "gap", words)
        elif (part, "media", place) not in numbered:
            column = columns.media_column(part, place, "alt")
            words = (
                f"This describes nothing: {column.replace('alt', 'media')} is empty."
            )
            row.fault(column, "needs_media", words)
    row.document["media"] = media[0]
    row.document["thread"] = thread
    row.document["thread_media"] = media[1:]


def _attachment(cell: str, alt: str | None) -> dict[str, Any]:
    shown = cell.removesuffix(DECORATIVE)
    if shown != cell and alt is None:
        alt = ""
    name = "url" if _ADDRESS.match(shown) else "file"
    return {name: shown, "alt_text": alt}
