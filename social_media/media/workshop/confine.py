"""What this process may take, and when it has to go."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import threading
from collections.abc import Mapping
from typing import IO, Any

#: Address space, not memory: threads and libraries map far more than they touch.
#: Enough for a picture of 50 million pixels in a few copies.
ADDRESS_SPACE = 4_000_000_000
OPEN_FILES = 64
#: Of processor time, and added for all that a video's length takes.
_SPARE_SECONDS = 60
#: What it may complain, on its standard error.
_LOG_BYTES = 1_000_000
_PR_SET_PDEATHSIG = 1


def confine(allowed: Mapping[str, Any], parent: int, orders: IO[bytes]) -> None:
    """Hold this process to its limits; it ends when its parent does."""
    _end_with(parent, orders)
    _limit(resource.RLIMIT_AS, ADDRESS_SPACE)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, allowed["file_bytes"] + _LOG_BYTES)
    allow_seconds(allowed["cpu_seconds"])
    os.nice(allowed["nice"])


def allow_seconds(seconds: float) -> None:
    """Let it compute for so long, on every processor."""
    most = int(seconds + _SPARE_SECONDS) * (os.cpu_count() or 1)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))


def _end_with(parent: int, orders: IO[bytes]) -> None:
    """The kernel's way where there is one; a pipe that ends, everywhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    threading.Thread(target=_watch, args=(orders,), daemon=True).start()


def _watch(orders: IO[bytes]) -> None:
    os.read(orders.fileno(), 1)
    os._exit(1)
