"""What is to be done later, by one thread."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable


class Agenda:
    """Things to do at a moment of the run."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, do: Callable[[], object]) -> None:
        """Do it `seconds` from now."""
        moment = time.monotonic() + seconds
        heapq.heappush(self._waiting, (moment, next(self._numbers), do))

    def run_due(self) -> None:
        """Do all whose time has come."""
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            heapq.heappop(self._waiting)[2]()
