"""The bell for checks ahead of time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.models import ActivityLog
from social_media.models.clock import database_now
from social_media.tasks.preflight import check_ahead
from tests.factories import ConnectedAccountFactory, PostTargetFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_warns_of_what_is_due_for_its_check():
    now = database_now()
    held = ConnectedAccountFactory(status="paused")
    later = {"due_at": now + timedelta(hours=2), "account": held}
    due = PostTargetFactory(**later, preflight_at=now - timedelta(seconds=1))
    PostTargetFactory(**later, preflight_at=now + timedelta(minutes=1))

    check_ahead()
    check_ahead()

    told = ActivityLog.objects.filter(action="target.warned")
    assert list(told.values_list("thing_id", flat=True)) == [due.pk]
