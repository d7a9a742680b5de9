"""kombu's filesystem transport for several processes at once: the embedded broker.

kombu's own creates a message under its final name and fills it afterwards, so a reader
may take an empty file, and its worker dies of it; the list of an exchange's queues has
the same gap. Here a message appears whole, and one lock guards the lists.
"""

from __future__ import annotations

import fcntl
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

#: The scheme of its URL.
SCHEME = "files"


class Channel(filesystem.Channel):
    """Messages are files named `<when>_<unique>.<queue>.msg` in one folder."""

    # Its two parents name the parameter differently.
    def _put(  # type: ignore[override]
        self, queue: str, payload: Any, **_: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        unique = f"{time.time_ns()}_{uuid.uuid4()}"
        unfinished = folder / f"{unique}.unfinished"
        unfinished.write_text(dumps(payload), encoding="utf-8")
        unfinished.rename(folder / f"{unique}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in self._messages(queue):
            taken = path.with_suffix(".taken")
            try:
                path.rename(taken)
            except FileNotFoundError:
                continue  # another worker has it
            payload = taken.read_text(encoding="utf-8")
            taken.unlink()
            return loads(payload)
        raise Empty

    def _messages(self, queue: str) -> list[Path]:
        folder = Path(self.data_folder_in)
        # A queue's name may have dots of its own.
        wanted = f"{queue}.msg"
        return sorted(
            path for path in folder.iterdir() if path.name.partition(".")[2] == wanted
        )

    def get_table(self, exchange: str) -> Any:
        with self._locked():
            return super().get_table(exchange)

    def _queue_bind(self, *args: Any) -> None:
        with self._locked():
            super()._queue_bind(*args)

    def _delete(self, *args: Any, **kwargs: Any) -> None:
        with self._locked():
            super()._delete(*args, **kwargs)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.control_folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """Registered under SCHEME as soon as this module is imported."""

    Channel = Channel


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:{Transport.__name__}"
