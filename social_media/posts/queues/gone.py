"""What waits in a queue and can't go out any more, as a whole or on one account."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from social_media.enums import ActivityAction, TargetStatus
from social_media.models import ActivityLog, ConnectedAccount, PostTarget, QueuedPost
from social_media.posts.call_off import GONE, call_off
from social_media.posts.derive import store_statuses
from social_media.posts.due import GIVEN_UP
from social_media.posts.queues.hold import HeldQueue

_S = TargetStatus
NOBODY_LEFT = "None of its accounts is connected any more."
LEFT_OUT = "The account was disconnected while this post waited in the queue {}."


def waiting_drafts(held: HeldQueue) -> list[PostTarget]:
    """Targets without a time, of the posts that wait."""
    waiting = {entry.post_id for entry in held.entries}
    return [
        row for row in held.targets if row.status == _S.DRAFT and row.post_id in waiting
    ]


def disconnected(targets: Sequence[PostTarget]) -> set[uuid.UUID]:
    """Those of `targets` whose accounts are so by now. Locks nothing."""
    wanted = {row.account_id for row in targets}
    rows = ConnectedAccount.objects.connected().filter(pk__in=wanted)
    connected = set(rows.values_list("pk", flat=True))
    return {row.pk for row in targets if row.account_id not in connected}


def let_go_dead(
    held: HeldQueue,
    *,
    gone: Collection[uuid.UUID] = (),
    fresh: uuid.UUID | None = None,
) -> None:
    """Posts that nothing is left to send of leave the queue, but for `fresh`.

    The targets `gone` count as given up.
    """
    alive = {fresh} | {
        row.post_id
        for row in held.targets
        if row.pk not in gone and row.status not in GIVEN_UP
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


def leave_out(held: HeldQueue, targets: Sequence[PostTarget]) -> None:
    """These, which got their times, are called off: their accounts are gone.

    Their owner is told of each.
    """
    ids = {row.pk for row in targets}
    words = LEFT_OUT.format(held.queue.name)
    call_off(ids, code=GONE, words=words)
    store_statuses({row.post_id for row in targets})
    found = dict(PostTarget.objects.filter(pk__in=ids).values_list("pk", "status"))
    for row in targets:
        row.status = found[row.pk]
        if row.status in GIVEN_UP:
            _tell_left_out(held, row, words)


def _tell_left_out(held: HeldQueue, target: PostTarget, words: str) -> None:
    ActivityLog.objects.record(
        ActivityAction.TARGET_SKIPPED,
        target,
        workspace_id=held.queue.workspace_id,
        message=words,
        details={"queue": str(held.queue.pk)},
    )
