"""Recurring schedules as rows have them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from social_media.enums import OccurrenceStatus, RecurrenceStatus
from social_media.models import Occurrence, Post, RecurringSchedule
from social_media.posts.bulk.place import Repeat
from social_media.posts.bulk.times import zone_of
from social_media.posts.local_time import local_of


def repeats_of(patterns: Sequence[Post]) -> dict[uuid.UUID, Repeat]:
    """By pattern, where its schedule is active. Two queries.

    Left out, besides what is excluded already: occurrences that were skipped, and
    those that were edited, which are rows of their own.
    """
    rows = RecurringSchedule.objects.filter(
        template__in=patterns, status=RecurrenceStatus.ACTIVE
    )
    schedules = {row.pk: row for row in rows}
    others = Occurrence.objects.filter(schedule__in=schedules).order_by("occurs_at")
    apart: dict[uuid.UUID, list[str]] = {}
    for one in others.exclude(status=OccurrenceStatus.MADE, edited=False):
        if one.edited or one.status == OccurrenceStatus.SKIPPED:
            zone = zone_of(schedules[one.schedule_id].timezone)
            local = local_of(one.occurs_at, zone).isoformat()
            apart.setdefault(one.schedule_id, []).append(local)
    return {
        row.template_id: _repeat(row, apart.get(row.pk, ()))
        for row in schedules.values()
    }


def _repeat(row: RecurringSchedule, apart: Sequence[str]) -> Repeat:
    rule = row.rule or f"cron {row.cron}"
    if row.count is not None:
        rule += f";COUNT={row.count}"
    if row.until is not None:
        rule += f";UNTIL={row.until:%Y%m%dT%H%M%SZ}"
    excluded = tuple(sorted({*row.excluded, *apart}))
    return Repeat(rule, row.timezone, row.starts_at, excluded)
