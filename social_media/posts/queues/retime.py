"""The waiting posts of a queue get the next free slots, in a few statements."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from social_media.models import PostTarget, QueuedPost
from social_media.posts.lock import lock_connected
from social_media.posts.queues.gone import (
    disconnected,
    leave_out,
    let_go_dead,
    waiting_drafts,
)
from social_media.posts.queues.hold import HeldQueue
from social_media.posts.queues.read import upcoming
from social_media.posts.queues.times import MOVABLE, give_times, take_times


def retime(held: HeldQueue, *, fresh: uuid.UUID | None = None) -> None:
    """Give the entries, in their order, the successive next free slots from now on.

    In a paused queue they lose theirs. A post that can't move keeps its slot. `fresh`
    is a post that was just put in: its entry gets a slot, its time is the caller's to
    write. What has no slot yet gets none here: see `retime_all`. A post that nothing
    is left to send of leaves the queue, and its owner is told.
    """
    let_go_dead(held, fresh=fresh)
    _retime(held, fresh=fresh)


def retime_all(held: HeldQueue) -> int:
    """`retime`, also of posts that had no slot; how many are still without one.

    Their targets on accounts that were disconnected meanwhile are called off, and
    their owner is told.
    """
    return retime_queues([held])[0]


def retime_queues(queues: Sequence[HeldQueue]) -> list[int]:
    """`retime_all` of each, all held before; locks accounts, once and last."""
    for held in queues:
        if held.queue.paused_at is not None:
            retime(held)
    running = [held for held in queues if held.queue.paused_at is None]
    timed = [(held, _fill(held)) for held in running]
    accounts = (row.account_id for _, drafts in timed for row in drafts)
    connected = lock_connected(accounts)
    for held, drafts in timed:
        _call_off_gone(held, drafts, connected)
    return [sum(entry.slot_at is None for entry in held.entries) for held in queues]


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
        # What was called off stays so: its account may be connected again by then.
        take_times(gone, of=MOVABLE)
    if given := [one.post_id for one in others if one.slot_at is not None]:
        give_times(held, given, drafts or ())


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


def _fill(held: HeldQueue) -> list[PostTarget]:
    """Slots for all entries; the targets that were drafts, scheduled by now.

    Accounts are not locked yet, so that the scan passes over them no longer than it
    must. Those that were disconnected get their times too: see `leave_out`.
    """
    drafts = waiting_drafts(held)
    let_go_dead(held, gone=disconnected(drafts))
    drafts = waiting_drafts(held)
    _retime(held, drafts={row.pk for row in drafts})
    return drafts


def _call_off_gone(
    held: HeldQueue, drafts: Sequence[PostTarget], connected: Collection[uuid.UUID]
) -> None:
    slots = {one.post_id for one in held.entries if one.slot_at is not None}
    gone = [
        row
        for row in drafts
        if row.account_id not in connected and row.post_id in slots
    ]
    if gone:
        leave_out(held, gone)
        # Of some it was the last account, and that went in this very moment.
        retime(held)
