"""A post's status follows from its targets'."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from social_media.enums import PostStatus, TargetStatus
from social_media.models import Post, PostTarget
from social_media.models.slots import text_slot, uuid_slot
from social_media.models.statements import Change, Reading, Update, changing

AT_ONCE = 1000

#: The first of these that any target has decides while something is still to happen.
_PENDING: tuple[tuple[TargetStatus, PostStatus], ...] = (
    (TargetStatus.POSTING, PostStatus.POSTING),
    (TargetStatus.RECONCILING, PostStatus.RECONCILING),
    (TargetStatus.QUEUED, PostStatus.SCHEDULED),
    (TargetStatus.SCHEDULED, PostStatus.SCHEDULED),
    (TargetStatus.UNCONFIRMED, PostStatus.UNCONFIRMED),
)


def derive_status(statuses: Iterable[str]) -> PostStatus:
    """The post's status for its targets' statuses. None at all is a draft."""
    found = {TargetStatus(status) for status in statuses}
    for target_status, post_status in _PENDING:
        if target_status in found:
            return post_status
    if TargetStatus.POSTED in found:
        alone = found == {TargetStatus.POSTED}
        return PostStatus.POSTED if alone else PostStatus.PARTIALLY_POSTED
    if TargetStatus.FAILED in found:
        return PostStatus.FAILED
    if TargetStatus.CANCELLED in found:
        return PostStatus.CANCELLED
    return PostStatus.DRAFT


def lock_post(post_id: uuid.UUID, *, wait: bool = True) -> bool:
    """Lock the post's row until the transaction ends; whether it still exists.

    Without `wait` a post that another transaction holds counts as gone.

    Everything that changes targets locks their post first, so that two never wait
    for each other in a circle.
    """
    locking = _LOCK if wait else _LOCK_IF_FREE
    return locking.first(post=post_id) is not None


def store_status(post_id: uuid.UUID) -> PostStatus:
    """Derive and store. The caller's transaction holds the post's lock.

    The targets are read in a statement of their own, begun after the lock was got:
    read in the locking one, the last of two workers would see the other's target as
    it was before, and leave the post `posting` for ever.
    """
    status = derive_status(row[0] for row in _STATUSES.rows(post=post_id))
    _STORE.run(post=post_id, status=status)
    return status


def store_statuses(posts: Collection[uuid.UUID]) -> None:
    """`store_status` for many posts, in a few statements."""
    for some in _batches(sorted(posts)):
        found: dict[uuid.UUID, list[str]] = {post_id: [] for post_id in some}
        rows = PostTarget.objects.filter(post__in=some).order_by()
        for post_id, status in rows.values_list("post_id", "status"):
            found[post_id].append(status)
        same: dict[PostStatus, list[uuid.UUID]] = {}
        for post_id, statuses in found.items():
            same.setdefault(derive_status(statuses), []).append(post_id)
        for status, ids in same.items():
            Post.objects.filter(pk__in=ids).exclude(status=status).update(status=status)


def _batches(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _locking(*, wait: bool) -> QuerySet[Post, Any]:
    rows = Post.objects.select_for_update(no_key=True, skip_locked=not wait)
    return rows.filter(pk=uuid_slot("post")).order_by().values_list("pk")


def _statuses() -> QuerySet[PostTarget, Any]:
    rows = PostTarget.objects.filter(post=uuid_slot("post"))
    return rows.order_by().values_list("status")


def _store() -> Update:
    status = text_slot("status")
    return changing(
        Post.objects.filter(pk=uuid_slot("post")).exclude(status=status), status=status
    )


_LOCK = Reading(lambda: _locking(wait=True))
_LOCK_IF_FREE = Reading(lambda: _locking(wait=False))
_STATUSES = Reading(_statuses)
_STORE = Change(_store)
