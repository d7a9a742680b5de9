"""Taking a target: by an update whose row count is checked."""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, Subquery, UUIDField
from django.db.models.functions import Coalesce, Now

from social_media.enums import (
    IN_FLIGHT,
    ActivityAction,
    Instant,
    LatePolicy,
    TargetStatus,
)
from social_media.failpoints import armed, reached
from social_media.models import ActivityLog, PostTarget
from social_media.models.slots import from_now_slot, uuid_slot
from social_media.models.statements import Change, Update
from social_media.models.target_queries import PostTargets
from social_media.posts.derive import lock_post, store_status
from social_media.publishing.lease import Lease

AT_ONCE = 200
ID = UUIDField()
_UNSENT = frozenset({TargetStatus.SCHEDULED, TargetStatus.QUEUED})


@dataclass(frozen=True, slots=True)
class Claim:
    """This worker acts on the target, as long as the lease holds."""

    target_id: uuid.UUID
    lease: Lease


def claim_target(target_id: uuid.UUID) -> Claim | None:
    """Take a queued target; None if it is not ours to take (any more)."""
    claim = _claimed(_TAKE_QUEUED, target=target_id)
    if claim is None:
        _decline_if_late(target_id)
    return claim


def claim_next(account_id: uuid.UUID) -> Claim | None:
    """Take the account's next due target; None if it has none or another is in flight.

    Saves a message per post. A target of any account that goes ahead of the crowd
    (scan.AHEAD) comes first: it waits for one post, not for all that are queued.

    One that a person is changing right now is left to the scan. Should a scan queue
    another of the account in the same instant, the unique index lets one through (I1).
    """
    try:
        return _claimed(_TAKE_NEXT, account=account_id)
    except IntegrityError:
        return None


def _claimed(take: Change, **which: uuid.UUID) -> Claim | None:
    """Run `take` with a fresh token."""
    token, began = uuid.uuid4(), Lease.clock()
    # It commits itself: only a test that strikes before that needs a transaction.
    with transaction.atomic() if armed() else nullcontext():
        taken = take.changed(token=token, lease=settings.LEASE, **which)
        reached(Instant.CLAIM_BEFORE_COMMIT)
    if taken is None:
        return None
    (target_id,) = taken
    return Claim(target_id, Lease(target_id, token, began))


def _taken() -> dict[str, Any]:
    return {
        "attempt_token": uuid_slot("token"),
        "lease_expires_at": from_now_slot("lease"),
        "queued_at": None,
        # Who uploaded ahead of its time, and lost its lease, must not find it free
        # again when it waits for its next try.
        "preparing_token": None,
        "preparing_until": None,
    }


def _take_queued() -> Update:
    mine = PostTarget.objects.filter(pk=uuid_slot("target")).account_ready().in_time()
    return mine.moving(TargetStatus.POSTING, of={TargetStatus.QUEUED}, **_taken())


def _take_next() -> Update:
    of_account = PostTarget.objects.filter(account=uuid_slot("account"))
    busy = of_account.filter(status__in=IN_FLIGHT)
    first = of_account.due().filter(~Exists(busy)).order_by("due_at", "pk")
    # Of the first one only: to skip it would take the account's second.
    own = PostTarget.objects.filter(pk=Subquery(first.values("pk")[:1])).due()
    ahead = PostTarget.objects.filter(status=TargetStatus.QUEUED, ahead=True)
    # One that can't go now must not stand in the way of those that can.
    ahead = ahead.account_ready().in_time()
    wanted = Coalesce(
        _free(ahead.order_by("queued_at")), _free(own.order_by()), output_field=ID
    )
    mine = PostTarget.objects.filter(pk=wanted).account_ready().in_time()
    return mine.moving(TargetStatus.POSTING, of=_UNSENT, **_taken())


def _free(rows: PostTargets) -> Subquery:
    """SQL: the first of them that nobody holds, locked."""
    free = rows.select_for_update(skip_locked=True, no_key=True)
    return Subquery(free.values("pk")[:1])


_TAKE_QUEUED = Change(_take_queued, returning=("id",))
_TAKE_NEXT = Change(_take_next, returning=("id",))


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
    ).account_ready()  # what is held back is late for a reason that somebody chose
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
