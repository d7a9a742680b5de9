"""A test marked `alone` runs while no other test does: a plugin, loaded by pytest.ini.

For tests that measure time, among xdist workers. Whoever waits at the gate comes next,
so the many short tests can't keep the one waiting for ever. Those marked `waits` come
first.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mostly waits comes first: at the end nothing would run beside it."""
    items.sort(key=lambda item: item.get_closest_marker("waits") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Everything of a test, its fixtures included."""
    if not _RUN:
        return (yield)
    with _turn(alone=item.get_closest_marker("alone") is not None):
        return (yield)


def pytest_unconfigure() -> None:
    """Leave no file behind; a worker that still runs needs no lock any more."""
    for name in ("gate", "room"):
        _path(name).unlink(missing_ok=True)


@contextmanager
def _turn(*, alone: bool) -> Iterator[None]:
    with _opened("gate") as gate, _opened("room") as room:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


def _opened(name: str) -> IO[str]:
    return _path(name).open("a")


def _path(name: str) -> Path:
    return Path(tempfile.gettempdir()) / f"stationmaster-tests-{_RUN}.{name}"
