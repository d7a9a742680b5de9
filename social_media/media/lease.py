"""A worker's hold on a file or a rendition that it makes."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import Error, connection
from django.db.models import F, Model

from social_media.models.clock import from_now
from social_media.models.media import MadeRows

log = structlog.get_logger(__name__)

#: Progress is written this often at most.
_WRITE_EVERY_SECONDS = 2.0


#: Of a row that nobody works on, and nobody is to.
LET_GO = {"due_at": None, "attempt_token": None, "lease_expires_at": None}


class LeaseLost(Exception):
    """Another worker has it, or it was deleted: stop at once, write nothing."""


class Stopped(Exception):
    """This worker was asked to end: somebody else is to go on."""


class Hold:
    """One leased row.

    `kept` renews it while work goes on: what works, the workshop and the storage, has
    deadlines of its own. `beat` and `progress` are called by what works, and end it.
    """

    def __init__(
        self,
        rows: MadeRows[Any],
        row_id: uuid.UUID,
        token: uuid.UUID,
        stopping: Callable[[], bool],
    ) -> None:
        self._rows, self._id, self._token = rows, row_id, token
        self._stopping = stopping
        self._written = time.monotonic()
        self._percent = 0
        self._lost = False

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Meanwhile the lease doesn't run out as long as this process lives."""
        done = threading.Event()
        thread = threading.Thread(target=self._keep, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def progress(self, percent: int) -> None:
        """So much is done. Raises LeaseLost, Stopped."""
        self._percent = min(99, percent)
        self.beat()
        if time.monotonic() - self._written >= _WRITE_EVERY_SECONDS:
            self.renew()

    def beat(self) -> None:
        """Work goes on. Raises LeaseLost, Stopped."""
        if self._lost:
            raise LeaseLost
        if self._stopping():
            raise Stopped

    def renew(self) -> None:
        """Start the lease over. Raises LeaseLost."""
        lease = from_now(settings.MEDIA_LEASE)
        if not self.held().update(lease_expires_at=lease, progress=self._percent):
            self._lost = True
            raise LeaseLost
        self._written = time.monotonic()

    def _keep(self, done: threading.Event) -> None:
        """In a thread of its own, with a connection of its own."""
        try:
            while not done.wait(settings.MEDIA_LEASE.total_seconds() / 4):
                self._renew_if_possible()
        except LeaseLost:
            return  # whoever works hears of it from `beat`
        finally:
            connection.close()

    def _renew_if_possible(self) -> None:
        """A database that is away may be back the next time: work takes longer."""
        try:
            self.renew()
        except Error as error:
            log.warning("media_lease_not_renewed", error=type(error).__name__)
            connection.close()

    def finish(self, status: str, **values: object) -> bool:
        """Move it there, and let go; False, and nothing written, if it was lost."""
        return bool(self.held().move(status, **LET_GO, **values))

    def put_off(self, delay: timedelta, **values: object) -> None:
        """Have it tried again after `delay`."""
        due_at = from_now(delay)
        self.held().update(**{**LET_GO, **values, "due_at": due_at, "progress": 0})

    def give_back(self) -> None:
        """As if it had not been taken."""
        self.put_off(timedelta(0), tries=F("tries") - 1)

    def held(self) -> MadeRows[Any]:
        """The row, as long as it is ours."""
        return self._rows.filter(pk=self._id).held_by(self._token)


def take(rows: MadeRows[Any], row: Model, stopping: Callable[[], bool]) -> Hold | None:
    """Lease `row` of these and bring it up to date; None if another was first."""
    token = uuid.uuid4()
    if rows.filter(pk=row.pk).take(token, settings.MEDIA_LEASE) != 1:
        return None
    row.refresh_from_db()
    return Hold(rows, row.pk, token, stopping)
