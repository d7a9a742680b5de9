"""Where the processes of one host, or of containers sharing a volume, keep counters.

Each process writes files of its own under METRICS_DIR and holds a lock on a file beside
them. The kernel drops that lock when the process ends, however it ends; what it counted
is then added to the files of the ended ones, so that no counter ever goes down.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from django.conf import settings

from social_media.publishing.number_file import NumberFile, read_numbers

KINDS = ("counter", "histogram")
_ENDED = "ended"

log = structlog.get_logger(__name__)

# This process's name and lock, by its pid: a fork has its parent's until it counts.
# A bare descriptor: it stays open until the process ends.
_own: dict[int, tuple[str, int]] = {}
# What was complained about already: a scrape every few seconds is no reason to repeat.
_told: set[str] = set()


def process_name() -> str:
    """What this process's files are called; unlike any other living process's."""
    pid = os.getpid()
    if pid not in _own:
        for _, inherited in _own.values():
            os.close(inherited)
        _own.clear()
        _own[pid] = _lock_a_name(pid)
    return _own[pid][0]


def path_of_mine(kind: str) -> Path:
    """Where this process counts. Raises OSError where it can't."""
    return _path(kind, process_name())


def counted_files() -> list[str]:
    """The files to add up, inside `alone()`: the living ones' and the ended ones'.

    Left out: other programs' files (Flower's), one not filled yet, one that can't be
    read.
    """
    names = [_ENDED, *(path.stem for path in sorted(_folder().glob("*.alive")))]
    found = [_path(kind, name) for name in names for kind in KINDS]
    return [str(file) for file in found if _has_numbers(file)]


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else starts, ends or adds up files meanwhile."""
    with (_folder() / "folder.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fold_ended() -> None:
    """Move what ended processes counted to the common files, inside `alone()`.

    What can't be moved (another user's, or no room) stays for the next time.
    """
    for path in sorted(_folder().glob("*.alive")):
        try:
            with path.open("a") as lock:
                if _taken(lock.fileno()):
                    for kind in KINDS:
                        _fold(kind, path.stem)
                    path.unlink()
        except OSError as error:
            complain(path, error)


def complain(path: Path, error: OSError) -> None:
    """Log, once a process, what is wrong with a file or folder of figures."""
    if str(path) not in _told:
        _told.add(str(path))
        log.warning("figures.left_out", path=str(path), error=str(error))


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
    path, ended = _path(kind, name), _path(kind, _ENDED)
    if _has_numbers(path):
        # Aside, and moved when complete: half of it would be counted twice.
        fresh = ended.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        if ended.exists():
            shutil.copyfile(ended, fresh)
        total = NumberFile(fresh)
        try:
            for key, number, _ in read_numbers(path):
                total.add(key, number)
        finally:
            total.close()
        fresh.replace(ended)
    path.unlink(missing_ok=True)


def _has_numbers(path: Path) -> bool:
    try:
        return any(True for _ in read_numbers(path))
    except FileNotFoundError:
        return False
    except OSError as error:
        complain(path, error)
        return False


def _path(kind: str, name: str) -> Path:
    return _folder() / f"{kind}_{name}.db"


def _folder() -> Path:
    folder: Path = settings.METRICS_DIR
    return folder
