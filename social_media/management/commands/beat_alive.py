"""`manage.py beat_alive`: the health check of the beat container."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from social_media.models import Heartbeat
from social_media.models.clock import from_now
from social_media.publishing.scan import HEARTBEAT


class Command(BaseCommand):
    """Succeeds while the scans that beat starts are running."""

    help = "Fails unless beat's scans ran within READY_MAX_BEAT_SECONDS."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Raise CommandError when the last scan is too long ago."""
        recent = from_now(-settings.READY_MAX_BEAT_AGE)
        if not Heartbeat.objects.filter(name=HEARTBEAT, beaten_at__gt=recent).exists():
            raise CommandError("No scan ran lately: is beat up, and worker-scan?")
