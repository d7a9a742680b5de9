"""Looking at an upload while its sender waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from social_media.media import workshop
from social_media.media.errors import MediaError, Refused
from social_media.media.intake import Received
from social_media.media.limits import workshop_limits
from social_media.platforms.media import Facts

#: So long an upload waits for others to be looked at: no longer than a client does.
PATIENCE_SECONDS = 10.0


class NotLookedAt(MediaError):
    """We, and not the bytes, are at fault."""

    code = "not_looked_at"

    def __init__(
        self, message: str = "The server could not look at this file. Try again."
    ) -> None:
        super().__init__(message)


class Busy(NotLookedAt):
    """Others are being looked at."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__(
            "The server is busy with other uploads. Send the file again in some "
            "seconds; nothing was stored."
        )


def inspected(received: Received) -> Facts:
    """What the bytes are. Raises Refused, NotLookedAt, OSError."""
    try:
        with _turn():
            return workshop.inspect(received.path, workshop_limits())
    except workshop.Unusable as error:
        raise Refused(error.message, code=error.code) from None
    except workshop.WorkshopFailed:
        raise NotLookedAt from None


@contextmanager
def _turn() -> Iterator[None]:
    """One of MEDIA_SLOTS of this process: each takes a core and some hundred MB."""
    places = _places(settings.MEDIA_SLOTS)
    if not places.acquire(timeout=PATIENCE_SECONDS):
        raise Busy
    try:
        yield
    finally:
        places.release()


@cache
def _places(count: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(count)
