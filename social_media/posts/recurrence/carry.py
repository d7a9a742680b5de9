"""Skips and edits when a rule changes: they hold for the days they were meant for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import QuerySet
from django.db.models.functions import Now

from social_media.models import Occurrence, RecurringSchedule
from social_media.posts.recurrence.read import passed_of, rule_of
from social_media.posts.recurrence.rules import Occurring, Rule, every

#: Nobody skipped or edited one that is farther away (position.py).
_GONE_THROUGH = 100_000
#: A local day is over in every zone so long after any moment of it.
_APART = timedelta(days=3)


def carry_over(
    schedule: RecurringSchedule, *, rule: Rule, passed: Occurring | None
) -> list[datetime]:
    """Put what is left ahead, skipped or edited, on occurrences of the new rule.

    `rule` and `passed` are the old ones, the new ones are in `schedule`, which is
    locked. A row goes to the occurrence of its moment, else to the only one of its
    local day, if the old rule had only one that day, too. Its post stays as it is.
    Answers the moments of those that found none.
    """
    rows = list(_ahead(schedule))
    if not rows:
        return []
    goals = _goals(
        {row.occurs_at for row in rows},
        _Course(rule, passed),
        _Course(rule_of(schedule), passed_of(schedule)),
    )
    left = [row.occurs_at for row in rows if row.occurs_at not in goals]
    for row in rows:
        if goal := goals.get(row.occurs_at):
            row.occurs_at, row.number = goal.at, goal.number
            row.save(update_fields=["occurs_at", "number"])
    return left


def _ahead(schedule: RecurringSchedule) -> QuerySet[Occurrence]:
    rows = Occurrence.objects.filter(schedule=schedule, occurs_at__gt=Now())
    return rows.order_by("occurs_at")


@dataclass(frozen=True, slots=True)
class _Course:
    """A rule and what of it has passed."""

    rule: Rule
    passed: Occurring | None

    def until(self, end: datetime) -> Iterator[Occurring]:
        """What comes, excluded ones too."""
        for one in islice(every(self.rule, after=self.passed), _GONE_THROUGH):
            if one.at > end:
                return
            yield one

    def alone(self, end: datetime) -> dict[date, Occurring]:
        """Those that are the only ones of their local day, not excluded ones."""
        days: dict[date, list[Occurring]] = {}
        for one in self.until(end):
            if not self.rule.excludes(one.local):
                days.setdefault(one.local.date(), []).append(one)
        return {day: ones[0] for day, ones in days.items() if len(ones) == 1}


def _goals(
    moments: Collection[datetime], old: _Course, new: _Course
) -> Mapping[datetime, Occurring]:
    """Where rows at these moments go; none goes to where another is."""
    end = max(moments) + _APART
    goals = {one.at: one for one in new.until(end) if one.at in moments}
    will = new.alone(end)
    for day, before in old.alone(end).items():
        after = will.get(day)
        if after is None or after.at in moments or before.at in goals:
            continue
        if before.at in moments:
            goals[before.at] = after
    return goals
