"""Targets whose worker is gone, or can't go on."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from social_media.enums import ActivityAction, TargetStatus
from social_media.models import ActivityLog, PostTarget, PublishAttempt, PublishStep
from social_media.models.clock import from_now
from social_media.posts.derive import lock_post, store_status
from social_media.posts.steps import doubtful_targets, published_targets
from social_media.publishing.record import (
    hold_still,
    ours,
    released,
    since_first_doubt,
)
from social_media.publishing.work import Work

AT_ONCE = 200

WORDS = "The worker stopped in the middle of publishing; checking with the network."
NEVER_SENT = (
    "The worker stopped again and again before anything was sent. Nothing was "
    "published; the worker's log says why. Retry it then."
)
NOT_ANSWERED = "An earlier try has not been answered yet; checking with the network."
UNKNOWN_SETTLE = timedelta(seconds=60)


def take_over_expired() -> int:
    """Move targets with an expired lease on; answers how many.

    With an open attempt the network may have it: `reconciling`. Without one nothing
    was sent: back to `scheduled` at once, a few times. A row that can't be moved now
    (its post is locked, its network unknown to this version) stops nobody else's.
    """
    expired = PostTarget.objects.lease_expired().order_by("lease_expires_at")
    rows = list(expired.values_list("pk", "post_id")[:AT_ONCE])
    return sum(_take_over(target_id, post_id) for target_id, post_id in rows)


def step_aside(work: Work, step: PublishStep) -> None:
    """No attempt could be opened for a step that we hold: let go of it at once.

    Another try of it is open: it is looked for. A late answer has filled it: the rest
    goes on. Anything else waits until the lease ends, and costs a try then.
    """
    with transaction.atomic():
        lock_post(work.target.post_id)
        if not hold_still(work):
            return
        attempt = _open_attempt(work.target)
        if attempt is not None:
            _doubt(work.target, attempt, "outcome_unknown", NOT_ANSWERED)
        elif not _is_pending(step):
            ours(work).move(
                TargetStatus.SCHEDULED, of={TargetStatus.POSTING}, **released()
            )
        store_status(work.target.post_id)


def stand_back(work: Work) -> None:
    """Nothing was sent, and nothing may leave now: it waits as if never taken."""
    with transaction.atomic():
        lock_post(work.target.post_id)
        ours(work).move(TargetStatus.SCHEDULED, of={TargetStatus.POSTING}, **released())
        store_status(work.target.post_id)


def _is_pending(step: PublishStep) -> bool:
    rows = PublishStep.objects.unpublished().filter(pk=step.pk, abandoned_at=None)
    return rows.exists()


def _take_over(target_id: uuid.UUID, post_id: uuid.UUID) -> bool:
    with transaction.atomic():
        if not lock_post(post_id, wait=False):
            return False
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
    attempt = _open_attempt(target)
    if attempt is None:
        return _start_over(target)
    return _doubt(target, attempt, "worker_lost", WORDS)


def _open_attempt(target: PostTarget) -> PublishAttempt | None:
    attempts = PublishAttempt.objects.open().filter(target=target)
    return attempts.order_by("-opened_at").first()


def _start_over(target: PostTarget) -> bool:
    """Counted as a try: what kills every worker that prepares it must end.

    Never given up where a part is out or may be; that waits longer each time.
    """
    delays, ids = settings.RETRY_DELAYS, {target.pk}
    begun = bool(published_targets(ids) | doubtful_targets(ids))
    if not begun and target.tries >= len(delays):
        return _give_up(target)
    changes: dict[str, Any] = {"tries": F("tries") + 1}
    if begun and target.tries:
        changes["due_at"] = from_now(delays[min(target.tries, len(delays) - 1)])
    moved = PostTarget.objects.filter(pk=target.pk).move(
        TargetStatus.SCHEDULED, of={TargetStatus.POSTING}, **changes, **released()
    )
    return bool(moved)


def _give_up(target: PostTarget) -> bool:
    moved = PostTarget.objects.filter(pk=target.pk).move(
        TargetStatus.FAILED,
        of={TargetStatus.POSTING},
        error_code="worker_lost",
        error_message=NEVER_SENT,
        **released(),
    )
    _tell(ActivityAction.TARGET_FAILED, target, NEVER_SENT)
    return bool(moved)


def _doubt(target: PostTarget, attempt: PublishAttempt, code: str, words: str) -> bool:
    settle = settle_time(target.account.platform)
    moved = PostTarget.objects.filter(pk=target.pk).move(
        TargetStatus.RECONCILING,
        of={TargetStatus.POSTING},
        due_at=attempt.give_up_at + settle,
        unknown_since=since_first_doubt(),
        error_code=code,
        error_message=words,
        **released(),
    )
    _tell(ActivityAction.TARGET_RECONCILING, target, words)
    return bool(moved)


def settle_time(platform: str) -> timedelta:
    """The network's settle time; the longest usual one where this version is older
    than the row and doesn't know the network.
    """
    network = settings.NETWORKS.get(platform)
    return network.settle if network else UNKNOWN_SETTLE


def _tell(action: ActivityAction, target: PostTarget, words: str) -> None:
    workspace = target.account.workspace_id
    ActivityLog.objects.record(action, target, workspace_id=workspace, message=words)
