"""Uploading ahead of time, so that at the due second one call remains.

The target stays `scheduled`, its account free for other posts. A lease of its own keeps
everybody else away from it meanwhile: not even at its due time does it leave before the
uploads are through, for a second worker would upload all of it once more. What fails
here is tried again, at its due time at the latest, and only then costs a try.
"""

from __future__ import annotations

import uuid
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from social_media.enums import ActivityAction, TargetStatus
from social_media.models import ActivityLog, Heartbeat, PostTarget
from social_media.models.clock import from_now
from social_media.platforms.errors import (
    NotReady,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.publishing.lease import LeaseLost, UploadLease
from social_media.publishing.prepare import prepare
from social_media.publishing.record import insist_on
from social_media.publishing.work import Work, load_work

#: The row that those who take wait for.
LINE = "uploads"

log = structlog.get_logger(__name__)


def uploads_waiting() -> int:
    """How many targets wait for their uploads to begin, as far as there are slots."""
    room = settings.PREPARE_SLOTS - _at_work()
    return PostTarget.objects.to_prepare()[: max(0, room)].count()


def upload_next() -> bool:
    """Upload for the next target that has something to upload; whether there was one.

    Holds no more than PREPARE_SLOTS targets at a time in all.
    """
    lease = _take()
    if lease is None:
        return False
    work = load_work(lease)
    if work is not None:
        try:
            _upload(work)
        except LeaseLost:
            log.info("uploads_stopped", target=str(lease.target_id))
    return True


def _at_work() -> int:
    return PostTarget.objects.filter(preparing_until__gt=Now()).count()


def _take() -> UploadLease | None:
    token, began = uuid.uuid4(), UploadLease.clock()
    with transaction.atomic():
        _wait_in_line()
        if _at_work() >= settings.PREPARE_SLOTS:
            return None
        rows = PostTarget.objects.to_prepare()
        free = rows.select_for_update(skip_locked=True, no_key=True)
        target_id = free.values_list("pk", flat=True).first()
        if target_id is None:
            return None
        PostTarget.objects.filter(pk=target_id).update(
            preparing_token=token, preparing_until=from_now(settings.LEASE)
        )
    return UploadLease(target_id, token, began)


def _wait_in_line() -> None:
    """Let one at a time count and take: of many that count at once all would fit."""
    rows = Heartbeat.objects.filter(name=LINE)
    if not rows.update(beaten_at=Now()):
        Heartbeat.objects.bulk_create(
            [Heartbeat(name=LINE, beaten_at=Now())], ignore_conflicts=True
        )
        rows.update(beaten_at=Now())


def _upload(work: Work) -> None:
    ready = prepare(work)
    error = ready if isinstance(ready, PlatformError) else None
    again_at = _again_at(error) if error else None
    insist_on(work, lambda: _let_go(work, error, again_at))
    if isinstance(error, RateLimited):
        insist_on(work, lambda: _spare(work, error))


def _again_at(error: PlatformError) -> datetime | Combinable | None:
    """When to try again, None to leave it to the due time."""
    match error:
        case NotReady():
            return error.check_at
        case RateLimited():
            return error.retry_at
        case Unavailable():
            return from_now(settings.RETRY_DELAYS[0])
        case _:
            return None


def _let_go(
    work: Work, error: PlatformError | None, again_at: datetime | Combinable | None
) -> None:
    changes = {"prepare_at": again_at, "preparing_token": None, "preparing_until": None}
    with transaction.atomic():
        held = work.lease.held().update(**changes)
        if held and error and again_at is None:
            _warn(work, error)


@transaction.atomic
def _spare(work: Work, error: RateLimited) -> None:
    """The account's other uploads wait, too; its posts learn for themselves.

    A transaction of its own, with no other target locked, and none waited for: those
    who hold several have taken them in an order of theirs. What they hold may ask.
    """
    others = PostTarget.objects.filter(
        account=work.account.pk,
        status=TargetStatus.SCHEDULED,
        prepare_at__lt=error.retry_at,
    )
    free = others.select_for_update(skip_locked=True, no_key=True).order_by("pk")
    PostTarget.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(
        prepare_at=error.retry_at
    )


def _warn(work: Work, error: PlatformError) -> None:
    """What will most likely fail at its time is told while there is time left."""
    ActivityLog.objects.record(
        ActivityAction.TARGET_WARNED,
        work.target,
        workspace_id=work.account.workspace_id,
        message=(
            f"Its uploads to {work.account} failed ahead of its time, and will be "
            f"tried again then: {error.message}"
        )[:1000],
    )
