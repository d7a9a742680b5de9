"""What a person writes for one occurrence, with the variables of that one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import ApiKey, User
from social_media.models import Occurrence, Post, RecurringSchedule
from social_media.posts.composition import Composition
from social_media.posts.errors import InvalidDraft
from social_media.posts.local_time import local_of
from social_media.posts.recurrence.lock import locked_schedule
from social_media.posts.recurrence.one import edit_occurrence
from social_media.posts.recurrence.position import find
from social_media.posts.recurrence.template import refuse_unknown_variables
from social_media.posts.recurrence.variables import render


@transaction.atomic
def edit_filled(
    schedule: RecurringSchedule,
    *,
    at: datetime,
    changes: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None = None,
) -> Post:
    """`edit_occurrence` with the variables in `changes` filled in, as a pattern's are.

    Raises what that raises, and InvalidDraft for an unknown variable.
    """
    row = locked_schedule(schedule.pk)  # a rule that changes would change the number
    number, local = _place_of(row, at)
    filled = _filled(changes, number, local)
    return edit_occurrence(row, at=at, changes=filled, user=user, api_key=api_key)


def _place_of(schedule: RecurringSchedule, at: datetime) -> tuple[int, datetime]:
    """Number and local time by the rule; an older rule may have made its row."""
    row = Occurrence.objects.filter(schedule=schedule, occurs_at=at).first()
    try:
        one = find(schedule, at)
    except InvalidDraft:
        if row is None:
            raise
        return row.number, local_of(at, ZoneInfo(schedule.timezone))
    return row.number if row else one.number, one.local


def _filled(changes: Mapping[str, Any], number: int, local: datetime) -> dict[str, Any]:
    composition = Composition(**{"content": "", **changes})
    refuse_unknown_variables(composition)
    rendered = render(composition, number=number, local=local)
    return {
        field.name: getattr(rendered, field.name)
        for field in fields(Composition)
        if field.name in changes
    }
