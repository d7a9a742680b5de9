"""Connections are kept per thread: none is shared, none waits for a lock."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from social_media.platforms.config import NetworkConfig


class _Closes(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=_Closes)

#: Configurations in use at a time; more only come up in tests.
_KEPT = 12


class _Kept(Generic[T]):
    """What one thread holds: closed when the thread ends, or the process."""

    def __init__(self) -> None:
        # By identity, as mappings can't be hashed. The configuration is kept too, so
        # that nothing else gets its id.
        self.entries: OrderedDict[int, tuple[NetworkConfig, T]] = OrderedDict()
        weakref.finalize(self, _close_all, self.entries)


def _close_all(entries: OrderedDict[int, tuple[NetworkConfig, T]]) -> None:
    for _, made in entries.values():
        made.close()


class PerThread(Generic[T]):
    """One `make(config)` per thread and configuration, the oldest closed when many."""

    def __init__(self, make: Callable[[NetworkConfig], T]) -> None:
        self._make = make
        self._local = threading.local()

    def get(self, config: NetworkConfig) -> T:
        """This thread's own for `config`."""
        if not hasattr(self._local, "kept"):
            self._local.kept = _Kept()
        entries: OrderedDict[int, tuple[NetworkConfig, T]] = self._local.kept.entries
        if id(config) not in entries:
            entries[id(config)] = (config, self._make(config))
            if len(entries) > _KEPT:
                entries.popitem(last=False)[1][1].close()
        return entries[id(config)][1]
