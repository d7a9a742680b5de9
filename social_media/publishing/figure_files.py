"""Where the processes of one host, or of containers sharing a volume, keep counters.

Each process writes files of its own under METRICS_DIR and holds a lock on a file beside
them. The kernel drops that lock when the process ends, however it ends; what it counted
is then added to the files of the ended ones, so that no counter ever goes down.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from prometheus_client.mmap_dict import MmapedDict

KINDS = ("counter", "histogram")
_ENDED = "ended"

# This process's name and lock, by its pid: a fork has its parent's until it counts.
# A bare descriptor: it stays open until the process ends.
_own: dict[int, tuple[str, int]] = {}


def process_name() -> str:
    """What this process's files are called; unlike any other living process's."""
    pid = os.getpid()
    if pid not in _own:
        for _, inherited in _own.values():
            os.close(inherited)
        _own.clear()
        _own[pid] = _lock_a_name(pid)
    return _own[pid][0]


def counted_files() -> list[str]:
    """The files to add up, inside `alone()`: the living ones' and the ended ones'.

    Other programs' files (Flower's) are left out, and one not filled yet.
    """
    names = [_ENDED, *(path.stem for path in sorted(_folder().glob("*.alive")))]
    found = [_folder() / f"{kind}_{name}.db" for name in names for kind in KINDS]
    return [str(file) for file in found if file.exists() and file.stat().st_size]


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else starts, ends or adds up files meanwhile."""
    with (_folder() / "folder.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fold_ended() -> None:
    """Move what ended processes counted to the common files, inside `alone()`."""
    for path in sorted(_folder().glob("*.alive")):
        with path.open("a") as lock:
            if _taken(lock.fileno()):
                for kind in KINDS:
                    _fold(kind, path.stem)
                path.unlink()


def _lock_a_name(pid: int) -> tuple[str, int]:
    host, number = re.sub(r"[^\w.-]|_", "-", socket.gethostname()), 0
    with alone():
        # Containers may share a host name, and then pids as well.
        while True:
            name = f"{host}-{pid}-{number}"
            lock = os.open(_folder() / f"{name}.alive", os.O_CREAT | os.O_RDWR, 0o666)
            if _taken(lock):
                return name, lock
            os.close(lock)
            number += 1


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _fold(kind: str, name: str) -> None:
    path = _folder() / f"{kind}_{name}.db"
    if path.exists() and path.stat().st_size:
        ended = MmapedDict(str(_folder() / f"{kind}_{_ENDED}.db"))
        for key, value, *_ in MmapedDict.read_all_values_from_file(str(path)):
            before, _ = ended.read_value(key)
            ended.write_value(key, before + value, 0.0)
        ended.close()
    path.unlink(missing_ok=True)


def _folder() -> Path:
    folder: Path = settings.METRICS_DIR
    return folder
