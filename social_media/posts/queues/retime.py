"""The waiting posts of a queue get the next free slots, in a few statements."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Case, DateTimeField, OuterRef, Subquery, When
from django.db.models.functions import Now

from social_media.enums import ActivityAction, TargetStatus
from social_media.models import ActivityLog, Post, PostTarget, QueuedPost
from social_media.posts.derive import store_statuses
from social_media.posts.due import FRESH, GIVEN_UP, due_columns, earlier, lateness
from social_media.posts.lock import lock_connected
from social_media.posts.queues.hold import HeldQueue
from social_media.posts.queues.read import upcoming
from social_media.posts.steps import discard_unsent

_S = TargetStatus
NOBODY_LEFT = "None of its accounts is connected any more."


def retime(held: HeldQueue, *, fresh: uuid.UUID | None = None) -> None:
    """Give the entries, in their order, the successive next free slots from now on.

    In a paused queue they lose theirs. A post that can't move keeps its slot. `fresh`
    is a post that was just put in: its entry gets a slot, its time is the caller's to
    write. What has no slot yet gets none here: see `retime_all`.
    """
    _retime(held, fresh=fresh)


def retime_all(held: HeldQueue) -> int:
    """`retime`, also of posts that had no slot; how many are still without one.

    A post that has nobody left to publish it leaves the queue, and its owner is told.
    """
    if held.queue.paused_at is not None:
        _retime(held)
    else:
        drafts = _connected_drafts(held)
        _let_go(held, drafts)
        _retime(held, drafts=drafts)
    return sum(entry.slot_at is None for entry in held.entries)


def take_times(posts: Collection[uuid.UUID]) -> None:
    """These posts, which can move and are locked, are drafts without a time."""
    nothing = {**FRESH, "due_at": None, "late_after": None}
    rows = PostTarget.objects.filter(post__in=posts)
    rows.move(_S.DRAFT, of={_S.SCHEDULED} | GIVEN_UP, **nothing)
    # The status first: the database refuses a scheduled post without a time.
    store_statuses(posts)
    untimed = Post.objects.filter(pk__in=posts)
    untimed.update(scheduled_time=None, updated_at=Now())


def _retime(
    held: HeldQueue,
    *,
    fresh: uuid.UUID | None = None,
    drafts: Collection[uuid.UUID] | None = None,
) -> None:
    """`drafts`: targets that get a time with their post; None: what has none waits."""
    before = {entry.pk: (entry.slot_at, entry.position) for entry in held.entries}
    _assign(held, fresh=fresh, all_=drafts is not None)
    moved = [one for one in held.entries if _place(one) != before[one.pk]]
    if not moved:
        return
    _write_entries(moved)
    others = [
        one
        for one in moved
        if one.post_id != fresh and one.slot_at != before[one.pk][0]
    ]
    if gone := [one.post_id for one in others if one.slot_at is None]:
        take_times(gone)
    if given := [one.post_id for one in others if one.slot_at is not None]:
        _give_times(held, given, drafts or ())


def _place(entry: QueuedPost) -> tuple[datetime | None, int]:
    return entry.slot_at, entry.position


def _assign(held: HeldQueue, *, fresh: uuid.UUID | None, all_: bool) -> None:
    """Slots and positions of the entries, not written yet."""
    fixed = held.unmovable() - {fresh}
    kept = {one.slot_at for one in held.entries if one.post_id in fixed}
    free = _free(held, taken=kept - {None})
    first = min((one.position for one in held.entries), default=0)
    for position, entry in enumerate(held.entries, start=first):
        entry.position = position
        if entry.post_id in fixed and entry.slot_at is not None:
            continue
        if all_ or entry.post_id == fresh or entry.slot_at is not None:
            entry.slot_at = next(free, None)


def _free(held: HeldQueue, *, taken: Collection[datetime | None]) -> Iterator[datetime]:
    if held.queue.paused_at is not None:
        return
    for at in upcoming(held.queue, held.now):
        if at not in taken:
            yield at


def _write_entries(moved: Sequence[QueuedPost]) -> None:
    # None first: on the way to its slot, each would meet the post that has it.
    rows = QueuedPost.objects.filter(pk__in=[one.pk for one in moved])
    rows.update(slot_at=None)
    QueuedPost.objects.bulk_update(moved, ["slot_at", "position"])


def _give_times(
    held: HeldQueue, posts: Sequence[uuid.UUID], drafts: Collection[uuid.UUID]
) -> None:
    """Each of these posts is due at its slot, as the rows have it by now."""
    slots = QueuedPost.objects.values("slot_at")
    timed = Post.objects.filter(pk__in=posts)
    slot = Subquery(slots.filter(post=OuterRef("pk")))
    timed.update(scheduled_time=slot, updated_at=Now())
    due = Subquery(slots.filter(post=OuterRef("post_id")))
    columns = due_columns(due, late_after=_late_after(held, posts, due))
    rows = PostTarget.objects.filter(post__in=posts)
    rows.filter(status=_S.SCHEDULED).update(**columns, updated_at=Now())
    if drafts:
        rows.filter(pk__in=drafts).move(_S.SCHEDULED, of={_S.DRAFT}, **columns)
        store_statuses(posts)
    chosen = set(posts)
    discard_unsent(row.pk for row in held.targets if row.post_id in chosen)


def _late_after(
    held: HeldQueue, posts: Sequence[uuid.UUID], due: Subquery
) -> Case | None:
    """SQL: when each counts as too late."""
    alike: dict[timedelta, list[uuid.UUID]] = {}
    for post_id in posts:
        allowed = lateness(held.posts[post_id])
        if allowed is not None:
            alike.setdefault(allowed, []).append(post_id)
    if not alike:
        return None
    cases = [
        When(post_id__in=ids, then=earlier(due, -allowed))
        for allowed, ids in alike.items()
    ]
    return Case(*cases, default=None, output_field=DateTimeField())


def _connected_drafts(held: HeldQueue) -> set[uuid.UUID]:
    """Targets without a time whose accounts are connected, and stay so until then."""
    drafts = [row for row in held.targets if row.status == _S.DRAFT]
    if not drafts:
        return set()
    connected = lock_connected(row.account_id for row in drafts)
    return {row.pk for row in drafts if row.account_id in connected}


def _let_go(held: HeldQueue, drafts: set[uuid.UUID]) -> None:
    """Posts that nobody is left to publish leave the queue."""
    alive = {
        row.post_id
        for row in held.targets
        if row.pk in drafts or row.status not in {_S.DRAFT} | GIVEN_UP
    }
    for entry in [one for one in held.entries if one.post_id not in alive]:
        let_go(held, entry, reason=NOBODY_LEFT)


def let_go(held: HeldQueue, entry: QueuedPost, *, reason: str) -> None:
    """The entry leaves the queue, and the post's owner is told why."""
    if entry in held.entries:
        held.entries.remove(entry)
    QueuedPost.objects.filter(pk=entry.pk).delete()
    ActivityLog.objects.record(
        ActivityAction.QUEUE_POST_HELD,
        held.posts[entry.post_id],
        workspace_id=held.queue.workspace_id,
        message=f"It left the queue {held.queue.name}: {reason}",
        details={"queue": str(held.queue.pk)},
    )
