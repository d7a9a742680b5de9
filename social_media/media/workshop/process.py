"""One order, one process: started, listened to, and ended whatever happens."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from social_media.media.workshop.errors import OutOfRoom, Unusable, WorkshopFailed

logger = logging.getLogger(__name__)

#: A process that says nothing for so many seconds hangs.
SILENCE = 90.0
#: What one second of a video may take, in seconds.
PACE = 30.0
#: The longest video that is believed, where nobody knows better.
DAY = 86_400.0
#: A line is a few hundred bytes; whoever writes more is not ours any more.
LONGEST_LINE = 100_000

_PR_SET_DUMPABLE = 4
_ROOT = Path(__file__).resolve().parents[3]
_FAILED = "This file could not be processed. We will try again."


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is to do, and what it may take.

    Args:
        what: JSON for it; "do" names the work.
        seconds: that it may run; a video's length is added once it is known.
        max_bytes: of a file that it writes.
        nice: how much it gives way to others.
        max_length: of a video, in seconds; it gets no more time for a longer one.
    """

    what: dict[str, Any]
    seconds: float
    max_bytes: int
    nice: int = 0
    max_length: float = DAY


@dataclass(slots=True)
class Deadline:
    """By the monotonic clock; it moves once, when a video's length is known."""

    at: float
    max_length: float
    _moved: bool = False

    def move(self, length: float) -> None:
        """What is told comes from the process: a second time, or beyond what the video
        may have, it is not believed.
        """
        if not self._moved:
            self._moved = True
            self.at += PACE * max(0.0, min(length, self.max_length))


def carry_out(order: Order, progress: Callable[[int], None]) -> dict[str, Any]:
    """The answer: "facts", and "path" where it chose one.

    Raises Unusable, WorkshopFailed, OutOfRoom, and whatever `progress` does. When this
    returns or raises, the process is gone.
    """
    with tempfile.TemporaryFile() as complaints, _running(complaints) as child:
        try:
            return _conversation(child, order, progress)
        except WorkshopFailed:
            _log(order, child, complaints)
            raise


def _conversation(
    child: subprocess.Popen[bytes], order: Order, progress: Callable[[int], None]
) -> dict[str, Any]:
    _tell(child, order)
    deadline = Deadline(time.monotonic() + order.seconds, order.max_length)
    reached = -1
    for told in _lines(child, deadline):
        if "seconds" in told:
            deadline.move(told["seconds"])
        elif "progress" in told and told["progress"] > reached:
            reached = told["progress"]
            progress(reached)
        elif "full" in told:
            raise OutOfRoom
        elif "unusable" in told:
            raise Unusable(*told["unusable"])
        elif "facts" in told:
            return told
    raise WorkshopFailed(_FAILED)


@contextmanager
def _running(complaints: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    _hide_from_children()
    child = subprocess.Popen(
        [sys.executable, "-m", "social_media.media.workshop"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        cwd=_ROOT,
        env=_environment(),
        bufsize=0,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()


def _hide_from_children() -> None:
    """On Linux no process of our user, and so no child, can read our environment and
    our memory any more: both hold secrets. Root still can.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0))


def _environment() -> dict[str, str]:
    """None of our secrets is given along."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONDONTWRITEBYTECODE": "1",
        # Each arena of malloc keeps memory of its own.
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_TRIM_THRESHOLD_": "1000000",
    }


def _tell(child: subprocess.Popen[bytes], order: Order) -> None:
    """The pipe stays open: its end tells the process that we are gone."""
    document = {
        **order.what,
        "parent": os.getpid(),
        "allowed": {
            "cpu_seconds": int(order.seconds),
            "file_bytes": order.max_bytes,
            "nice": order.nice,
        },
    }
    if child.stdin is None:
        raise WorkshopFailed(_FAILED)
    try:
        child.stdin.write(json.dumps(document).encode() + b"\n")
    except BrokenPipeError as error:
        raise WorkshopFailed(_FAILED) from error


def _lines(
    child: subprocess.Popen[bytes], deadline: Deadline
) -> Iterator[dict[str, Any]]:
    """What it says, until it is done. Raises WorkshopFailed when it takes too long."""
    if child.stdout is None:
        return
    pending = b""
    while True:
        left = min(SILENCE, deadline.at - time.monotonic())
        if left <= 0 or not select.select([child.stdout], [], [], left)[0]:
            raise WorkshopFailed("This file took too long to process.")
        read = os.read(child.stdout.fileno(), 65_536)
        if not read or len(pending) > LONGEST_LINE:
            return
        *whole, pending = (pending + read).split(b"\n")
        yield from map(_said, whole)


def _said(line: bytes) -> dict[str, Any]:
    """One line. Whoever writes something else is not ours any more."""
    try:
        told = json.loads(line)
    except ValueError as error:
        raise WorkshopFailed(_FAILED) from error
    if not isinstance(told, dict):
        raise WorkshopFailed(_FAILED)
    return told


def _log(order: Order, child: subprocess.Popen[bytes], complaints: IO[bytes]) -> None:
    child.kill()
    size = complaints.seek(0, os.SEEK_END)
    complaints.seek(max(0, size - 4000))
    logger.warning(
        "media workshop failed",
        extra={
            "order": order.what["do"],
            "exit_code": child.wait(),
            "complaints": complaints.read().decode(errors="replace"),
        },
    )
