"""Queues, their posts and their free slots, as they are shown."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Window,
)
from django.db.models.functions import Coalesce, Now, RowNumber

from social_media.models import ConnectedAccount, PostQueue, QueuedPost
from social_media.models.clock import database_now
from social_media.posts.queues.slots import slots_after
from social_media.posts.read import shown_posts

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A slot that no post has; `at` is UTC."""

    queue: PostQueue
    at: datetime


def free_slots(
    workspace_id: uuid.UUID,
    start: datetime,
    end: datetime,
    *,
    most: int,
    places: QuerySet[ConnectedAccount, Any] | None = None,
) -> list[FreeSlot]:
    """The first `most` that running queues have free in [start, end), in order.

    From now on only; of queues that post to `places`, all if None. Two queries, and
    the clock.
    """
    # Not a moment before the first there is.
    after = max(start, database_now() + _INSTANT) - _INSTANT
    queues = PostQueue.objects.filter(workspace_id=workspace_id, paused_at=None)
    if places is not None:
        queues = queues.filter(accounts__in=places).distinct()
    rows = QueuedPost.objects.filter(queue__workspace_id=workspace_id)
    rows = rows.filter(slot_at__gt=after, slot_at__lt=end)
    taken = set(rows.values_list("queue_id", "slot_at"))
    # No further than is shown: a year of many queues is a hundred thousands of slots.
    streams = [_free(queue, after, end, taken) for queue in queues]
    found = heapq.merge(*streams, key=lambda one: (one.at, one.queue.name))
    return list(islice(found, most))


def _free(
    queue: PostQueue,
    after: datetime,
    end: datetime,
    taken: set[tuple[uuid.UUID, datetime | None]],
) -> Iterator[FreeSlot]:
    for at in takewhile(lambda at: at < end, upcoming(queue, after)):
        if (queue.pk, at) not in taken:
            yield FreeSlot(queue, at)


def next_slots(queue: PostQueue, *, count: int) -> list[datetime]:
    """The next `count` free slots (UTC), fewer where ten years have no more."""
    now = database_now()
    rows = QueuedPost.objects.filter(queue=queue, slot_at__gt=now)
    taken = set(rows.values_list("slot_at", flat=True))
    return list(islice((at for at in upcoming(queue, now) if at not in taken), count))


def local_time(at: datetime, zone: ZoneInfo) -> str:
    """`at` (aware) as clocks in `zone` show it, with their offset: ISO 8601."""
    return at.astimezone(zone).isoformat()


def upcoming(queue: PostQueue, after: datetime) -> Iterator[datetime]:
    """All slots after `after`, free or not; see `slots_after`."""
    return slots_after(queue.slots, ZoneInfo(queue.timezone), after)


def shown_queues() -> QuerySet[PostQueue]:
    """Queues with their accounts and how many posts wait. One query besides."""
    waiting = QueuedPost.objects.waiting().filter(queue=OuterRef("pk")).order_by()
    count = waiting.values("queue").annotate(count=Count("pk")).values("count")
    accounts = ConnectedAccount.objects.defer("secrets")
    rows = PostQueue.objects.annotate(waiting=Coalesce(Subquery(count), 0))
    return rows.prefetch_related(Prefetch("accounts", accounts))


def shown_entries(queue: PostQueue) -> QuerySet[QueuedPost, Any]:
    """A queue's posts with all that is shown of them.

    Those whose slot has come are first (`on_its_way`), then the others in order;
    `place` counts from 1.
    """
    left = Q(slot_at__isnull=False, slot_at__lte=Now())
    rows = QueuedPost.objects.filter(queue=queue).annotate(
        on_its_way=ExpressionWrapper(left, output_field=BooleanField())
    )
    place = Window(
        RowNumber(),
        partition_by=F("on_its_way"),
        order_by=("position", "pk"),
        output_field=IntegerField(),
    )
    rows = rows.annotate(place=place).order_by("-on_its_way", "position", "pk")
    # The queue too: a post that is read from here asks this entry for it.
    rows = rows.select_related("queue")
    return rows.prefetch_related(Prefetch("post", shown_posts()))
