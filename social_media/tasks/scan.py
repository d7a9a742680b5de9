"""The heartbeat of the pipeline, started by beat."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import structlog
from celery import shared_task
from celery.app.task import Task
from django.conf import settings
from kombu.exceptions import OperationalError

from social_media.publishing.reconcile import due_look_ups
from social_media.publishing.scan import beat_heart, forget_stale_bells, scan
from social_media.publishing.takeover import take_over_expired
from social_media.tasks.posting import publish_target, reconcile_target

log = structlog.get_logger(__name__)


@shared_task(name="scan.due_posts")
def due_posts() -> None:
    """Sweep what got stuck, queue what is due, ring a bell for each."""
    beat_heart()
    forget_stale_bells()
    take_over_expired()
    for batch in scan():
        ring(publish_target, batch)
    ring(reconcile_target, due_look_ups())


def ring(task: Task[Any, None], ids: Iterable[uuid.UUID]) -> None:
    """Send one message per id. A broker that is down loses bells, never posts."""
    stale = settings.BELL_STALE_AFTER.total_seconds()
    try:
        for target_id in ids:
            task.apply_async(args=(str(target_id),), expires=stale)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", error=type(error).__name__)
