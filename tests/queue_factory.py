"""Queues for tests."""

from __future__ import annotations

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from social_media.models import PostQueue
from tests.factories import ConnectedAccountFactory, WorkspaceFactory, now

WEEKDAYS = (
    *("monday", "tuesday", "wednesday", "thursday"),
    *("friday", "saturday", "sunday"),
)
QUARTERS = [f"{n // 4:02}:{n % 4 * 15:02}" for n in range(96)]


def busy_days() -> dict[str, list[str]]:
    """Slots every quarter of an hour, but none that comes while a test runs."""
    soon = {(now() + timedelta(days=days)).weekday() for days in (0, 1)}
    days = [day for n, day in enumerate(WEEKDAYS) if n not in soon]
    return {day: list(QUARTERS) for day in days}


class PostQueueFactory(DjangoModelFactory):
    """Slots of `busy_days`; `to` are its accounts, one if left out."""

    class Meta:
        model = PostQueue
        skip_postgeneration_save = True

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Queue {n}")
    timezone = "UTC"
    slots = factory.LazyFunction(busy_days)

    @factory.post_generation
    def to(self, create, extracted, **kwargs):
        accounts = extracted or [ConnectedAccountFactory(workspace=self.workspace)]
        self.accounts.set(accounts)
