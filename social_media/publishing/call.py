"""Asking a network: one place where its errors become values.

No transaction is open, the database connection is given back, and the `try` holds
the strategy's call alone: a database error can never be taken for the network's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError

from social_media import failpoints
from social_media.models.connection import release_connection
from social_media.platforms.errors import OutcomeUnknown, PlatformError, Unavailable
from social_media.platforms.surprise import surprise
from social_media.publishing.lease import LeaseLost

T = TypeVar("T")


def ask(call: Callable[[], T], *, visible: bool) -> T | PlatformError:
    """The answer of a call to the network, or what its error means (see `guarded`)."""
    release_connection()
    return guarded(call, visible=visible)


def guarded(call: Callable[[], T], *, visible: bool) -> T | PlatformError:
    """A strategy's answer, or what its error means.

    Args:
        call: one call of a strategy.
        visible: whether it may make something appear; what a strategy did not expect
            then counts as OutcomeUnknown, else as Unavailable.

    Errors of a checkpoint (the database's, a lost lease) pass through.
    """
    try:
        with failpoints.publishing(visible=visible):
            return call()
    except PlatformError as error:
        return error
    except (DatabaseError, LeaseLost):
        raise
    except Exception as error:  # noqa: BLE001 - a surprise inside a library
        return surprise(error, OutcomeUnknown if visible else Unavailable)
