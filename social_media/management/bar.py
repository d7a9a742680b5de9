"""How far a command is, on one line of a terminal."""

from __future__ import annotations

import time

from django.core.management.base import OutputWrapper

_EVERY = 0.1
_WIDTH = 30
#: Where nobody watches, a line for each so many rows.
_LOGGED = 10_000


class Bar:
    """Rows done; a bar where their number is known. Silent until there is something."""

    def __init__(
        self, out: OutputWrapper, what: str, *, total: int | None = None
    ) -> None:
        self._out, self._what, self._total = out, what, total
        self._watched = out.isatty()
        self._next = time.monotonic()
        self._logged = self._done = 0

    def __call__(self, done: int) -> None:
        """So many rows are done."""
        self._done = done
        if not self._watched:
            if done // _LOGGED > self._logged:
                self._logged = done // _LOGGED
                self._out.write(f"{self._what}: {self._logged * _LOGGED} rows")
                self._out.flush()
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            self._show()

    def end(self) -> None:
        """Leave the line as it is, and begin another."""
        if self._watched and self._done:
            self._show()
            self._out.write("")

    def _show(self) -> None:
        line = f"\r{self._what}: {self._done}"
        if self._total:
            filled = min(_WIDTH, _WIDTH * self._done // self._total)
            line += f" of {self._total} [{'#' * filled:{_WIDTH}}]"
        self._out.write(line, ending="")
        self._out.flush()
