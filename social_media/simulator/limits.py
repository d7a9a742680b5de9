"""Rate-limit windows: how many requests an account has left, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from social_media.simulator.world import now


class Window(NamedTuple):
    """So many requests (or points) in so many seconds."""

    name: str
    limit: int
    seconds: int


@dataclass(slots=True)
class Standing:
    """Where one account stands in one window."""

    used: int
    reset: float


class Windows:
    """Counts per account and window. Not kept over a restart."""

    def __init__(self) -> None:
        self._standings: dict[tuple[str, str], Standing] = {}

    def spend(self, owner: str, window: Window, points: int = 1) -> Standing:
        """Count a request. A window that is over, or used up, starts afresh.

        Headers count down truthfully, but nobody is turned away for real: load tests
        ask for more than the networks allow. The fault `rate_limited` turns away.
        """
        standing = self._running(owner, window)
        if standing.used + points >= window.limit:
            standing = self._restart(owner, window)
        standing.used += points
        return standing

    def is_used_up(self, owner: str, window: Window) -> bool:
        """Whether `window` has nothing left, for limits that do turn away."""
        return self._running(owner, window).used >= window.limit

    def count(self, owner: str, window: Window) -> Standing:
        """Count a request in a window that does turn away."""
        standing = self._running(owner, window)
        standing.used += 1
        return standing

    def clear(self) -> None:
        self._standings.clear()

    def _running(self, owner: str, window: Window) -> Standing:
        standing = self._standings.get((owner, window.name))
        if standing is None or standing.reset <= now():
            return self._restart(owner, window)
        return standing

    def _restart(self, owner: str, window: Window) -> Standing:
        standing = Standing(used=0, reset=now() + window.seconds)
        self._standings[owner, window.name] = standing
        return standing
