"""What this process counts: in its memory, and in files that /metrics adds up.

A file that can't be written, on a full disk say, is done without until it can be:
figures never end publishing.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import Any

import structlog
from prometheus_client.mmap_dict import mmap_key
from prometheus_client.values import MutexValue

from social_media.publishing.figure_files import KINDS, path_of_mine
from social_media.publishing.number_file import NumberFile

log = structlog.get_logger(__name__)


class _Mine:
    """The files of this process; a fork opens its own."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.files: dict[str, tuple[int, NumberFile]] = {}
        self.told: set[str] = set()

    def add(self, kind: str, key: str, amount: float) -> bool:
        """Whether `amount` is in the file now; what keeps it out is logged once."""
        try:
            self._file(kind).add(key, amount)
        except OSError as error:
            # Opened anew for the next number: the disk may have room again.
            self._drop(kind)
            if kind not in self.told:
                log.warning("figures.not_kept", kind=kind, error=str(error))
            self.told.add(kind)
            return False
        return True

    def _file(self, kind: str) -> NumberFile:
        pid = os.getpid()
        if kind in self.files and self.files[kind][0] != pid:
            self._drop(kind)
        if kind not in self.files:
            self.files[kind] = pid, NumberFile(path_of_mine(kind))
        return self.files[kind][1]

    def _drop(self, kind: str) -> None:
        _, file = self.files.pop(kind, (0, None))
        if file:
            file.close()


mine = _Mine()


class KeptValue(MutexValue):
    """prometheus_client's value in memory, whose increments go to a file as well."""

    def __init__(self, typ: str, *named: Any, **options: Any) -> None:
        super().__init__(typ, *named, **options)  # type: ignore[no-untyped-call]
        metric, name, label_names, label_values, text = named
        self._kind = typ
        self._key = mmap_key(metric, name, label_names, label_values, text)
        self._unwritten = 0.0
        # A series is there, at 0, before its first event.
        self.inc(0.0)

    def inc(self, amount: float) -> None:
        super().inc(amount)  # type: ignore[no-untyped-call]
        if self._kind in KINDS:
            with mine.lock:
                self._unwritten += amount
                if mine.add(self._kind, self._key, self._unwritten):
                    self._unwritten = 0.0
