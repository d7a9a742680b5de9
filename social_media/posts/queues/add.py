"""Posts into a queue and out of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.db import transaction

from accounts.models import ApiKey, User
from social_media.enums import AccountStatus, ActivityAction
from social_media.models import ActivityLog, Post, PostQueue, PostTarget, QueuedPost
from social_media.platforms.base import Problem
from social_media.posts.composition import Destination
from social_media.posts.due import GIVEN_UP, WAITING, set_no_time, set_time
from social_media.posts.errors import Conflict, InvalidDraft
from social_media.posts.lock import locked, targets_of
from social_media.posts.queues.hold import HeldQueue, hold
from social_media.posts.queues.retime import retime
from social_media.posts.queues.times import take_times
from social_media.posts.recurrence.edited import mark_edited
from social_media.posts.schedule import require_connected, sendable
from social_media.posts.steps import doubtful_targets, published_targets
from social_media.posts.validate import refuse
from social_media.posts.write import write_destinations

#: 0 is the front.
Place = int | Literal["front", "end"]


@transaction.atomic
def add_post(
    queue: PostQueue,
    *,
    post_id: uuid.UUID,
    place: Place = "end",
    user: User | None,
    api_key: ApiKey | None = None,
) -> Post:
    """Put a post of the queue's workspace at `place` among those that wait.

    It gets its slot at once, those behind it the next ones; a paused queue makes a
    draft of it. A post without accounts gets the queue's. Raises InvalidDraft (no such
    post, a network's rule), Conflict (it is in a queue already, nothing of it is left
    to send, it has begun and the queue is paused, the queue is full, or one of those
    that wait would have no slot in ten years), QueueGone.
    """
    held = hold(queue.pk, also={post_id})
    _require_free(held, post_id)
    row, targets = locked(post_id)
    if not targets:
        write_destinations(row, _destinations(held.queue))
    entry = seat(held, row, place)
    mark_edited(row.pk)
    _record(ActivityAction.QUEUE_POST_ADDED, held, row, user, api_key, entry)
    return row


@transaction.atomic
def remove_post(
    queue: PostQueue,
    *,
    post_id: uuid.UUID,
    user: User | None,
    api_key: ApiKey | None = None,
) -> Post:
    """Take a waiting post out: it is a draft without a time, those behind it move up.

    Raises InvalidDraft (it is not in this queue), Conflict (its slot has come, or
    something of it has begun), QueueGone.
    """
    held = hold(queue.pk)
    entry = held.entry_of(post_id)
    if entry is None:
        raise _not_waiting(held, post_id)
    if post_id in held.unmovable():
        raise Conflict("This post is on its way. Wait until it is known how that ends.")
    post = held.posts[post_id]
    entry.delete()
    held.entries.remove(entry)
    take_times([post_id])
    retime(held)
    mark_edited(post_id)
    _record(ActivityAction.QUEUE_POST_REMOVED, held, post, user, api_key)
    return post


def seat(held: HeldQueue, post: Post, place: Place) -> QueuedPost:
    """A new entry for `post`, which is locked, with its slot and its time.

    Raises InvalidDraft, Conflict.
    """
    targets = targets_of(post.pk)
    chosen = sendable(post, targets, WAITING | GIVEN_UP)
    entry = QueuedPost(queue=held.queue, post=post, position=_behind(held))
    entry.save(force_insert=True)
    held.entries.insert(_index(held, place), entry)
    if held.queue.paused_at is not None:
        _require_unbegun(chosen)
        retime(held, fresh=post.pk)
        set_no_time(post, targets=chosen)
    else:
        set_time(post, targets=chosen, at=_slot(held, entry))
    require_connected(targets, chosen)
    return entry


def _slot(held: HeldQueue, entry: QueuedPost) -> datetime:
    """The slot of a new entry; none of the others loses its own by that."""
    timed = [one for one in held.entries if one.slot_at is not None]
    retime(held, fresh=entry.post_id)
    if entry.slot_at is None or any(one.slot_at is None for one in timed):
        raise Conflict(
            "This queue has no free slot in the next ten years. Give it more slots.",
            code="no_free_slot",
        )
    return entry.slot_at


def _require_unbegun(targets: Collection[PostTarget]) -> None:
    """What has begun is to be finished: it can't wait without a time."""
    ids = {row.pk for row in targets}
    if published_targets(ids) | doubtful_targets(ids):
        words = (
            "A part of this post is out already, or may be, so it can't wait in a "
            "paused queue. Resume the queue first, or retry the post."
        )
        raise Conflict(words, code="begun")


def _behind(held: HeldQueue) -> int:
    last = QueuedPost.objects.filter(queue=held.queue).order_by("-position").first()
    return last.position + 1 if last else 0


def _index(held: HeldQueue, place: Place) -> int:
    if isinstance(place, int):
        return place
    return 0 if place == "front" else len(held.entries)


def _require_free(held: HeldQueue, post_id: uuid.UUID) -> None:
    """The post exists, may be in a queue, and there is room in this one."""
    post = held.posts.get(post_id)
    if post is None:
        words = "There is no such post in this workspace."
        refuse([Problem("unknown_post", "post", words)])
    elif post.is_template:
        words = "This is the pattern of a recurring post. Duplicate it, and add that."
        raise Conflict(words, code="template")
    entry = QueuedPost.objects.filter(post_id=post_id).select_related("queue").first()
    if entry is not None:
        words = f"This post is in the queue {entry.queue} already. Reorder it there."
        raise Conflict(words, code="already_queued")
    if len(held.entries) >= settings.QUEUE_MAX_POSTS:
        words = f"This queue is full: {settings.QUEUE_MAX_POSTS} posts wait in it."
        raise Conflict(words, code="queue_full")


def _destinations(queue: PostQueue) -> list[Destination]:
    accounts = queue.accounts.exclude(status=AccountStatus.DISCONNECTED)
    rows = accounts.order_by("pk").values_list("pk", flat=True)
    return [Destination(account_id) for account_id in rows]


def _not_waiting(held: HeldQueue, post_id: uuid.UUID) -> Exception:
    if QueuedPost.objects.filter(queue=held.queue, post_id=post_id).exists():
        return Conflict("The slot of this post has come: cancel the post instead.")
    words = "This post does not wait in this queue."
    return InvalidDraft([Problem("unknown_post", "post", words)])


def _record(
    action: ActivityAction,
    held: HeldQueue,
    post: Post,
    user: User | None,
    api_key: ApiKey | None,
    entry: QueuedPost | None = None,
) -> None:
    details = {"queue": str(held.queue.pk)}
    if entry is not None and entry.slot_at is not None:
        details["slot_at"] = entry.slot_at.isoformat()
    ActivityLog.objects.record(
        action,
        post,
        workspace_id=held.queue.workspace_id,
        user=user,
        api_key=api_key,
        details=details,
    )
