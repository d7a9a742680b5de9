"""Holding a schedule still: its row comes before those of its posts."""

from __future__ import annotations

import uuid

from social_media.models import RecurringSchedule
from social_media.posts.errors import PostError


class ScheduleGone(PostError):
    """Somebody deleted it meanwhile."""

    def __init__(self) -> None:
        super().__init__("This recurring post no longer exists.")


def locked_schedule(schedule_id: uuid.UUID) -> RecurringSchedule:
    """The row, locked, with its template and workspace. Raises ScheduleGone."""
    rows = RecurringSchedule.objects.select_for_update(no_key=True)
    if not rows.filter(pk=schedule_id).values_list("pk"):
        raise ScheduleGone
    found = RecurringSchedule.objects.select_related("workspace", "template__author")
    return found.get(pk=schedule_id)
