"""A total deadline for all network work of a thread.

Timeouts of sockets count from one byte to the next, so a server that drips can hold a
caller for ever. A deadline is a point in time; every socket of this package waits only
for what is left until then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# CLOCK_BOOTTIME (Linux) goes on while the machine sleeps, as the server's clock does.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class DeadlineExceeded(TimeoutError):
    """The deadline of this thread has passed."""


class _Current(threading.local):
    ends_at: float | None = None
    #: Inside `moving`: seconds without movement, and the end that nothing moves.
    patience: float = 0.0
    latest: float | None = None


_current = _Current()


def clock() -> float:
    """Seconds on the clock that deadlines are measured by."""
    return time.clock_gettime(_CLOCK)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Give this thread's network work `seconds` in all; nested, the earlier one wins.

    DNS look-ups can't be interrupted: they are followed by a check instead.
    """
    with until(clock() + seconds):
        yield


@contextmanager
def until(ends_at: float) -> Iterator[None]:
    """The same as `deadline`, up to a point of `clock`."""
    before = _current.ends_at
    _current.ends_at = ends_at if before is None else min(before, ends_at)
    try:
        yield
    finally:
        _current.ends_at = before


@contextmanager
def moving(patience: float, *, total: float) -> Iterator[None]:
    """A deadline of `patience` seconds that each `moved` puts off, to `total` at most.

    An earlier deadline of the thread wins over both.
    """
    before = (_current.patience, _current.latest)
    with until(clock() + total):
        _current.patience, _current.latest = patience, _current.ends_at
        moved()
        try:
            yield
        finally:
            _current.patience, _current.latest = before


def moved() -> None:
    """Say that bytes went out: the deadline of `moving` counts from now again."""
    if _current.latest is not None:
        _current.ends_at = min(clock() + _current.patience, _current.latest)


def remaining() -> float | None:
    """Seconds left, None without a deadline. Raises DeadlineExceeded when none are."""
    if _current.ends_at is None:
        return None
    left = _current.ends_at - clock()
    if left <= 0:
        raise DeadlineExceeded("the deadline has passed")
    return left
