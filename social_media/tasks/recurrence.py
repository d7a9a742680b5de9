"""The beat of recurring posts."""

from __future__ import annotations

from celery import shared_task

from social_media.posts.recurrence.make import make_due


@shared_task(name="default.recurrence")
def make_recurring() -> None:
    """Make the posts of occurrences that came within the horizon."""
    make_due()
