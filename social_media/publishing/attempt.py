"""The ledger: no publish call without a committed open attempt (I2)."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import (
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    UUIDField,
    Value,
)
from django.db.models.functions import Now

from accounts.ids import new_id
from social_media.enums import AttemptOutcome, TargetStatus
from social_media.models import PublishAttempt, PublishStep
from social_media.models.clock import from_now
from social_media.platforms.errors import PlatformError
from social_media.publishing.lease import Lease


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """A committed attempt, with the payload that is to be sent: no other."""

    id: uuid.UUID
    payload: dict[str, Any]


_COLUMNS = (
    "id",
    "step_id",
    "target_id",
    "position",
    "token",
    "payload",
    "opened_at",
    "give_up_at",
    "outcome",
    "error_code",
    "error_message",
    "remote_id",
)


def open_attempt(
    step: PublishStep, lease: Lease, *, deadline: timedelta
) -> OpenAttempt | None:
    """Write the attempt down before the call, in one statement of its own.

    None unless the step has no remote id (I3) and no open attempt (I2, I4), and the
    lease outlasts a call of `deadline` by the database's clock (I1).
    """
    attempt_id = new_id()
    select, params = _sendable(
        step, lease, attempt_id, deadline
    ).query.sql_with_params()
    quote = connection.ops.quote_name
    table = quote(PublishAttempt._meta.db_table)
    columns = ", ".join(quote(name) for name in _COLUMNS)
    sql = f"INSERT INTO {table} ({columns}) {select} RETURNING {quote('payload')}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            row = cursor.fetchone()
    except IntegrityError:  # another worker's attempt came first
        return None
    if row is None:
        return None
    # Raw SQL answers JSON as text.
    return OpenAttempt(attempt_id, json.loads(row[0]))


def _sendable(
    step: PublishStep, lease: Lease, attempt_id: uuid.UUID, deadline: timedelta
) -> QuerySet[PublishStep, Any]:
    """The step as a row of the ledger, if it may be sent now."""
    open_already = PublishAttempt.objects.open().filter(step=OuterRef("pk"))
    sendable = PublishStep.objects.unpublished().filter(
        ~Exists(open_already),
        pk=step.pk,
        abandoned_at=None,
        target__status=TargetStatus.POSTING,
        target__attempt_token=lease.token,
        target__lease_expires_at__gt=from_now(deadline),
    )
    empty = Value("")
    now = ExpressionWrapper(Now(), output_field=DateTimeField())
    values = (
        Value(attempt_id, output_field=UUIDField()),
        F("pk"),
        F("target_id"),
        F("position"),
        F("target__attempt_token"),
        F("payload"),
        now,
        from_now(deadline),
        *(empty,) * 4,
    )
    return sendable.order_by().values_list(*values)


def close_attempt(
    attempt_id: uuid.UUID, outcome: AttemptOutcome, error: PlatformError | None = None
) -> None:
    """Write how the attempt ended, unless that is known already."""
    rows = PublishAttempt.objects.open().filter(pk=attempt_id)
    rows.update(outcome=outcome, closed_at=Now(), **_described(error))


def leave_open(attempt_id: uuid.UUID, error: PlatformError) -> None:
    """Its answer was lost: note the circumstances, a look-up will close it."""
    PublishAttempt.objects.open().filter(pk=attempt_id).update(**_described(error))


def reopen(step: PublishStep) -> bool:
    """The last try that was to be repeated is in doubt again, if there is one; no
    other is open.
    """
    tries = PublishAttempt.objects.filter(
        step=step, outcome=AttemptOutcome.REPEATABLE
    ).order_by("-opened_at")
    newest = tries.values("pk")[:1]
    rows = PublishAttempt.objects.filter(pk__in=newest)
    return bool(rows.update(outcome="", closed_at=None))


def close_published(attempt_id: uuid.UUID, remote_id: str) -> None:
    """The network says it is out: that holds, whatever was believed before."""
    PublishAttempt.objects.filter(pk=attempt_id).update(
        outcome=AttemptOutcome.POSTED, closed_at=Now(), remote_id=remote_id
    )


def _described(error: PlatformError | None) -> dict[str, Any]:
    if error is None:
        return {}
    return {
        "error_code": error.code[:60],
        "error_message": error.message[:1000],
        "http_status": error.http_status,
    }
