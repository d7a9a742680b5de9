"""Schedules with all that is shown of them, in a fixed number of queries."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from social_media.models import RecurringSchedule
from social_media.posts.read import shown_templates


def shown_schedules() -> QuerySet[RecurringSchedule]:
    """9 queries besides the schedules' own."""
    return RecurringSchedule.objects.prefetch_related(
        Prefetch("template", shown_templates())
    )
