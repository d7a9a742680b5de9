"""The database connection between statements: given back, and insisted upon."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0

log = structlog.get_logger(__name__)


class InsideTransaction(RuntimeError):
    """A network call was about to be made inside a database transaction: a bug."""


def release_connection() -> None:
    """Give this thread's connection back before a network call.

    Raises InsideTransaction: waiting for a network must never hold locks.
    """
    if connection.in_atomic_block:
        raise InsideTransaction
    connection.close()


def insist(write: Callable[[], T], *, within: timedelta) -> T:
    """Run `write`, again if the database fails, until `within` is over.

    `write` is one transaction that may safely run twice. Used for what must not be
    lost: a network's answer, a rotated token. Raises the last database error.
    """
    give_up, pause = time.monotonic() + within.total_seconds(), FIRST_PAUSE
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or time.monotonic() + pause > give_up:
                raise
            log.warning("database_failed_trying_again", error=type(error).__name__)
        connection.close()
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
