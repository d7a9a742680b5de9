"""Taking a target: by an update whose row count is checked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from social_media.enums import (
    IN_FLIGHT,
    ActivityAction,
    Instant,
    LatePolicy,
    PostStatus,
    TargetStatus,
)
from social_media.failpoints import reached
from social_media.models import ActivityLog, ConnectedAccount, Post, PostTarget
from social_media.models.clock import from_now
from social_media.posts.derive import lock_post, store_status
from social_media.publishing.lease import Lease

AT_ONCE = 200
_UNSENT = frozenset({TargetStatus.SCHEDULED, TargetStatus.QUEUED})


@dataclass(frozen=True, slots=True)
class Claim:
    """This worker acts on the target, as long as the lease holds."""

    target_id: uuid.UUID
    lease: Lease


def claim_target(target_id: uuid.UUID) -> Claim | None:
    """Take a queued target; None if it is not ours to take (any more)."""
    lease = Lease(target_id, uuid.uuid4(), Lease.clock())
    mine = PostTarget.objects.filter(pk=target_id).account_ready().in_time()
    reached(Instant.CLAIM_BEFORE_COMMIT)
    if not mine.move(
        TargetStatus.POSTING, of={TargetStatus.QUEUED}, **_taken(lease.token)
    ):
        _decline_if_late(target_id)
        return None
    _show_posting(lease)
    return Claim(target_id, lease)


def claim_next(account_id: uuid.UUID) -> Claim | None:
    """Take the account's next due target; None if it has none or is being scanned.

    Saves a message per post. The account's row is locked as the scan locks it, so
    that the two never put a second target of the account in flight.
    """
    token, began = uuid.uuid4(), Lease.clock()
    with transaction.atomic():
        target_id = _first_due(account_id)
        if target_id is None:
            return None
        row = PostTarget.objects.filter(pk=target_id).due().in_time()
        # One that a person is changing right now is left to the scan: no deadlock.
        free = row.select_for_update(skip_locked=True, no_key=True)
        if free.values_list("pk", flat=True).first() is None:
            return None
        PostTarget.objects.filter(pk=target_id).move(
            TargetStatus.POSTING, of={TargetStatus.SCHEDULED}, **_taken(token)
        )
        reached(Instant.CLAIM_BEFORE_COMMIT)
    claim = Claim(target_id, Lease(target_id, token, began))
    _show_posting(claim.lease)
    return claim


def _taken(token: uuid.UUID) -> dict[str, Any]:
    return {
        "attempt_token": token,
        "lease_expires_at": from_now(settings.LEASE),
        "queued_at": None,
    }


def _first_due(account_id: uuid.UUID) -> uuid.UUID | None:
    """The account's first due target, its row locked, unless one is in flight."""
    ready = ConnectedAccount.objects.ready().filter(pk=account_id).order_by()
    locked = ready.select_for_update(skip_locked=True, no_key=True)
    if locked.values_list("pk", flat=True).first() is None:
        return None
    targets = PostTarget.objects.filter(account_id=account_id)
    busy = targets.filter(status__in=IN_FLIGHT)
    due = targets.due().filter(~Exists(busy)).order_by("due_at", "pk")
    return due.values_list("pk", flat=True).first()


def _show_posting(lease: Lease) -> None:
    """Let the post say `posting`. Only while the target is ours: a worker that was
    frozen here must not overwrite what was derived since.
    """
    ours = PostTarget.objects.filter(
        pk=lease.target_id, attempt_token=lease.token, post=OuterRef("pk")
    )
    Post.objects.filter(Exists(ours), status=PostStatus.SCHEDULED).update(
        status=PostStatus.POSTING
    )


def decline_late() -> int:
    """Skip or hold what is due and too late, before it takes its account's turn;
    answers how many.
    """
    due = PostTarget.objects.due_anywhere().account_not_held()
    rows = due.filter(late_after__lte=Now())
    late = list(rows.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE])
    for target_id in late:
        _decline_if_late(target_id)
    return len(late)


def _decline_if_late(target_id: uuid.UUID) -> None:
    """A target past its late limit is skipped or held, and its owner told."""
    late = PostTarget.objects.filter(
        pk=target_id, status__in=_UNSENT, late_after__lte=Now()
    )
    target = late.select_related("post__workspace").first()
    if target is None:
        return
    workspace = target.post.workspace
    policy = target.post.late_policy or workspace.late_policy
    if policy == LatePolicy.PUBLISH:  # the workspace's changed since it was scheduled
        late.update(late_after=None)
        return
    skip = policy == LatePolicy.SKIP
    status = TargetStatus.CANCELLED if skip else TargetStatus.FAILED
    action = ActivityAction.TARGET_SKIPPED if skip else ActivityAction.TARGET_HELD
    words = _late_words(target, skip=skip)
    with transaction.atomic():
        if lock_post(target.post_id, wait=False) and late.move(
            status,
            of=_UNSENT,
            queued_at=None,
            error_code="too_late",
            error_message=words,
        ):
            store_status(target.post_id)
            ActivityLog.objects.record(
                action, target, workspace_id=workspace.pk, message=words
            )


def _late_words(target: PostTarget, *, skip: bool) -> str:
    due = target.post.scheduled_time
    when = f"{due:%Y-%m-%d %H:%M} UTC" if due else "an earlier time"
    fate = (
        "It was skipped, as its late policy says."
        if skip
        else "It is held: retry publishes it now, or give it a new time."
    )
    return f"It was due at {when} and could not leave in time. {fate}"
