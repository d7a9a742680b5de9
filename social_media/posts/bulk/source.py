"""The file of an import, and how much of it is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from social_media.posts.bulk import csv_rows, json_rows
from social_media.posts.bulk.columns import place_in_table
from social_media.posts.bulk.reading import Row, is_json
from social_media.posts.bulk.row_check import Planned, Planner

#: Rows that are looked at, and stored, together.
AT_ONCE = 500

#: So many rows are read for each that may be imported: the others may be empty.
_READ_PER_ROW = 10


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one import may have: rows, addresses, seconds for fetching from those."""

    rows: int | None = None
    files: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file that nobody changes while it is read, maybe more than once."""

    path: Path
    json: bool
    most: int | None

    def rows(self) -> Iterator[Row]:
        """Raises Unreadable, WrongColumns, TooManyRows."""
        read = json_rows.rows_of if self.json else csv_rows.rows_of
        return read(self.path, most=self.most)

    def batches(self, planner: Planner) -> Iterator[list[Planned]]:
        """What the rows ask for, `AT_ONCE` at a time."""
        rows = self.rows()
        while some := list(islice(rows, AT_ONCE)):
            yield [planner.plan(row) for row in some]

    def column(self, path: str) -> str:
        """How whoever wrote the file calls the place of a fault."""
        return path if self.json else place_in_table(path)


def source_of(path: Path, bounds: Bounds) -> Source:
    """Raises Unreadable for another encoding than UTF-8."""
    most = None if bounds.rows is None else _READ_PER_ROW * bounds.rows
    return Source(path, is_json(path), most)
