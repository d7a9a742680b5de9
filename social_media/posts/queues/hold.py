"""Holding a queue and its waiting posts still while they are moved.

The order is always the same: the queue, its posts by id, their targets by id.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from social_media.enums import TargetStatus
from social_media.models import Post, PostQueue, PostTarget, QueuedPost
from social_media.models.clock import database_now
from social_media.posts.errors import PostError
from social_media.posts.steps import doubtful_targets, published_targets

_S = TargetStatus
#: A post with one of these is on its way, or it is not known whether it is.
_UNMOVED = frozenset({_S.QUEUED, _S.POSTING, _S.RECONCILING, _S.UNCONFIRMED})
_OUT = frozenset({_S.POSTED})


class QueueGone(PostError):
    """Somebody deleted it meanwhile."""

    def __init__(self) -> None:
        super().__init__("This queue no longer exists.")


@dataclass(slots=True)
class HeldQueue:
    """A queue as it is at `now`, locked with its waiting posts and their targets.

    `entries` are the waiting ones, in order; whoever moves them changes this list.
    `begun`: targets of which a part is out, or may be.
    """

    queue: PostQueue
    now: datetime
    entries: list[QueuedPost]
    posts: dict[uuid.UUID, Post]
    targets: list[PostTarget]
    begun: set[uuid.UUID]

    def entry_of(self, post_id: uuid.UUID) -> QueuedPost | None:
        """The waiting entry of a post."""
        found = (entry for entry in self.entries if entry.post_id == post_id)
        return next(found, None)

    def unmovable(self) -> set[uuid.UUID]:
        """Posts that keep their slot: something of them has begun, or may have, or
        nothing is left to send.
        """
        held = {row.post_id for row in self.targets if row.status in _UNMOVED}
        open_ = {row.pk: row.post_id for row in self.targets if row.status not in _OUT}
        held |= {row.post_id for row in self.targets} - set(open_.values())
        return held | {open_[target_id] for target_id in self.begun & open_.keys()}


def hold(
    queue_id: uuid.UUID, *, also: Collection[uuid.UUID] = (), wait: bool = True
) -> HeldQueue:
    """Lock the queue and its waiting posts, and the posts `also`. Raises QueueGone.

    Without `wait` a queue that another transaction holds counts as gone.
    """
    queue = _locked_queue(queue_id, wait=wait)
    waiting = QueuedPost.objects.waiting().filter(queue=queue)
    wanted = set(waiting.order_by().values_list("post_id", flat=True))
    posts = _locked_posts(queue, wanted | set(also))
    targets = _locked_targets(posts.keys())
    # Read after all locks are held: somebody who didn't know yet that a post was in
    # here may have given it another time meanwhile, and taken it out.
    now = database_now()
    ahead = Q(slot_at=None) | Q(slot_at__gt=now)
    entries = QueuedPost.objects.filter(ahead, queue=queue, post__in=posts.keys())
    found = list(entries.order_by("position", "pk"))
    ids = {row.pk for row in targets}
    begun = published_targets(ids) | doubtful_targets(ids)
    return HeldQueue(queue, now, found, posts, targets, begun)


def hold_queue_of(post_id: uuid.UUID) -> HeldQueue | None:
    """The queue that the post is in, held; None for a post that is in none.

    Called before the post is locked. It may have left that queue meanwhile.
    """
    entries = QueuedPost.objects.filter(post_id=post_id)
    queue_id = entries.values_list("queue_id", flat=True).first()
    if queue_id is None:
        return None
    try:
        return hold(queue_id, also={post_id})
    except QueueGone:
        return None


def _locked_queue(queue_id: uuid.UUID, *, wait: bool) -> PostQueue:
    locking = PostQueue.objects.select_for_update(
        no_key=True, of=("self",), skip_locked=not wait
    )
    queue = locking.select_related("workspace").filter(pk=queue_id).first()
    if queue is None:
        raise QueueGone
    return queue


def _locked_posts(queue: PostQueue, ids: set[uuid.UUID]) -> dict[uuid.UUID, Post]:
    """The queue's workspace stands for theirs: none of another is here."""
    rows = Post.objects.select_for_update(no_key=True).filter(pk__in=ids)
    found = rows.filter(workspace_id=queue.workspace_id).order_by("pk")
    posts = {post.pk: post for post in found.defer("content", "first_comment")}
    for post in posts.values():
        post.workspace = queue.workspace
    return posts


def _locked_targets(posts: Collection[uuid.UUID]) -> list[PostTarget]:
    rows = PostTarget.objects.select_for_update(no_key=True).filter(post__in=posts)
    return list(rows.only("post_id", "account_id", "status").order_by("pk"))
