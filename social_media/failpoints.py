"""Named instants at which a process can be made to die: for tests of the promise.

Nothing happens at them unless FAILPOINTS names a folder: then the process that is first
to reach an instant whose name lies there as a file takes the file away and is killed,
as `kill -9` would do it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from social_media.enums import Instant

Hook = Callable[[Instant], None]


class _Armed(threading.local):
    """Whether this thread is in a call that makes something visible."""

    visible = False


log = structlog.get_logger(__name__)
_current = _Armed()
_hook: Hook | None = None


def reached(instant: Instant) -> None:
    """Say that this process is at `instant`; it may not return."""
    if _hook is not None:
        _hook(instant)


def armed() -> bool:
    """Whether an instant may be struck at all."""
    return _hook is not None


def heard() -> None:
    """Say that bytes of a network's answer came, and nobody has read them yet."""
    if _hook is not None and _current.visible:
        _hook(Instant.NETWORK_ACCEPTED)


@contextmanager
def publishing(*, visible: bool) -> Iterator[None]:
    """Let `heard` count for what is asked inside, if that makes something visible."""
    before = _current.visible
    _current.visible = visible
    try:
        yield
    finally:
        _current.visible = before


def arm(hook: Hook | None) -> None:
    """Have `hook` called at every instant; None: nothing."""
    if hook is not None:
        log.warning("failpoints_armed", advice="For tests only: unset FAILPOINTS.")
    global _hook  # noqa: PLW0603 - one per process, set when it starts
    _hook = hook


def killer(folder: Path) -> Hook:
    """A hook that kills this process at the instants that lie in `folder` as files."""

    def kill(instant: Instant) -> None:
        try:
            (folder / instant.value).unlink()
        except FileNotFoundError:
            return  # not asked for, or another process was first
        os.kill(os.getpid(), signal.SIGKILL)

    return kill
