"""From a file to its rows, a line at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from social_media.posts.bulk.errors import TooManyRows, Unreadable

#: Of one row so many are told. A row can have millions.
MAX_FAULTS = 20
#: Characters of one line; no post of ours has more.
MAX_LINE = 4_000_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NOT_UTF8 = (
    "The file is not UTF-8 text. In a spreadsheet, save it as “CSV UTF-8”; elsewhere "
    "choose UTF-8 as its encoding."
)


@dataclass(slots=True)
class Row:
    """One row as JSON Lines have it; `faults` are the first, (path, code, words)."""

    number: int
    document: dict[str, Any]
    faults: list[tuple[str, str, str]] = field(default_factory=list)

    def fault(self, path: str, code: str, words: str) -> None:
        """Note that something is wrong with it, up to `MAX_FAULTS` times."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append((path, code, words))


def is_json(path: Path) -> bool:
    """Whether the file begins as JSON Lines do. Raises Unreadable for other encodings.

    An empty one is a table without a header.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(_UTF16):
        raise Unreadable("not_utf8", _NOT_UTF8)
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def require_few(number: int, most: int | None) -> None:
    """Raise TooManyRows for a row, maybe an empty one, behind the last that is read."""
    if most is not None and number > most:
        words = (
            f"The file has more than {most} rows, with the empty ones. Remove those."
        )
        raise TooManyRows(words)


@contextmanager
def opened(path: Path, *, newline: str) -> Iterator[TextIO]:
    """The file as text, with or without a byte order mark."""
    with path.open(encoding="utf-8-sig", newline=newline) as file:
        yield file


def lines_of(file: TextIO) -> Iterator[str]:
    """Line by line, with their ends. Raises Unreadable."""
    number = 0
    while True:
        number += 1
        try:
            line = file.readline(MAX_LINE)
        except UnicodeDecodeError:
            raise Unreadable("not_utf8", _NOT_UTF8, row=number) from None
        if not line:
            return
        if len(line) == MAX_LINE:
            words = f"A line has {MAX_LINE} characters or more: this is no table."
            raise Unreadable("line_too_long", words, row=number)
        yield line
