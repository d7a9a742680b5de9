"""What a strategy did not expect: an answer nobody has seen yet, a bug in a library."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

import structlog

from social_media.platforms.errors import PlatformError, Unavailable

T = TypeVar("T")

log = structlog.get_logger(__name__)


def surprise(error: Exception, kind: type[PlatformError]) -> PlatformError:
    """The error that a surprise counts as; where it was raised goes to the log."""
    name = type(error).__name__
    # Where, in code lines: the text of the exception may hold a token.
    where = traceback.format_tb(error.__traceback__)
    log.error("strategy_failed", error=name, means=kind.__name__, where=where)
    return kind(f"The network's answer was not understood ({name}).", code="bug")


def answer_of(call: Callable[[], T]) -> T | PlatformError:
    """The answer of a call that makes nothing visible, or its error; a surprise counts
    as Unavailable. The call touches no database.
    """
    try:
        return call()
    except PlatformError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a surprise inside a library
        return surprise(error, Unavailable)
