"""What a schedule will post, and when, without storing anything."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from social_media.enums import RecurrenceStatus
from social_media.models import Occurrence, RecurringSchedule
from social_media.models.clock import database_now
from social_media.posts.composition import Composition
from social_media.posts.local_time import moment_of
from social_media.posts.recurrence.rules import Occurring, Rule, occurrences
from social_media.posts.recurrence.variables import render

#: One range never shows more; of a schedule, no more are gone through on the way.
PLANNED_MAX = 1000
_GONE_THROUGH = 50_000


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence whose post isn't made yet; `content` as its post will have it."""

    schedule: RecurringSchedule
    at: datetime
    number: int
    content: str


def rule_of(schedule: RecurringSchedule) -> Rule:
    """What the row says; it was checked when it was stored."""
    return Rule(
        zone=ZoneInfo(schedule.timezone),
        starts_at=datetime.fromisoformat(schedule.starts_at),
        rrule=schedule.rule,
        cron=schedule.cron,
        until=schedule.until,
        count=schedule.count,
        excluded=frozenset(schedule.excluded),
    )


def passed_of(schedule: RecurringSchedule) -> Occurring | None:
    """The last occurrence that is known to lie in the past, to go on from."""
    if not schedule.passed:
        return None
    local = datetime.fromisoformat(schedule.passed_local)
    at = moment_of(local, ZoneInfo(schedule.timezone))
    return Occurring(schedule.passed, at, local)


def planned(workspace_id: uuid.UUID, start: datetime, end: datetime) -> list[Planned]:
    """What active schedules will make in [start, end), from now on; in order.

    What has its row already, skipped ones too, is left out. At most PLANNED_MAX: of a
    list that long, the end is missing. Two queries, and the clock.
    """
    start = max(start, database_now())
    if end <= start:
        return []
    schedules = list(
        RecurringSchedule.objects.filter(
            workspace_id=workspace_id, status=RecurrenceStatus.ACTIVE
        ).select_related("template")
    )
    settled = _settled(workspace_id, start, end)
    streams = [_planned(one, start, end, settled) for one in schedules]
    merged = heapq.merge(*streams, key=lambda one: (one.at, one.schedule.pk))
    return list(islice(merged, PLANNED_MAX))


def _settled(
    workspace_id: uuid.UUID, start: datetime, end: datetime
) -> set[tuple[uuid.UUID, datetime]]:
    rows = Occurrence.objects.filter(
        schedule__workspace_id=workspace_id, occurs_at__gte=start, occurs_at__lt=end
    )
    return set(rows.order_by().values_list("schedule_id", "occurs_at"))


def _planned(
    schedule: RecurringSchedule,
    start: datetime,
    end: datetime,
    settled: set[tuple[uuid.UUID, datetime]],
) -> Iterator[Planned]:
    coming = occurrences(rule_of(schedule), after=passed_of(schedule))
    for one in islice(coming, _GONE_THROUGH):
        if one.at >= end:
            return
        if one.at < start or (schedule.pk, one.at) in settled:
            continue
        text = Composition(content=schedule.template.content)
        shown = render(text, number=one.number, local=one.local)
        yield Planned(schedule, one.at, one.number, shown.content)
