"""What a rule will do next, told to a person; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from social_media.enums import OccurrenceStatus
from social_media.models import Occurrence, RecurringSchedule
from social_media.models.clock import database_now
from social_media.posts.composition import Composition
from social_media.posts.recurrence.position import position_of
from social_media.posts.recurrence.read import passed_of, rule_of
from social_media.posts.recurrence.rules import Occurring, Rule, occurrences
from social_media.posts.recurrence.template import (
    composition_for,
    refuse_unknown_variables,
)
from social_media.posts.recurrence.variables import render


@dataclass(frozen=True, slots=True)
class Shown:
    """One occurrence to come; `content` None where no post was given."""

    number: int
    at: datetime
    local: datetime
    content: str | None
    note: str


def preview_new(rule: Rule, composition: Composition | None, count: int) -> list[Shown]:
    """The next `count` from now on.

    Raises InvalidDraft when nothing lies ahead, and for unknown variables.
    """
    if composition is not None:
        refuse_unknown_variables(composition)
    now = database_now()
    coming = _ahead(rule, position_of(rule, now).passed, now)
    return [_shown(rule, one, composition) for one in islice(coming, count)]


def preview_stored(schedule: RecurringSchedule, count: int) -> list[Shown]:
    """The next `count` from now on, without those that were skipped."""
    rule, now = rule_of(schedule), database_now()
    composition = composition_for(schedule.template)
    rows = Occurrence.objects.filter(
        schedule=schedule, occurs_at__gt=now, status=OccurrenceStatus.SKIPPED
    )
    skipped = set(rows.order_by().values_list("occurs_at", flat=True))
    coming = (
        one for one in _ahead(rule, passed_of(schedule), now) if one.at not in skipped
    )
    return [_shown(rule, one, composition) for one in islice(coming, count)]


def _ahead(rule: Rule, passed: Occurring | None, now: datetime) -> Iterator[Occurring]:
    return (one for one in occurrences(rule, after=passed) if one.at > now)


def _shown(rule: Rule, one: Occurring, composition: Composition | None) -> Shown:
    text = None
    if composition is not None:
        text = render(composition, number=one.number, local=one.local).content
    return Shown(one.number, one.at, one.local, text, _note(rule, one))


def _note(rule: Rule, one: Occurring) -> str:
    clock = f"{one.local:%H:%M}"
    if one.moved(rule.zone):
        return f"Moved: {clock} doesn't exist that day."
    here = one.local.replace(tzinfo=rule.zone)
    if here.utcoffset() != here.replace(fold=1).utcoffset():
        return f"{clock} comes twice that day: the first is used."
    return ""
