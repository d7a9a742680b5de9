"""Ids that carry their time: X's and Mastodon's."""

from __future__ import annotations

from social_media.simulator.world import now


class Snowflakes:
    """Rising ids: milliseconds since `epoch_ms`, shifted left by `shift` bits."""

    def __init__(self, *, epoch_ms: int, shift: int) -> None:
        self._epoch_ms = epoch_ms
        self._shift = shift
        self._last = 0

    def next(self) -> str:
        fresh = (int(now() * 1000) - self._epoch_ms) << self._shift
        self._last = max(fresh, self._last + 1)
        return str(self._last)
