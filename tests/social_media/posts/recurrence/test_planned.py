"""What calendars are told of occurrences to come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.models import Occurrence
from social_media.posts.recurrence import read
from social_media.posts.recurrence.one import skip
from social_media.posts.recurrence.read import planned
from tests.factories import UserFactory, now
from tests.social_media.posts.recurrence.recurring import daily

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def schedule(workspace, settings):
    """Four posts made ahead."""
    settings.RECURRENCE_HORIZON = timedelta(days=4)
    return daily(workspace, content="{{counter}}")


def test_planned_is_what_has_no_row_yet(schedule, workspace, user):
    last = Occurrence.objects.get(number=4).occurs_at
    skip(schedule, at=last + DAY, user=user)
    found = planned(workspace.pk, now() - DAY, last + 4 * DAY).found
    assert [(one.number, one.content, one.at) for one in found] == [
        (6, "6", last + 2 * DAY),
        (7, "7", last + 3 * DAY),
    ]
    assert {one.schedule for one in found} == {schedule}
    assert planned(UserFactory().pk, now(), last + 4 * DAY).found == []


def test_planned_is_bounded_and_asks_little(
    workspace, user, settings, django_assert_num_queries
):
    settings.RECURRENCE_HORIZON = timedelta(hours=2)
    for _ in range(3):
        daily(workspace, rule="FREQ=HOURLY")
    with django_assert_num_queries(3):
        found = planned(workspace.pk, now(), now() + 365 * DAY).found
    assert len(found) == 1000
    assert found == sorted(found, key=lambda one: (one.at, one.schedule.pk))


def test_a_far_day_is_planned_whole_and_numbered(workspace):
    daily(workspace, cron="*/5 * * * *", zone="UTC")
    near = now().replace(minute=2, second=0, microsecond=0) + 20 * DAY
    far = near + 360 * DAY
    for _ in range(2):  # gone through, and from a landmark
        coming = planned(workspace.pk, far, far + DAY)
        assert (len(coming.found), coming.complete_until) == (288, far + DAY)
    first = planned(workspace.pk, near, near + DAY).found[0]
    assert coming.found[0].number - first.number == 360 * 288


def test_a_look_that_gives_up_says_so_and_the_next_gets_further(workspace, monkeypatch):
    monkeypatch.setattr(read, "_GONE_THROUGH", 1500)
    daily(workspace, cron="*/5 * * * *", zone="UTC")
    daily(workspace, cron="1-59/5 * * * *", zone="UTC")
    far = now() + 10 * DAY
    looks = []
    while not looks or looks[-1].complete_until < far + DAY:
        looks.append(planned(workspace.pk, far, far + DAY))
        assert all(one.at >= far for one in looks[-1].found)
        assert len(looks) < 9
    assert looks[0].complete_until == far
    assert len(looks[-1].found) == 2 * 288
