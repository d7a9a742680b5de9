"""Who is next: workspaces take turns, and long work leaves a slot to the short."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count


@dataclass(slots=True)
class Turns:
    """Of one line, in this process. Each process counts for itself: all are fair."""

    _served: dict[uuid.UUID, int] = field(default_factory=dict)
    _counter: Iterator[int] = field(default_factory=lambda: count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next_of(self, due: Mapping[uuid.UUID, datetime]) -> uuid.UUID:
        """Of these workspaces, with the time since which each waits, the one that had
        its turn longest ago; of those that had none, the one that waits longest.
        """
        with self._lock:
            # Whoever waits for nothing any more is forgotten.
            self._served = {one: self._served.get(one, 0) for one in due}
            chosen = min(due, key=lambda one: (self._served[one], due[one]))
            self._served[chosen] = next(self._counter)
        return chosen


@dataclass(slots=True)
class Places:
    """Taken by threads of this process, for as long as each needs one."""

    _taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def one_of(self, most: int) -> Iterator[bool]:
        """Whether there is one left of `most`; never waits."""
        free = self._take(most)
        try:
            yield free
        finally:
            if free:
                self._give_back()

    def _take(self, most: int) -> bool:
        with self._lock:
            free = self._taken < most
            self._taken += free
        return free

    def _give_back(self) -> None:
        with self._lock:
            self._taken -= 1
