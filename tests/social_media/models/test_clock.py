"""The database's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from social_media.models import PostTarget
from social_media.models.clock import database_now, from_now
from tests.factories import PostTargetFactory

pytestmark = pytest.mark.django_db


def test_it_is_the_present_in_utc():
    before = datetime.now(UTC)
    found = database_now()
    after = datetime.now(UTC)
    assert found.utcoffset() == timedelta(0)
    # SQLite tells milliseconds.
    assert before - timedelta(milliseconds=1) <= found <= after


def test_it_goes_on_within_a_transaction():
    first = database_now()
    while database_now() == first:
        pass
    assert database_now() > first


@pytest.mark.parametrize(
    "delta",
    [
        timedelta(0),
        timedelta(milliseconds=1500),
        timedelta(seconds=-20),
        timedelta(days=-1, seconds=3),
        timedelta(days=400),
    ],
)
def test_from_now(delta):
    PostTargetFactory()
    before = database_now()
    PostTarget.objects.update(late_after=from_now(delta))
    after = database_now()
    found = PostTarget.objects.get().late_after - delta
    assert before - timedelta(milliseconds=1) <= found <= after


def test_a_stored_present_compares_with_stored_times():
    target = PostTargetFactory()
    PostTarget.objects.update(due_at=from_now(timedelta(seconds=-1)))
    assert list(PostTarget.objects.due()) == [target]
    PostTarget.objects.update(due_at=from_now(timedelta(seconds=60)))
    assert list(PostTarget.objects.due()) == []
    PostTarget.objects.update(late_after=F("due_at") - timedelta(seconds=61))
    assert list(PostTarget.objects.in_time()) == []
