"""Targets whose worker is gone."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from social_media.enums import ActivityAction, TargetStatus
from social_media.models import ActivityLog, PostTarget, PublishAttempt
from social_media.platforms.factory import strategy_for
from social_media.posts.derive import lock_post, store_status
from social_media.publishing.record import released

AT_ONCE = 200

WORDS = (
    "The worker stopped in the middle of publishing. We are finding out whether the "
    "post went out."
)


def take_over_expired() -> int:
    """Move targets with an expired lease on; answers how many.

    With an open attempt the network may have it: `reconciling`. Without one nothing
    was sent: back to `scheduled` at once.
    """
    expired = PostTarget.objects.lease_expired().order_by("lease_expires_at")
    rows = list(expired.values_list("pk", "post_id")[:AT_ONCE])
    return sum(_take_over(target_id, post_id) for target_id, post_id in rows)


def _take_over(target_id: uuid.UUID, post_id: uuid.UUID) -> bool:
    with transaction.atomic():
        lock_post(post_id)
        # Lock the row before reading its attempts: nobody can renew the lease then,
        # and under an expired one nobody can open another attempt.
        rows = PostTarget.objects.filter(pk=target_id).lease_expired()
        # The secrets stay unread: one lost key must not stop the sweep for all others.
        rows = rows.select_related("account").defer("account__secrets")
        target = rows.select_for_update(of=("self",)).first()
        if target is None:
            return False
        moved = _move_on(target)
        store_status(post_id)
    return moved


def _move_on(target: PostTarget) -> bool:
    row = PostTarget.objects.filter(pk=target.pk)
    attempts = PublishAttempt.objects.open().filter(target=target)
    attempt = attempts.order_by("-opened_at").first()
    if attempt is None:
        again = row.move(
            TargetStatus.SCHEDULED, of={TargetStatus.POSTING}, **released()
        )
        return bool(again)
    settle: timedelta = strategy_for(target.account.platform).config.settle
    moved = row.move(
        TargetStatus.RECONCILING,
        of={TargetStatus.POSTING},
        due_at=attempt.give_up_at + settle,
        unknown_since=Now(),
        error_code="worker_lost",
        error_message=WORDS,
        **released(),
    )
    ActivityLog.objects.record(
        ActivityAction.TARGET_RECONCILING,
        target,
        workspace_id=target.account.workspace_id,
        message=WORDS,
    )
    return bool(moved)
