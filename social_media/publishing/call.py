"""Asking a network: one place where its errors become values.

No transaction is open, the database connection is given back, and the `try` holds
the strategy's call alone: a database error can never be taken for the network's.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import DatabaseError

from social_media import failpoints
from social_media.models.connection import release_connection
from social_media.platforms.errors import OutcomeUnknown, PlatformError, Unavailable
from social_media.publishing.lease import LeaseLost

T = TypeVar("T")

log = structlog.get_logger(__name__)


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
        return _surprise(error, visible=visible)


def _surprise(error: Exception, *, visible: bool) -> PlatformError:
    kind = OutcomeUnknown if visible else Unavailable
    name = type(error).__name__
    # Where, in code lines: the text of the exception may hold a token.
    where = traceback.format_tb(error.__traceback__)
    log.error("strategy_failed", error=name, visible=visible, where=where)
    return kind(f"The network's answer was not understood ({name}).", code="bug")
