"""The heartbeat of the pipeline, started by beat."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import structlog
from celery import shared_task
from celery.app.task import Task
from django.conf import settings
from kombu.exceptions import OperationalError

from social_media.media.work import due_count
from social_media.publishing.ahead import uploads_waiting
from social_media.publishing.claim import decline_late
from social_media.publishing.reconcile import due_look_ups
from social_media.publishing.scan import begin_scan, forget_stale_bells, scan
from social_media.publishing.show import show_posting
from social_media.publishing.takeover import take_over_expired
from social_media.tasks.media import work
from social_media.tasks.posting import (
    publish_target,
    reconcile_target,
    upload_ahead,
)

log = structlog.get_logger(__name__)

#: How far the clocks of hosts may differ: messages expire by the reader's.
CLOCK_SKEW = timedelta(minutes=5)
#: A bell for media that nobody heard for so long is rung again.
MEDIA_STALE = timedelta(seconds=10)
#: They are counted anew at every scan.
UPLOADS_STALE = timedelta(seconds=2)


@shared_task(name="scan.due_posts")
def due_posts() -> None:
    """Queue what is due and ring its bells, then sweep what got stuck."""
    if not begin_scan():
        return
    for step in _STEPS:
        _alone(step)


@shared_task(name="scan.media")
def due_media() -> None:
    """Ring for files and renditions that are to be made: a bell for each, up to one
    per hand.
    """
    bells = due_count(settings.MEDIA_SLOTS)
    _send(work, [()] * bells, expires=MEDIA_STALE)


def ring_due() -> None:
    """Bells for what is due."""
    for batch in scan():
        ring(publish_target, batch)


def ring_uploads() -> None:
    """Bells for uploads ahead of time: what each bell finds is its own."""
    _send(upload_ahead, [()] * uploads_waiting(), expires=UPLOADS_STALE)


def ring_look_ups() -> None:
    """Bells for what is in doubt."""
    ring(reconcile_target, due_look_ups())


_STEPS = (
    decline_late,
    ring_due,
    forget_stale_bells,
    take_over_expired,
    ring_look_ups,
    ring_uploads,
    show_posting,
)


def _alone(step: Callable[[], object]) -> None:
    """One step that fails, on whatever row, must not keep the others from running."""
    try:
        step()
    except Exception:
        log.exception("scan_step_failed", step=step.__name__)


def ring(task: Task[Any, None], ids: Iterable[uuid.UUID]) -> None:
    """Send one message per id. A broker that is down loses bells, never posts."""
    told = [(str(target_id),) for target_id in ids]
    _send(task, told, expires=settings.BELL_STALE_AFTER)


def _send(
    task: Task[Any, None], told: Iterable[tuple[str, ...]], *, expires: timedelta
) -> None:
    seconds = (expires + CLOCK_SKEW).total_seconds()
    try:
        for arguments in told:
            task.apply_async(args=arguments, expires=seconds)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", error=type(error).__name__)
