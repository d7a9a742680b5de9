"""The work folder: uploads while they come in, and files while they are made."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings

from social_media.media.errors import storage_error

log = structlog.get_logger(__name__)

#: Nothing is worked on for so long: what is older was left by a killed process.
LEFT_AFTER = timedelta(days=1)
#: Each process that uses the folder looks for that so often: hosts and containers may
#: have a folder each, and on some there is nobody else who would.
LOOK_EVERY = timedelta(hours=1)


@dataclass(slots=True)
class Looks:
    """When this process looked last."""

    _next_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self) -> bool:
        """At the first call and then every LOOK_EVERY, for one thread."""
        with self._lock:
            now = time.monotonic()
            due = now >= self._next_at
            if due:
                self._next_at = now + LOOK_EVERY.total_seconds()
        return due


_looks = Looks()


def work_dir() -> Path:
    """MEDIA_WORK_DIR, made at the first call; nobody else may look into it."""
    path = Path(settings.MEDIA_WORK_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextmanager
def work_folder(kind: str) -> Iterator[Path]:
    """An empty folder of one's own; gone in the end, with all that is in it.

    Raises NoSpace, StorageAway.
    """
    _look_now_and_then()
    try:
        folder = tempfile.TemporaryDirectory(prefix=f"{kind}-", dir=work_dir())
    except OSError as error:
        log.warning("work_folder_unusable", error=str(error.strerror))
        raise storage_error(error) from None
    with folder as path:
        yield Path(path)


def _look_now_and_then() -> None:
    if not _looks.is_due():
        return
    try:
        remove_left_behind()
    except OSError as error:  # there may be room all the same
        log.warning("work_folder_not_swept", error=str(error.strerror))


def remove_left_behind() -> int:
    """Remove what killed processes left; answers how many."""
    return sum(_removed(one) for one in work_dir().iterdir())


def _removed(path: Path) -> bool:
    old = time.time() - LEFT_AFTER.total_seconds()
    with suppress(FileNotFoundError):  # whoever worked there has ended meanwhile
        if path.stat().st_mtime >= old:
            return False
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return True
    return False
