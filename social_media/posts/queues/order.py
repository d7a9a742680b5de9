"""The order of the posts that wait."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from random import SystemRandom

from django.db import transaction

from accounts.models import ApiKey, User
from social_media.enums import ActivityAction
from social_media.models import ActivityLog, PostQueue
from social_media.platforms.base import Problem
from social_media.posts.queues.hold import HeldQueue, hold
from social_media.posts.queues.retime import retime
from social_media.posts.validate import refuse

#: No more ids are named in one message.
_NAMED = 5


@transaction.atomic
def reorder(
    queue: PostQueue,
    *,
    posts: Sequence[uuid.UUID],
    user: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """The waiting posts in exactly this order; each gets the slot of its new place.

    Raises InvalidDraft unless `posts` are the waiting ones, QueueGone.
    """
    held = hold(queue.pk)
    refuse(_order_problems(held, posts))
    places = {post_id: place for place, post_id in enumerate(posts)}
    held.entries.sort(key=lambda one: places[one.post_id])
    retime(held)
    _record(held, user, api_key, how="reorder")


@transaction.atomic
def shuffle(
    queue: PostQueue, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """The waiting posts in any order. Raises QueueGone."""
    held = hold(queue.pk)
    SystemRandom().shuffle(held.entries)
    retime(held)
    _record(held, user, api_key, how="shuffle")


def _order_problems(held: HeldQueue, posts: Sequence[uuid.UUID]) -> list[Problem]:
    waiting = [entry.post_id for entry in held.entries]
    found: list[Problem] = []
    seen: set[uuid.UUID] = set()
    for place, post_id in enumerate(posts):
        if post_id in seen:
            words = "This post is in the list twice."
            found.append(Problem("duplicate", f"posts.{place}", words))
        elif post_id not in waiting:
            words = "This post does not wait in this queue (any more)."
            found.append(Problem("unknown_post", f"posts.{place}", words))
        seen.add(post_id)
    if missing := [post_id for post_id in waiting if post_id not in seen]:
        named = ", ".join(str(post_id) for post_id in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        words = f"Name all that wait, in their new order; missing: {named}{more}."
        found.append(Problem("missing", "posts", words))
    return found


def _record(
    held: HeldQueue, user: User | None, api_key: ApiKey | None, *, how: str
) -> None:
    ActivityLog.objects.record(
        ActivityAction.QUEUE_REORDERED,
        held.queue,
        workspace_id=held.queue.workspace_id,
        user=user,
        api_key=api_key,
        details={"how": how, "posts": len(held.entries)},
    )
