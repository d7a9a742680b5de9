"""Recurring schedules as rows have them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import Q

from social_media.enums import OccurrenceStatus, RecurrenceStatus
from social_media.models import Occurrence, Post, RecurringSchedule
from social_media.posts.bulk.place import Repeat
from social_media.posts.bulk.times import zone_of
from social_media.posts.local_time import SECOND, local_of, moment_of
from social_media.posts.recurrence.read import rule_of
from social_media.posts.recurrence.rules import Rule, every

#: Occurrences that are looked at on the way to a time that doesn't exist.
_GONE_THROUGH = 100_000


def repeats_of(patterns: Sequence[Post]) -> dict[uuid.UUID, Repeat]:
    """By pattern, where its schedule is active. Two queries.

    Left out, besides what is excluded already: occurrences that were skipped or
    deleted, and those that were edited, which are rows of their own.
    """
    rows = RecurringSchedule.objects.filter(
        template__in=patterns, status=RecurrenceStatus.ACTIVE
    )
    schedules = {row.pk: row for row in rows}
    others = Occurrence.objects.filter(_is_apart(), schedule__in=schedules)
    apart: dict[uuid.UUID, list[str]] = {}
    for one in others.order_by("occurs_at"):
        found = locals_at(schedules[one.schedule_id], one.occurs_at)
        apart.setdefault(one.schedule_id, []).extend(found)
    return {
        row.template_id: _repeat(row, apart.get(row.pk, ()))
        for row in schedules.values()
    }


def _is_apart() -> Q:
    """What the rule must not make again."""
    deleted = Q(status=OccurrenceStatus.MADE, post=None)
    return Q(edited=True) | Q(status=OccurrenceStatus.SKIPPED) | deleted


def locals_at(schedule: RecurringSchedule, at: datetime) -> list[str]:
    """The rule's local times of the moment `at`: several where they don't exist.

    Clocks may show another one then: where they are put forward, 03:00 for 02:30.
    """
    zone = zone_of(schedule.timezone)
    shown = local_of(at, zone)
    gone = local_of(at - SECOND, zone) + SECOND
    if shown == gone:
        return [shown.isoformat()]
    found = [
        local.isoformat()
        for local in _locals_between(rule_of(schedule), gone, shown)
        if moment_of(local, zone) == at
    ]
    return found or [shown.isoformat()]


def _locals_between(rule: Rule, first: datetime, last: datetime) -> Iterator[datetime]:
    """In UTC every local time exists: none falls together with another."""
    bare = replace(rule, zone=ZoneInfo("UTC"), until=None, count=None)
    for one in islice(every(bare), _GONE_THROUGH):
        if one.local > last:
            return
        if one.local >= first:
            yield one.local


def _repeat(row: RecurringSchedule, apart: Sequence[str]) -> Repeat:
    rule = row.rule or f"cron {row.cron}"
    if row.count is not None:
        rule += f";COUNT={row.count}"
    if row.until is not None:
        rule += f";UNTIL={row.until:%Y%m%dT%H%M%SZ}"
    excluded = tuple(sorted({*row.excluded, *apart}))
    return Repeat(rule, row.timezone, row.starts_at, excluded)
