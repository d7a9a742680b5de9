"""Keys for records: the timestamp identifiers (TID) that post keys must be."""

from __future__ import annotations

import secrets
import time
from threading import Lock

#: base32 whose letters sort like the numbers they stand for.
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_CLOCK_IDS = 1024
#: 13 letters of 5 bits; the topmost is 0 until the year 2255.
_SHIFTS = range(60, -1, -5)


class TidClock:
    """Gives out TIDs, each greater than the one before; safe to share by threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def next(self) -> str:
        """A fresh TID: microseconds since 1970, then a random clock id.

        The clock id is drawn anew each time: one per process would be copied by a
        fork.
        """
        with self._lock:
            self._last = max(time.time_ns() // 1000, self._last + 1)
            micros = self._last
        return encode(micros, clock_id=secrets.randbelow(_CLOCK_IDS))


def encode(micros: int, *, clock_id: int) -> str:
    """The TID of a point in time (microseconds since 1970) and a clock id (0-1023)."""
    value = micros * _CLOCK_IDS + clock_id
    return "".join(_ALPHABET[value >> shift & 31] for shift in _SHIFTS)
