"""The health check of the beat container."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from social_media.models import Heartbeat
from social_media.models.clock import database_now
from social_media.publishing.scan import HEARTBEAT, begin_scan

pytestmark = pytest.mark.django_db


def test_it_succeeds_while_scans_run() -> None:
    begin_scan()
    call_command("beat_alive")


def test_it_fails_before_the_first_scan() -> None:
    with pytest.raises(CommandError):
        call_command("beat_alive")


def test_it_fails_when_the_last_scan_is_too_long_ago(settings: Settings) -> None:
    settings.READY_MAX_BEAT_AGE = timedelta(seconds=30)
    at = database_now() - timedelta(seconds=31)
    Heartbeat.objects.create(name=HEARTBEAT, beaten_at=at)
    with pytest.raises(CommandError):
        call_command("beat_alive")
