"""The times of posts follow from their slots, in a few statements for all of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db.models import Case, DateTimeField, OuterRef, Subquery, When
from django.db.models.functions import Now

from social_media.enums import TargetStatus
from social_media.models import Post, PostTarget, QueuedPost
from social_media.posts.derive import store_statuses
from social_media.posts.due import FRESH, GIVEN_UP, due_columns, earlier, lateness
from social_media.posts.queues.hold import HeldQueue
from social_media.posts.steps import discard_unsent

_S = TargetStatus
MOVABLE = frozenset({_S.SCHEDULED})


def take_times(
    posts: Collection[uuid.UUID], *, of: frozenset[TargetStatus] = MOVABLE | GIVEN_UP
) -> None:
    """These posts, which can move and are locked, have no time; their targets that
    stand in one of `of` are drafts.
    """
    nothing = {**FRESH, "due_at": None, "late_after": None}
    rows = PostTarget.objects.filter(post__in=posts)
    rows.move(_S.DRAFT, of=of, **nothing)
    # The status first: the database refuses a scheduled post without a time.
    store_statuses(posts)
    untimed = Post.objects.filter(pk__in=posts)
    untimed.update(scheduled_time=None, updated_at=Now())


def give_times(
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
    # What has begun is finished however late.
    begun = {row.pk for row in held.targets if row.post_id in chosen} & held.begun
    PostTarget.objects.filter(pk__in=begun).update(late_after=None)
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
