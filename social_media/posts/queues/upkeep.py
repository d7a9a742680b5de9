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

from social_media.enums import ActivityAction, PostStatus
from social_media.models import ActivityLog, Post, PostQueue, QueuedPost
from social_media.models.queue import QueuedPosts
from social_media.posts.compose import copy_post
from social_media.posts.errors import Conflict, InvalidDraft
from social_media.posts.queues.add import seat
from social_media.posts.queues.hold import HeldQueue, QueueGone, hold
from social_media.posts.queues.retime import let_go, retime_all

log = structlog.get_logger(__name__)

_P = PostStatus
#: Nothing more happens to it by itself.
_ENDED = (_P.POSTED, _P.PARTIALLY_POSTED, _P.FAILED, _P.CANCELLED, _P.DRAFT)
NOT_POSTED = "it was not posted everywhere, so it does not come back."


def look_after_queues() -> None:
    """One sweep over all queues. One that fails doesn't keep the others."""
    for entry_id, queue_id in _ended().values_list("pk", "queue_id"):
        _alone(partial(_end, entry_id, queue_id), queue_id)
    for queue_id in _without_slots():
        _alone(partial(_fill, queue_id), queue_id)


def _alone(step: Callable[[], None], queue_id: uuid.UUID) -> None:
    try:
        step()
    except QueueGone:
        log.info("queue_gone", queue=str(queue_id))
    except Exception:
        log.exception("queue_upkeep_failed", queue=str(queue_id))


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
    held = hold(queue_id, also=set(posts))
    entry = _ended().filter(pk=entry_id, queue=held.queue).first()
    if entry is None or entry.post_id not in held.posts:
        return
    if not held.queue.evergreen:
        entry.delete()
    elif held.posts[entry.post_id].status == _P.POSTED:
        _recycle(held, entry)
    else:
        let_go(held, entry, reason=NOT_POSTED)


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
    held = hold(queue_id)
    if held.queue.paused_at is None:
        retime_all(held)
