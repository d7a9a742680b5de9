"""Rows of planning for tests: see `tests/factories.py`."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from social_media.enums import OccurrenceStatus
from social_media.models import Occurrence, RecurringSchedule
from tests.factories import PostFactory, WorkspaceFactory, now


class RecurringScheduleFactory(DjangoModelFactory):
    """Every day at nine, on no account; nothing of it is made."""

    class Meta:
        model = RecurringSchedule

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Recurring {n}")
    template = factory.SubFactory(
        PostFactory, workspace=factory.SelfAttribute("..workspace"), is_template=True
    )
    rule = "FREQ=DAILY"
    timezone = "Europe/Berlin"
    starts_at = "2026-03-27T09:00:00"


class OccurrenceFactory(DjangoModelFactory):
    """The first of its schedule, skipped."""

    class Meta:
        model = Occurrence

    schedule = factory.SubFactory(RecurringScheduleFactory)
    occurs_at = factory.LazyFunction(now)
    number = 1
    status = OccurrenceStatus.SKIPPED
