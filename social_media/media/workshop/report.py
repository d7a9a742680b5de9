"""What this process says: lines of JSON, on the standard output it was started with."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from social_media.media.workshop.confine import allow_seconds
from social_media.media.workshop.process import PACE

#: At most so often, in seconds.
_EVERY = 0.5


class Report:
    """Owns the standard output; whatever a library prints goes to the log instead."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._last = 0.0

    def say(self, **told: Any) -> None:
        """One line."""
        os.write(self._out, json.dumps(told).encode() + b"\n")

    def progress(self, percent: float) -> None:
        """Still at it, and how far. Call as often as you like."""
        now = time.monotonic()
        if now - self._last >= _EVERY:
            self._last = now
            self.say(progress=max(0, min(99, int(percent))))

    def length(self, seconds: float) -> None:
        """A video's length: it may take longer."""
        allow_seconds(PACE * seconds)
        self.say(seconds=seconds)
