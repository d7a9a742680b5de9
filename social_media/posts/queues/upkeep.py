"""What has left its queue: evergreen posts come back, the others are let go.

Run again and again, and by several at once: each step asks anew under the queue's lock.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from social_media.enums import ActivityAction, PostStatus, TargetStatus
from social_media.models import ActivityLog, Post, PostQueue, PostTarget, QueuedPost
from social_media.models.queue import QueuedPosts
from social_media.posts.call_off import GONE
from social_media.posts.compose import copy_post
from social_media.posts.errors import Conflict, InvalidDraft
from social_media.posts.queues.add import seat
from social_media.posts.queues.gone import let_go
from social_media.posts.queues.hold import HeldQueue, QueueGone, hold
from social_media.posts.queues.retime import retime_all

log = structlog.get_logger(__name__)

_P = PostStatus
_T = TargetStatus
#: Nothing more happens to it by itself.
_ENDED = (_P.POSTED, _P.PARTIALLY_POSTED, _P.FAILED, _P.CANCELLED, _P.DRAFT)
NOT_POSTED = "it was not posted everywhere, so it does not come back."


def look_after_queues() -> None:
    """One sweep over all queues. One that fails doesn't keep the others.

    A queue that somebody holds is left for the next sweep.
    """
    busy: set[uuid.UUID] = set()
    for entry_id, queue_id in _ended().values_list("pk", "queue_id"):
        if queue_id not in busy and not _alone(partial(_end, entry_id), queue_id):
            busy.add(queue_id)
    for queue_id in _without_slots():
        if queue_id not in busy:
            _alone(_fill, queue_id)


def _alone(step: Callable[[uuid.UUID], None], queue_id: uuid.UUID) -> bool:
    """Whether the queue was there, and free."""
    try:
        step(queue_id)
    except QueueGone:
        return False
    except Exception:
        log.exception("queue_upkeep_failed", queue=str(queue_id))
    return True


def _ended() -> QueuedPosts:
    rows = QueuedPost.objects.left().filter(post__status__in=_ENDED)
    return rows.order_by("slot_at", "pk")


def _without_slots() -> list[uuid.UUID]:
    entries = QueuedPost.objects.filter(queue=OuterRef("pk"), slot_at=None)
    rows = PostQueue.objects.filter(Exists(entries), paused_at=None)
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def _end(entry_id: uuid.UUID, queue_id: uuid.UUID) -> None:
    """One post that went out, or never will: once, however many look."""
    posts = QueuedPost.objects.filter(pk=entry_id).values_list("post_id", flat=True)
    held = hold(queue_id, also=set(posts), wait=False)
    entry = _ended().filter(pk=entry_id, queue=held.queue).first()
    if entry is None or entry.post_id not in held.posts:
        return
    if not held.queue.evergreen:
        entry.delete()
    elif _is_out(entry.post_id):
        _recycle(held, entry)
    else:
        let_go(held, entry, reason=NOT_POSTED)


def _is_out(post_id: uuid.UUID) -> bool:
    """On all its accounts but those that were disconnected before it was due."""
    rows = PostTarget.objects.filter(post=post_id)
    rows = rows.exclude(status=_T.CANCELLED, error_code=GONE)
    return set(rows.values_list("status", flat=True)) == {_T.POSTED}


def _recycle(held: HeldQueue, entry: QueuedPost) -> None:
    """A copy takes its place, at the end. One that can't go out holds up nobody."""
    original = held.posts[entry.post_id]
    entry.delete()
    copy = copy_post(original.pk, author=original.author)
    held.posts[copy.pk] = copy
    try:
        with transaction.atomic():
            made = seat(held, copy, "end")
    except InvalidDraft as error:
        _tell_held(held, copy, error.problems[0].message)
    except Conflict as error:
        _tell_held(held, copy, error.message)
    else:
        _record(held, copy, original, made)


def _tell_held(held: HeldQueue, copy: Post, reason: str) -> None:
    ActivityLog.objects.record(
        ActivityAction.QUEUE_POST_HELD,
        copy,
        workspace_id=held.queue.workspace_id,
        message=f"It is a draft, not in the queue {held.queue.name}: {reason}",
        details={"queue": str(held.queue.pk)},
    )


def _record(held: HeldQueue, copy: Post, original: Post, entry: QueuedPost) -> None:
    details = {"queue": str(held.queue.pk), "from": str(original.pk)}
    if entry.slot_at is not None:
        details["slot_at"] = entry.slot_at.isoformat()
    ActivityLog.objects.record(
        ActivityAction.QUEUE_POST_RECYCLED,
        copy,
        workspace_id=held.queue.workspace_id,
        details=details,
    )


@transaction.atomic
def _fill(queue_id: uuid.UUID) -> None:
    """Posts that have no slot yet get one."""
    held = hold(queue_id, wait=False)
    if held.queue.paused_at is None:
        retime_all(held)
