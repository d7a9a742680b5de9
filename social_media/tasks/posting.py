"""Bells for one target."""

from __future__ import annotations

import uuid

from celery import shared_task
from celery.worker import state

from social_media.publishing.ahead import upload_next
from social_media.publishing.reconcile import reconcile
from social_media.publishing.run import publish


@shared_task(name="posting.publish")
def publish_target(target_id: str) -> None:
    """Publish a queued target, then the next ones without a message."""
    publish(uuid.UUID(target_id), stopping=shutting_down)


@shared_task(name="posting.reconcile")
def reconcile_target(target_id: str) -> None:
    """Find out what became of a target in doubt."""
    reconcile(uuid.UUID(target_id))


@shared_task(name="posting.upload_ahead")
def upload_ahead() -> None:
    """Upload for one scheduled target after the other, ahead of their time."""
    while not shutting_down() and upload_next():
        pass


def shutting_down() -> bool:
    """Whether this worker was asked to finish what it has and stop."""
    return state.should_stop is not None or state.should_terminate is not None
