"""When a post goes out: schedule, publish now, retry, cancel.

Each function is one transaction and writes one activity row. The scan finds what is
due; nothing is enqueued here. Who gives a post another time takes it out of its queue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import ApiKey, User
from social_media.enums import ActivityAction, TargetStatus
from social_media.models import ActivityLog, Post, PostTarget
from social_media.models.clock import database_now
from social_media.platforms.base import Problem
from social_media.posts.call_off import call_off
from social_media.posts.composition import composition_of
from social_media.posts.derive import store_status
from social_media.posts.due import (
    GIVEN_UP,
    SCHEDULED,
    WAITING,
    left_behind,
    set_due,
    set_time,
    store_time,
)
from social_media.posts.errors import Conflict
from social_media.posts.files import file_problems, files_for
from social_media.posts.lock import lock_connected, locked
from social_media.posts.queues.hold import hold_queue_of
from social_media.posts.queues.leave import leave_queue
from social_media.posts.recurrence.edited import mark_edited
from social_media.posts.renditions import want_renditions
from social_media.posts.validate import (
    network_problems,
    refuse,
    target_count_problems,
    time_problems,
)
from social_media.posts.words import standing

_ON_ITS_WAY = frozenset({TargetStatus.POSTING, TargetStatus.RECONCILING})


@transaction.atomic
def schedule(
    post: Post, *, at: datetime, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Send all that is unsent at `at` (aware). What is published already stays.

    Raises InvalidDraft (a time in the past, a network's rule), Conflict (nothing left
    to send), PostGone.
    """
    queue = hold_queue_of(post.pk)
    row, targets = locked(post.pk)
    refuse(time_problems(at, database_now()))
    chosen = sendable(row, targets, WAITING | GIVEN_UP)
    leave_queue(row.pk, queue)
    set_time(row, targets=chosen, at=at)
    require_connected(targets, chosen)
    mark_edited(row.pk)
    _record(ActivityAction.POST_SCHEDULED, row, user, api_key)


@transaction.atomic
def publish_now(
    post: Post, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Send all that is unsent at once; it is never too late.

    Raises InvalidDraft, Conflict (nothing left to send), PostGone.
    """
    queue = hold_queue_of(post.pk)
    row, targets = locked(post.pk)
    chosen = sendable(row, targets, WAITING | GIVEN_UP)
    leave_queue(row.pk, queue)
    now = database_now()
    store_time(row, now)
    set_due(row, targets=chosen, due_at=now)
    require_connected(targets, chosen)
    mark_edited(row.pk)
    _record(ActivityAction.POST_PUBLISH_NOW, row, user, api_key)


@transaction.atomic
def retry(post: Post, *, user: User | None, api_key: ApiKey | None = None) -> None:
    """Send what failed or was cancelled, now; a thread goes on where it stopped.

    The post's time becomes now if it lies ahead and nothing else waits for it. Raises
    InvalidDraft, Conflict (nothing failed or cancelled), PostGone.
    """
    queue = hold_queue_of(post.pk)
    row, targets = locked(post.pk)
    chosen = sendable(row, targets, GIVEN_UP)
    if queue is not None and queue.entry_of(row.pk):
        leave_queue(row.pk, queue)  # its slot has not come: it doesn't wait for that
    now = database_now()
    planned = row.scheduled_time or now
    waits = any(target.status in SCHEDULED for target in targets)
    store_time(row, planned if waits else min(planned, now))
    set_due(row, targets=chosen, due_at=now)
    require_connected(targets, chosen)
    mark_edited(row.pk)
    _record(ActivityAction.POST_RETRIED, row, user, api_key)


@transaction.atomic
def cancel(post: Post, *, user: User | None, api_key: ApiKey | None = None) -> None:
    """Hold back all that has not left yet. What is published already stays: see
    `call_off` for what becomes of a target that had begun.

    Raises Conflict when nothing can be held back any more, PostGone.
    """
    queue = hold_queue_of(post.pk)
    row, targets = locked(post.pk)
    leave_queue(row.pk, queue)
    if not call_off([target.pk for target in targets]):
        raise Conflict(
            _on_its_way(targets) or "Nothing of this post is waiting to be sent."
        )
    store_status(row.pk)
    mark_edited(row.pk)
    _record(ActivityAction.POST_CANCELLED, row, user, api_key)


def sendable(
    post: Post, targets: Collection[PostTarget], statuses: frozenset[TargetStatus]
) -> list[PostTarget]:
    """Those in `statuses` that may be sent. Raises InvalidDraft, Conflict."""
    composition = composition_of(post, targets)
    refuse(target_count_problems(composition))
    chosen = [row for row in targets if row.status in statuses and not left_behind(row)]
    if not chosen:
        raise Conflict(_on_its_way(targets) or _nothing_left(targets, statuses))
    accounts = {row.account_id: row.account for row in chosen}
    files = files_for(post.workspace_id, composition)
    problems = file_problems(composition, files)
    refuse(problems or network_problems(composition, accounts, files))
    want_renditions(composition, chosen, files)
    return chosen


def require_connected(
    targets: Collection[PostTarget], chosen: Collection[PostTarget]
) -> None:
    """Raise InvalidDraft if one of `chosen` is on a disconnected account.

    The last statement of its transaction but for the activity: see `lock_connected`.
    `targets` are all of the post, in the order that the problems' paths count in.
    """
    connected = lock_connected(target.account_id for target in chosen)
    places = {target.pk: place for place, target in enumerate(targets)}
    refuse(
        [
            Problem(
                code="disconnected",
                field=f"targets.{places[target.pk]}.account",
                message=f"{target.account} is disconnected. Connect it again first.",
            )
            for target in chosen
            if target.account_id not in connected
        ]
    )


def _on_its_way(targets: Iterable[PostTarget]) -> str:
    for target in targets:
        if target.status in _ON_ITS_WAY:
            return f"{standing(target)} Wait until it is known how that ended."
    return ""


def _nothing_left(
    targets: Iterable[PostTarget], statuses: frozenset[TargetStatus]
) -> str:
    for target in targets:
        if left_behind(target):
            return f"{target.account} is disconnected. Connect it again first."
    if statuses == GIVEN_UP:
        return "Nothing of this post failed or was cancelled."
    return "Nothing of this post is left to send. Duplicate it to send it once more."


def _record(
    action: ActivityAction, post: Post, user: User | None, api_key: ApiKey | None
) -> None:
    at = post.scheduled_time
    ActivityLog.objects.record(
        action,
        post,
        workspace_id=post.workspace_id,
        user=user,
        api_key=api_key,
        details={"scheduled_time": at.isoformat()} if at else {},
    )
