"""Rows as text: CSV or JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from social_media.posts.bulk.columns import PLAIN, media_column, text_column
from social_media.posts.bulk.csv_rows import DECORATIVE
from social_media.posts.bulk.errors import ExportChanged
from social_media.posts.bulk.formula import guarded


def json_lines(documents: Iterable[Mapping[str, Any]]) -> str:
    """One object per line."""
    return "".join(f"{_json(document)}\n" for document in documents)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Widths:
    """How many numbered columns a table needs: parts of a thread, files by part."""

    parts: int = 0
    files: Mapping[int, int] = field(default_factory=dict)

    def columns(self) -> list[str]:
        """All of a table's columns, in order."""
        found = list(PLAIN) + self._of(0)
        for part in range(1, max(self.parts, *self.files, 0) + 1):
            found += [text_column(part), *self._of(part)]
        return found

    def _of(self, part: int) -> list[str]:
        return [
            media_column(part, place, kind)
            for place in range(self.files.get(part, 0))
            for kind in ("media", "alt")
        ]


class Table:
    """CSV with commas, whose cells no spreadsheet runs."""

    def __init__(self, widths: Widths) -> None:
        self.columns = widths.columns()

    def header(self) -> str:
        """The first line."""
        return _lines([self.columns])

    def lines(self, documents: Iterable[Mapping[str, Any]]) -> str:
        """One row per document. Raises ExportChanged for what has no column."""
        return _lines([self._row(document) for document in documents])

    def _row(self, document: Mapping[str, Any]) -> list[str]:
        cells = cells_of(document)
        row = [guarded(cells.pop(name, "")) for name in self.columns]
        if cells:
            raise ExportChanged
        return row


def cells_of(document: Mapping[str, Any]) -> dict[str, str]:
    """What is not empty, by column."""
    cells: dict[str, str] = {}
    for name, value in document.items():
        if name in {"accounts", "recurrence_excluded"}:
            cells[name] = " ".join(value)
        elif name == "labels":
            cells[name] = _lines([value], end="")
        elif name == "targets":
            cells[name] = _json(value)
        elif name in PLAIN:
            cells[name] = str(value)
    _add_files(cells, 0, document.get("media", ()))
    for part, files in enumerate(document.get("thread_media", ()), start=1):
        _add_files(cells, part, files)
    for part, text in enumerate(document.get("thread", ()), start=1):
        cells[text_column(part)] = text
    return {name: cell for name, cell in cells.items() if cell}


def _add_files(
    cells: dict[str, str], part: int, files: Sequence[Mapping[str, str]]
) -> None:
    for place, one in enumerate(files):
        alt = one.get("alt_text")
        shown = one["file"] + (DECORATIVE if alt == "" else "")
        cells[media_column(part, place)] = shown
        cells[media_column(part, place, "alt")] = alt or ""


def _lines(rows: Iterable[Sequence[str]], *, end: str = "\r\n") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows(rows)
    return text.getvalue()
