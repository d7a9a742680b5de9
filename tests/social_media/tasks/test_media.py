"""Bells for media: one per hand at most, rung anew as long as something is due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from kombu.exceptions import OperationalError

from social_media.models import MediaFile
from social_media.models.clock import database_now
from social_media.tasks.media import work
from social_media.tasks.prune import prune
from social_media.tasks.scan import due_media
from tests import media_samples as samples
from tests.factories import MediaFileFactory, MediaRenditionFactory
from tests.social_media.media.making import uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def bells(monkeypatch):
    """What would have been sent to the broker: (task, expiry in seconds)."""
    sent = []

    def send(task, args=(), **options):
        assert args == ()
        sent.append((task.name, options["expires"]))

    monkeypatch.setattr("celery.app.task.Task.apply_async", send)
    return sent


def test_nothing_due_rings_nothing(bells):
    MediaFileFactory()
    MediaRenditionFactory()
    MediaFileFactory(status="processing", due_at=database_now() + timedelta(hours=1))
    due_media()
    assert bells == []


def test_a_bell_for_each_up_to_one_per_hand(bells, settings):
    settings.MEDIA_SLOTS = 2
    MediaFileFactory(status="processing")
    due_media()
    assert bells == [("media.work", 310)]
    for _ in range(3):
        MediaFileFactory(status="processing")
    due_media()
    assert len(bells) == 1 + 2


def test_what_a_worker_has_rings_no_more(bells):
    MediaFileFactory(
        status="processing", lease_expires_at=database_now() + timedelta(seconds=60)
    )
    MediaRenditionFactory(original__status="processing", status="waiting")
    MediaFile.objects.update(lease_expires_at=database_now() + timedelta(seconds=60))
    due_media()
    assert bells == []


def test_a_broker_that_is_down_loses_bells_and_nothing_else(monkeypatch):
    def refuse(*_args, **_options):
        raise OperationalError("connection refused")

    monkeypatch.setattr("celery.app.task.Task.apply_async", refuse)
    file = MediaFileFactory(status="processing")
    due_media()
    file.refresh_from_db()
    assert (file.status, file.tries) == ("processing", 0)


def test_a_bell_makes_what_is_due(media_disk):
    for data in (samples.jpeg(), samples.png()):
        uploaded(data)
    work()
    assert set(MediaFile.objects.values_list("status", flat=True)) == {"ready"}


def test_the_work_folder_is_swept(media_disk, monkeypatch):
    left = media_disk / "work" / "make-x"
    left.mkdir(parents=True)
    prune()
    assert left.exists()
    monkeypatch.setattr("social_media.media.scratch.LEFT_AFTER", timedelta(days=-1))
    prune()
    assert not left.exists()
