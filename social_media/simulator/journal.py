"""The file that lets the simulator survive its own restart."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: How every line starts: World writes the event's name first.
_START = b'{"event":'


class Journal:
    """Events as JSON lines, appended one unbuffered write each.

    A line is with the operating system before its event is answered, so killing the
    process loses nothing. Half a line at the end (a machine that went down) is cut off.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._check()
        self._cut_torn_end()
        self._file = path.open("ab", buffering=0)

    def _check(self) -> None:
        """Raise OSError rather than cut the end off somebody's notes."""
        with self._path.open("rb") as file:
            start = file.read(len(_START))
        if not _START.startswith(start):
            raise OSError(f"{self._path} is not a state file of the simulator")

    def _cut_torn_end(self) -> None:
        whole = self._path.read_bytes().rfind(b"\n") + 1
        os.truncate(self._path, whole)

    def events(self) -> Iterator[dict[str, Any]]:
        """Everything written so far, oldest first."""
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def append(self, event: dict[str, Any]) -> None:
        self._file.write(json.dumps(event, separators=(",", ":")).encode() + b"\n")

    def clear(self) -> None:
        self._file.truncate(0)

    def close(self) -> None:
        self._file.close()
