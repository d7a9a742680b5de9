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

from social_media.models.connection import release_connection
from social_media.platforms.errors import OutcomeUnknown, PlatformError, Unavailable
from social_media.publishing.lease import LeaseLost

T = TypeVar("T")

log = structlog.get_logger(__name__)


def ask(call: Callable[[], T], *, visible: bool) -> T | PlatformError:
    """The call's answer, or what its error means.

    Args:
        call: one call of a strategy.
        visible: whether it may make something appear; what a strategy did not expect
            then counts as OutcomeUnknown, else as Unavailable.

    Errors of a checkpoint (the database's, a lost lease) pass through.
    """
    release_connection()
    try:
        return call()
    except PlatformError as error:
        return error
    except (DatabaseError, LeaseLost):
        raise
    except Exception as error:  # noqa: BLE001 - a surprise inside a library
        kind = OutcomeUnknown if visible else Unavailable
        name = type(error).__name__
        where = traceback.format_tb(error.__traceback__)  # code lines, no values
        log.error(  # noqa: TRY400 - the text of the exception is what must not show
            "strategy_failed", error=name, visible=visible, where=where
        )
        return kind(f"The network's answer was not understood ({name}).", code="bug")
