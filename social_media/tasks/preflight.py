"""Checks ahead of time, started by beat."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from social_media.posts.preflight import preflight


@shared_task(name="default.preflight")
def check_ahead() -> None:
    """Warn of what will most likely go wrong. What is left over is the next one's."""
    preflight(within=settings.PREFLIGHT_EVERY / 2)  # they must not pile up
