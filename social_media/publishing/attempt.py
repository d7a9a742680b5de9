"""The ledger: no publish call without a committed open attempt (I2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models import (
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.functions import Now

from accounts.ids import new_id
from social_media.enums import AttemptOutcome, TargetStatus
from social_media.models import PublishAttempt, PublishStep
from social_media.models.slots import from_now_slot, text_slot, uuid_slot
from social_media.models.statements import Change, Copy, changing
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
    try:
        row = _OPEN.run(
            attempt=attempt_id, step=step.pk, token=lease.token, deadline=deadline
        )
    except IntegrityError:  # another worker's attempt came first
        return None
    return None if row is None else OpenAttempt(attempt_id, *row)


def _sendable() -> QuerySet[PublishStep, Any]:
    """The step as a row of the ledger, if it may be sent now."""
    give_up_at = from_now_slot("deadline")
    open_already = PublishAttempt.objects.open().filter(step=OuterRef("pk"))
    sendable = PublishStep.objects.unpublished().filter(
        ~Exists(open_already),
        pk=uuid_slot("step"),
        abandoned_at=None,
        target__status=TargetStatus.POSTING,
        target__attempt_token=uuid_slot("token"),
        target__lease_expires_at__gt=give_up_at,
    )
    empty = Value("")
    now = ExpressionWrapper(Now(), output_field=DateTimeField())
    values = (
        uuid_slot("attempt"),
        F("pk"),
        F("target_id"),
        F("position"),
        F("target__attempt_token"),
        F("payload"),
        now,
        give_up_at,
        *(empty,) * 4,
    )
    return sendable.order_by().values_list(*values)


_OPEN = Copy(PublishAttempt, _COLUMNS, _sendable, returning=("payload",))


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
    _CLOSE_PUBLISHED.run(attempt=attempt_id, remote_id=remote_id)


_CLOSE_PUBLISHED = Change(
    lambda: changing(
        PublishAttempt.objects.filter(pk=uuid_slot("attempt")),
        outcome=AttemptOutcome.POSTED,
        closed_at=Now(),
        remote_id=text_slot("remote_id"),
    )
)


def _described(error: PlatformError | None) -> dict[str, Any]:
    if error is None:
        return {}
    return {
        "error_code": error.code[:60],
        "error_message": error.message[:1000],
        "http_status": error.http_status,
    }
