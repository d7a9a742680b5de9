"""What the domain refuses about posts and accounts, as the API's errors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from rest_framework import exceptions, status
from rest_framework.exceptions import ErrorDetail

from social_media.api.v1.errors import Conflict, Unavailable, translate
from social_media.oauth.errors import (
    AccountBusy,
    AccountDisconnected,
    InvalidConnection,
)
from social_media.oauth.standing import WrongStanding
from social_media.platforms.base import Problem
from social_media.platforms.errors import PlatformError, RateLimited
from social_media.posts import errors as posts
from social_media.posts.pause import Undecided
from social_media.posts.queues.hold import QueueGone
from social_media.posts.recurrence.lock import ScheduleGone


class NetworkLimit(exceptions.APIException):
    """429: not we but the network asks to wait."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "network_rate_limit"

    def __init__(self, error: RateLimited) -> None:
        super().__init__(error.message)
        self.wait = (error.retry_at - datetime.now(UTC)).total_seconds()


def invalid(problems: Iterable[Problem]) -> exceptions.ValidationError:
    """A 400 that names every problem by its path."""
    detail: dict[str, list[ErrorDetail]] = {}
    for one in problems:
        detail.setdefault(one.field, []).append(ErrorDetail(one.message, code=one.code))
    return exceptions.ValidationError(detail)


@translate.register
def _(error: posts.InvalidDraft) -> exceptions.APIException:
    return invalid(error.problems)


@translate.register
def _(error: posts.Conflict) -> exceptions.APIException:
    return Conflict(error.message, code=error.code)


@translate.register
def _(error: posts.PostGone) -> exceptions.APIException:
    return exceptions.NotFound(error.message)


@translate.register
def _(error: ScheduleGone) -> exceptions.APIException:
    return exceptions.NotFound(error.message)


@translate.register
def _(error: posts.LabelGone) -> exceptions.APIException:
    return exceptions.NotFound(error.message)


@translate.register
def _(error: QueueGone) -> exceptions.APIException:
    return exceptions.NotFound(error.message)


@translate.register
def _(error: InvalidConnection) -> exceptions.APIException:
    return invalid(error.problems)


@translate.register
def _(error: AccountBusy) -> exceptions.APIException:
    return Conflict(error.message, code="account_busy")


@translate.register
def _(error: AccountDisconnected) -> exceptions.APIException:
    return Conflict(error.message, code="disconnected")


@translate.register
def _(error: WrongStanding) -> exceptions.APIException:
    return Conflict(str(error), code="wrong_status")


@translate.register
def _(error: Undecided) -> exceptions.APIException:
    return Conflict(error.message, code="overdue_undecided")


@translate.register
def _(error: PlatformError) -> exceptions.APIException:
    return Unavailable(error.message, code="network_unavailable")


@translate.register
def _(error: RateLimited) -> exceptions.APIException:
    return NetworkLimit(error)
