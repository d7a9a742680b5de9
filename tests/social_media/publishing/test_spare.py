"""Uploads that are tried again: when, and in no one's way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from social_media.models import MediaFile, PostTarget
from social_media.models.clock import database_now
from social_media.publishing import ahead, uploads
from social_media.publishing.ahead import upload_next
from tests.pictures import later, picture, show
from tests.social_media.posts.test_races import started
from tests.social_media.publishing.conftest import due

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.postgresql
def test_what_others_hold_is_not_waited_for(simulator, connected, media_disk):
    """Who holds many targets may come for the one that uploaded next: a deadlock."""
    account = connected()
    uploading, held, free = targets = [due(account) for _ in range(3)]
    for number, target in enumerate(targets):
        show(target.post, picture(account.workspace, number=number))
        later(target, minutes=5 + number)
    simulator.fault(network="mastodon", kind="rate_limited", on="upload", calls=1)

    with transaction.atomic():
        PostTarget.objects.select_for_update(no_key=True).get(pk=held.pk)
        upload = started(upload_next)
        assert upload.result(5) is True
        waiting = PostTarget.objects.filter(prepare_at__gt=database_now())
        assert set(waiting.values_list("pk", flat=True)) == {uploading.pk, free.pk}

    held.refresh_from_db()
    assert held.prepare_at < database_now() - timedelta(minutes=1)


class AnHourAhead(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(hours=1)


@pytest.mark.parametrize("trouble", ["network", "rendition"])
def test_a_worker_whose_clock_is_wrong_tries_again_in_time(
    simulator, connected, media_disk, monkeypatch, trouble
):
    for module in (ahead, uploads):
        monkeypatch.setattr(module, "datetime", AnHourAhead, raising=False)
    target = due(connected())
    show(target.post, picture(target.account.workspace, number=1))
    later(target)
    if trouble == "network":
        simulator.fault(network="mastodon", kind="error_before", on="upload", calls=1)
    else:
        MediaFile.objects.update(size=50_000_000)

    assert upload_next()

    target.refresh_from_db()
    assert database_now() < target.prepare_at < database_now() + timedelta(minutes=5)
