"""Connections are kept per thread: none is shared, none waits for a lock."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from social_media.platforms.config import NetworkConfig


class _Closes(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=_Closes)

#: Configurations in use at a time; more only come up in tests.
_KEPT = 12


class PerThread(Generic[T]):
    """One `make(config)` per thread and configuration, the oldest closed when many."""

    def __init__(self, make: Callable[[NetworkConfig], T]) -> None:
        self._make = make
        self._local = threading.local()

    def get(self, config: NetworkConfig) -> T:
        """This thread's own for `config`, by identity: mappings can't be hashed."""
        kept: OrderedDict[int, tuple[NetworkConfig, T]]
        kept = self._local.__dict__.setdefault("kept", OrderedDict())
        if id(config) not in kept:
            # The configuration is kept too, so that its id stays its own.
            kept[id(config)] = (config, self._make(config))
            if len(kept) > _KEPT:
                kept.popitem(last=False)[1][1].close()
        return kept[id(config)][1]
