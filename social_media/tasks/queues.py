"""Looking after queues."""

from __future__ import annotations

from celery import shared_task

from social_media.posts.queues.upkeep import look_after_queues


@shared_task(name="default.queues")
def queues() -> None:
    """Bring evergreen posts back, let go what went out, fill what has no slot."""
    look_after_queues()
