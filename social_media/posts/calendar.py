"""A range of time in one workspace: posts, free slots, occurrences not made yet."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Left

from accounts.models import Workspace
from social_media.models import (
    ConnectedAccount,
    Label,
    Post,
    PostMedia,
    PostTarget,
    RecurringSchedule,
)
from social_media.models.label import key_of
from social_media.platforms.base import Problem
from social_media.posts.errors import InvalidDraft
from social_media.posts.local_time import moment_of
from social_media.posts.queues.read import FreeSlot, free_slots
from social_media.posts.recurrence.read import PLANNED_MAX, Coming, Planned, planned

#: What a calendar has; far from where arithmetic with times ends.
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
#: Posts and free slots, of each.
MOST = 2000
#: Characters of a post's text that a calendar shows.
EXCERPT = 280

T = TypeVar("T", Post, FreeSlot, Planned)


@dataclass(frozen=True, slots=True)
class Only:
    """What a calendar is narrowed to; an empty field narrows nothing.

    Slots have no status and no label, occurrences to come no status: where one is
    asked for, they are left out.
    """

    accounts: Sequence[uuid.UUID] = ()
    platforms: Sequence[str] = ()
    statuses: Sequence[str] = ()
    labels: Sequence[str] = ()

    def places(self, workspace_id: uuid.UUID) -> QuerySet[ConnectedAccount, Any] | None:
        """The accounts that count, None for all."""
        if not (self.accounts or self.platforms):
            return None
        rows = ConnectedAccount.objects.filter(workspace_id=workspace_id)
        if self.accounts:
            rows = rows.filter(pk__in=self.accounts)
        if self.platforms:
            rows = rows.filter(platform__in=self.platforms)
        return rows.values("pk")


@dataclass(frozen=True, slots=True)
class Calendar:
    """All there is from `start` (inclusive) to `complete_until`, in order of time.

    That is the end of the range, or before it where there is too much to show; what
    happens exactly then may be here in part. Posts are those of `posts_between`.
    """

    start: datetime
    end: datetime
    complete_until: datetime
    posts: Sequence[Any]
    slots: Sequence[FreeSlot]
    occurrences: Sequence[Planned]

    @property
    def truncated(self) -> bool:
        """Whether something of the range is missing."""
        return self.complete_until < self.end


def moment_in(zone: str, given: date | datetime) -> datetime:
    """An aware time as it is; of a date its beginning in `zone`.

    Raises OverflowError at the ends of the calendar.
    """
    if isinstance(given, datetime):
        return given
    return moment_of(datetime.combine(given, time()), ZoneInfo(zone))


def read_calendar(
    workspace: Workspace, *, start: datetime, end: datetime, only: Only
) -> Calendar:
    """The workspace's calendar from `start` (aware) to `end`, which is exclusive.

    A fixed number of queries. Raises InvalidDraft for a range that can't be shown.
    """
    _check(start, end)
    rows = posts_between(workspace.pk, start, end)
    posts = list(_narrowed(rows, workspace.pk, only)[: MOST + 1])
    slots = _slots(workspace.pk, start, end, only)
    looked = Coming([], end) if only.statuses else planned(workspace.pk, start, end)
    coming = looked.found
    until = min(
        looked.complete_until,
        _complete_until(posts, MOST, end),
        _complete_until(slots, MOST, end),
        # A list that long lacks its end.
        _complete_until(coming, PLANNED_MAX - 1, end),
    )
    return Calendar(
        start,
        end,
        until,
        _until(posts, MOST, until),
        _until(slots, MOST, until),
        _wanted(_until(coming, PLANNED_MAX - 1, until), workspace.pk, only),
    )


def posts_between(
    workspace_id: uuid.UUID, start: datetime, end: datetime
) -> QuerySet[Post]:
    """Posts with a time in this range, in its order, with what a calendar shows.

    Each has `excerpt`, the beginning of its text, one character longer than EXCERPT
    where there is more, and `media_count`. The rest of their texts stays unread.
    """
    rows = Post.objects.filter(
        workspace_id=workspace_id,
        is_template=False,
        scheduled_time__gte=start,
        scheduled_time__lt=end,
    ).annotate(excerpt=Left("content", EXCERPT + 1), media_count=_media_count())
    accounts = ConnectedAccount.objects.defer("secrets")
    targets = PostTarget.objects.order_by("created_at", "pk").only(
        "post", "account", "status", "remote_url", "updated_at"
    )
    return (
        rows.defer("content", "first_comment")
        .select_related("queued__queue", "occurrence")
        .prefetch_related(
            Prefetch("targets", targets), Prefetch("targets__account", accounts)
        )
        .prefetch_related("labels")
        .order_by("scheduled_time", "pk")
    )


def _check(start: datetime, end: datetime) -> None:
    longest = timedelta(days=settings.CALENDAR_MAX_DAYS)
    if start < FIRST or end > LAST:
        words = f"A calendar has the years {FIRST.year} to {LAST.year - 1}."
        path = "from" if start < FIRST else "to"
        raise InvalidDraft([Problem("out_of_range", path, words)])
    if end <= start:
        raise InvalidDraft([Problem("order", "to", "This must be after `from`.")])
    if end - start > longest:
        words = f"Ask for {settings.CALENDAR_MAX_DAYS} days at most at a time."
        raise InvalidDraft([Problem("too_long", "to", words)])


def _media_count() -> Subquery:
    files = PostMedia.objects.filter(post=OuterRef("pk"), target=None).order_by()
    return Subquery(files.values("post").annotate(files=Count("pk")).values("files"))


def _narrowed(
    rows: QuerySet[Post], workspace_id: uuid.UUID, only: Only
) -> QuerySet[Post]:
    places = only.places(workspace_id)
    if places is not None:
        targets = PostTarget.objects.filter(post=OuterRef("pk"), account__in=places)
        rows = rows.filter(Exists(targets))
    if only.statuses:
        rows = rows.filter(status__in=only.statuses)
    if only.labels:
        rows = rows.filter(Exists(_labels(only).filter(posts=OuterRef("pk"))))
    return rows


def _slots(
    workspace_id: uuid.UUID, start: datetime, end: datetime, only: Only
) -> Sequence[FreeSlot]:
    if only.statuses or only.labels:
        return []
    places = only.places(workspace_id)
    return free_slots(workspace_id, start, end, most=MOST + 1, places=places)


def _wanted(
    coming: Sequence[Planned], workspace_id: uuid.UUID, only: Only
) -> Sequence[Planned]:
    """Those whose template goes to such accounts and carries such labels."""
    places = only.places(workspace_id)
    if places is None and not only.labels:
        return coming
    schedules = RecurringSchedule.objects.filter(workspace_id=workspace_id)
    if places is not None:
        schedules = schedules.filter(template__targets__account__in=places)
    if only.labels:
        carried = _labels(only).filter(posts=OuterRef("template"))
        schedules = schedules.filter(Exists(carried))
    wanted = set(schedules.values_list("pk", flat=True))
    return [one for one in coming if one.schedule.pk in wanted]


def _labels(only: Only) -> QuerySet[Label]:
    return Label.objects.filter(key__in=[key_of(name.strip()) for name in only.labels])


def _complete_until(
    items: Sequence[Post | FreeSlot | Planned], most: int, end: datetime
) -> datetime:
    """The time of the first one that is too much."""
    return _time_of(items[most]) if len(items) > most else end


def _until(items: Sequence[T], most: int, until: datetime) -> Sequence[T]:
    return [one for one in items[:most] if _time_of(one) <= until]


def _time_of(one: Post | FreeSlot | Planned) -> datetime:
    at = one.scheduled_time if isinstance(one, Post) else one.at
    if at is None:
        raise TypeError("A calendar reads posts with a time.")
    return at
