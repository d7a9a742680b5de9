"""A limit that one upload meets holds for the account's others: in no one's way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from social_media.models import PostTarget
from social_media.models.clock import database_now
from social_media.publishing.ahead import upload_next
from tests.pictures import later, picture, show
from tests.social_media.posts.test_races import started
from tests.social_media.publishing.conftest import due

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


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
