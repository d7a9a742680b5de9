"""CPU time and memory by process, read from /proc (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
#: Fields of /proc/PID/stat counted after the command's name: parent and CPU ticks,
#: user and system, its own and those of children that ended.
_PARENT, _FIRST_TIME, _LAST_TIME = 1, 11, 15


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU seconds so far of these processes, their children and ended children."""
    known = dict(_all())
    ticks = sum(
        sum(map(int, known[pid][_FIRST_TIME:_LAST_TIME]))
        for pid in _with_children(set(pids), known)
    )
    return ticks / _TICKS


def pss_mib(pid: int) -> float:
    """Proportional share of memory of one process: shared pages count in parts."""
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "Pss":
            return int(rest.split()[0]) / 1024
    raise LookupError(f"The kernel tells no Pss of process {pid}.")


class Meter:
    """CPU seconds by group of processes since it was made."""

    def __init__(self, groups: Mapping[str, Iterable[int]]) -> None:
        self._groups = {name: list(pids) for name, pids in groups.items()}
        self._before = self._read()

    def spent(self) -> dict[str, float]:
        """CPU seconds of each group since then."""
        return {name: now - self._before[name] for name, now in self._read().items()}

    def _read(self) -> dict[str, float]:
        return {name: cpu_seconds(pids) for name, pids in self._groups.items()}


def _all() -> Iterator[tuple[int, list[str]]]:
    """Every process's id and the fields after its command's name."""
    for folder in PROC.glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:  # it ended meanwhile
            continue
        yield int(folder.name), text.rpartition(")")[2].split()


def _with_children(found: set[int], known: Mapping[int, list[str]]) -> set[int]:
    found &= known.keys()
    while True:
        more = {pid for pid in known if int(known[pid][_PARENT]) in found} - found
        if not more:
            return found
        found |= more
