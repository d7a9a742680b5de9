"""How much memory processes took at most, read from /proc (Linux).

The kernel keeps each process's peak (VmHWM, which `/usr/bin/time -v` tells too) and
forgets it when asked. Of a process that ends, the last look counts: it is at most
LOOK_SECONDS old.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

PROC = Path("/proc")
LOOK_SECONDS = 0.03
#: In the command line of the processes that read uploads.
WORKSHOP = "social_media.media.workshop"
#: Written to clear_refs: forget the peak.
_FORGET_PEAK = "5"


class Peaks:
    """Peak resident memory of these processes and all that they start, in MB (10^6).

    The processes of the workshop count by themselves: "media: workshop".
    """

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = roots
        self._done = threading.Event()
        self._peaks: dict[str, float] = {}

    def __enter__(self) -> Self:
        for _, pid in self._watched():
            _forget_peak(pid)
        self._look()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    @property
    def mb(self) -> dict[str, float]:
        """The largest one of each kind of process."""
        return {name: round(mb, 1) for name, mb in sorted(self._peaks.items())}

    def _watch(self) -> None:
        while not self._done.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        for name, pid in self._watched():
            self._peaks[name] = max(self._peaks.get(name, 0.0), peak_mb(pid))

    def _watched(self) -> Iterator[tuple[str, int]]:
        for name, root in self._roots.items():
            for pid in [root, *_below(root)]:
                made = WORKSHOP in _command(pid)
                yield (f"{name}: workshop" if made else name), pid


def peak_mb(pid: int) -> float:
    """0 for a process that is gone, or is no program yet."""
    return _status(pid, "VmHWM")


def _below(pid: int) -> Iterator[int]:
    for tasks in (PROC / str(pid) / "task").glob("*/children"):
        for child in _text(tasks).split():
            yield int(child)
            yield from _below(int(child))


def _command(pid: int) -> str:
    return _text(PROC / str(pid) / "cmdline").replace("\0", " ")


def _status(pid: int, wanted: str) -> float:
    for line in _text(PROC / str(pid) / "status").splitlines():
        name, _, rest = line.partition(":")
        if name == wanted:
            return int(rest.split()[0]) * 1024 / 1_000_000
    return 0.0


def _text(path: Path) -> str:
    """Empty for a process that ended meanwhile."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _forget_peak(pid: int) -> None:
    # It ended meanwhile; or, but for root, it hides from others: then the peak counts
    # from its start.
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        (PROC / str(pid) / "clear_refs").write_text(_FORGET_PEAK)
