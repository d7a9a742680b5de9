"""When to try again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Pauses after the 1st, 2nd ... failed try; after the last one it is over.

    `jitter` is the share of a pause that is added at random, so that what failed
    together does not come back together.
    """

    delays: Sequence[timedelta]
    jitter: float = 0.0

    def delay(self, failed_tries: int, chance: float) -> timedelta | None:
        """The pause after `failed_tries` failures (1 or more), None for giving up.

        `chance` is a random number in [0, 1).
        """
        if failed_tries > len(self.delays):
            return None
        return self.delays[failed_tries - 1] * (1 + self.jitter * chance)

    def spread(self, chance: float, *, at_most: timedelta) -> timedelta:
        """A short random pause for those who wait for the same moment."""
        return at_most * chance


def chance() -> float:
    """A random number in [0, 1); not for secrets."""
    return random.random()  # noqa: S311
