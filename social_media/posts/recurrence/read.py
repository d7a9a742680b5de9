"""What a schedule will post, and when, without storing anything."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from social_media.enums import RecurrenceStatus
from social_media.models import Occurrence, RecurringSchedule
from social_media.models.clock import database_now
from social_media.posts.composition import Composition
from social_media.posts.local_time import moment_of
from social_media.posts.recurrence.landmarks import Landmarks
from social_media.posts.recurrence.rules import Occurring, Rule, every
from social_media.posts.recurrence.variables import render

#: One range never shows more; on the way to it no more are gone through at once, of
#: all schedules together: a second or two.
PLANNED_MAX = 1000
_GONE_THROUGH = 250_000
_LANDMARKS = Landmarks()


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence whose post isn't made yet; `content` as its post will have it."""

    schedule: RecurringSchedule
    at: datetime
    number: int
    content: str


@dataclass(frozen=True, slots=True)
class Coming:
    """Occurrences to come; nothing is missing before `complete_until`.

    That lies before the end of the range where schedules have so many occurrences on
    the way that one look doesn't get there. The next look gets further.
    """

    found: Sequence[Planned]
    complete_until: datetime


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


def planned(workspace_id: uuid.UUID, start: datetime, end: datetime) -> Coming:
    """What active schedules will make in [start, end), from now on; in order.

    What has its row already, skipped ones too, is left out. At most PLANNED_MAX: of a
    list that long, the end is missing. Two queries, and the clock.
    """
    start = max(start, database_now())
    if end <= start:
        return Coming([], end)
    schedules = list(
        RecurringSchedule.objects.filter(
            workspace_id=workspace_id, status=RecurrenceStatus.ACTIVE
        ).select_related("template")
    )
    look = _Look(start, end, _settled(workspace_id, start, end))
    streams = [look.along(one) for one in schedules]
    merged = heapq.merge(*streams, key=lambda one: (one.at, one.schedule.pk))
    found = list(islice(merged, PLANNED_MAX))
    return Coming(found, look.complete_until)


def _settled(
    workspace_id: uuid.UUID, start: datetime, end: datetime
) -> set[tuple[uuid.UUID, datetime]]:
    rows = Occurrence.objects.filter(
        schedule__workspace_id=workspace_id, occurs_at__gte=start, occurs_at__lt=end
    )
    return set(rows.order_by().values_list("schedule_id", "occurs_at"))


class _Look:
    """One look at many schedules, which together may take so many steps."""

    def __init__(
        self, start: datetime, end: datetime, settled: set[tuple[uuid.UUID, datetime]]
    ) -> None:
        self._start, self._end, self._settled = start, end, settled
        self._left = _GONE_THROUGH
        self.complete_until = end

    def along(self, schedule: RecurringSchedule) -> Iterator[Planned]:
        """Of one schedule what comes in the range, as far as steps are left."""
        rule = rule_of(schedule)
        for one in self._steps(rule, passed_of(schedule)):
            settled = (schedule.pk, one.at) in self._settled
            if not settled and not rule.excludes(one.local):
                text = Composition(content=schedule.template.content)
                shown = render(text, number=one.number, local=one.local)
                yield Planned(schedule, one.at, one.number, shown.content)

    def _steps(self, rule: Rule, passed: Occurring | None) -> Iterator[Occurring]:
        """Those in the range, excluded ones too."""
        known = _LANDMARKS.before(rule, self._start)
        last = max((one for one in (passed, known) if one), key=_at, default=None)
        for one in every(rule, after=last):
            if one.at >= self._end:
                return
            if last is not None and last.at < self._start <= one.at:
                _LANDMARKS.note(rule, last)
            if self._left == 0:
                self.complete_until = max(self._start, min(self.complete_until, one.at))
                _LANDMARKS.note(rule, last or one)
                return
            self._left -= 1
            last = one
            if one.at >= self._start:
                yield one


def _at(one: Occurring) -> datetime:
    return one.at
