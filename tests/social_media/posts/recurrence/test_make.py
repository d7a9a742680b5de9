"""Posts of occurrences: made ahead, once each, in words where not."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from social_media.enums import OccurrenceStatus, RecurrenceStatus
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Occurrence,
    Post,
    PostTarget,
    RecurringSchedule,
)
from social_media.posts.local_time import moment_of
from social_media.posts.recurrence.make import make, make_due
from tests.factories import UserFactory, now
from tests.social_media.posts.composing import account_on, logged
from tests.social_media.posts.recurrence.recurring import (
    BERLIN,
    NEW_YORK,
    daily,
    local_now,
)

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def made():
    return list(Post.objects.filter(is_template=False).order_by("scheduled_time"))


def back(schedule, **by):
    """As if all of it had been decided so long ago."""
    RecurringSchedule.objects.filter(pk=schedule.pk).update(make_at=Now())
    Occurrence.objects.filter(schedule=schedule).delete()
    Post.objects.filter(is_template=False).delete()
    local = local_now(**by)
    starts = (local - timedelta(days=1)).isoformat()
    RecurringSchedule.objects.filter(pk=schedule.pk).update(
        starts_at=starts, passed=1, passed_local=starts
    )


def test_what_comes_within_the_horizon_is_made_ahead(workspace, settings):
    settings.RECURRENCE_HORIZON = timedelta(days=3)
    user = UserFactory()
    account = account_on(workspace)
    schedule = daily(
        workspace,
        account,
        user=user,
        content="Number {{counter}} on {{date}} at {{time}}",
        thread=("And {{weekday}}",),
    )
    posts = made()
    start = datetime.fromisoformat(schedule.starts_at)
    local = [start + number * DAY for number in range(3)]
    assert [post.scheduled_time for post in posts] == [
        row.occurs_at for row in Occurrence.objects.all()
    ]
    for number, (post, clock) in enumerate(zip(posts, local, strict=True), start=1):
        shown = post.scheduled_time.astimezone(ZoneInfo(BERLIN))
        assert post.content == f"Number {number} on {shown:%Y-%m-%d} at {shown:%H:%M}"
        assert (shown.hour, post.author, post.status) == (
            *(clock.hour, user, "scheduled"),
        )
        (target,) = post.targets.all()
        assert (target.account, target.status, target.due_at) == (
            *(account, "scheduled", post.scheduled_time),
        )
        assert post.occurrence.number == number
        (part,) = post.thread_parts.all()
        assert part.content == f"And {shown:%A}"
    schedule.refresh_from_db()
    fourth = moment_of(start + 3 * DAY, ZoneInfo(BERLIN))
    assert schedule.make_at == fourth - settings.RECURRENCE_HORIZON


def test_what_is_only_stored_is_made_by_the_sweep(workspace, settings):
    settings.RECURRENCE_HORIZON = timedelta(days=3)
    account = account_on(workspace)
    with CaptureQueriesContext(connection) as asked:
        schedule = daily(workspace, account, make_now=False)
    locks = [one["sql"] for one in asked if "FOR NO KEY UPDATE" in one["sql"]]
    assert (made(), locks) == ([], [])
    schedule.refresh_from_db()
    assert (schedule.status, schedule.make_at <= now()) == ("active", True)
    assert (make_due(), len(made())) == (3, 3)


def test_nothing_is_made_twice_and_the_next_when_its_time_comes(workspace, settings):
    settings.RECURRENCE_HORIZON = timedelta(days=3)
    schedule = daily(workspace)
    assert (make_due(), make(schedule.pk), len(made())) == (0, 0, 3)
    settings.RECURRENCE_HORIZON = timedelta(days=4)
    RecurringSchedule.objects.update(make_at=Now())
    assert (make_due(), len(made())) == (1, 4)
    actions = [action for action, _ in logged()]
    assert actions.count("occurrence.made") == 4
    assert "post.created" not in actions


@pytest.mark.parametrize(
    ("zone", "start"), [(BERLIN, "03-2"), (NEW_YORK, "03-0")], ids=["Berlin", "York"]
)
def test_posts_keep_their_local_time_when_clocks_change(
    workspace, settings, zone, start
):
    """The next change of clocks, made as a whole."""
    settings.RECURRENCE_HORIZON = timedelta(days=370)
    year = local_now(zone).year + (local_now(zone).month >= 3)
    first = f"{year}-{start}1T09:00:00"
    daily(workspace, zone=zone, starts_at=first, count=20)
    shown = [post.scheduled_time.astimezone(ZoneInfo(zone)) for post in made()]
    assert len(shown) == 20
    assert {one.hour for one in shown} == {9}
    assert len({one.utcoffset() for one in shown}) == 2


def test_it_ends_when_the_time_of_the_last_one_has_passed(workspace):
    schedule = daily(workspace, count=2)
    schedule.refresh_from_db()
    last = made()[1].scheduled_time
    assert (schedule.status, schedule.make_at) == (RecurrenceStatus.ACTIVE, last)
    assert "recurrence.ended" not in [action for action, _ in logged()]
    starts = local_now(days=-1, minutes=-5).isoformat()
    Occurrence.objects.all().delete()
    RecurringSchedule.objects.update(starts_at=starts, make_at=now() - SECOND)
    assert (make_due(), len(made())) == (2, 2)
    schedule.refresh_from_db()
    assert (schedule.status, schedule.make_at) == (RecurrenceStatus.ENDED, None)
    ended = [one for one in logged() if one[0] == "recurrence.ended"]
    assert ended == [("recurrence.ended", schedule.pk)]


def test_what_is_excluded_is_left_out_and_counted(workspace):
    tomorrow = local_now(hours=1) + DAY
    daily(
        workspace,
        content="{{counter}}",
        count=3,
        excluded=(tomorrow.date().isoformat(),),
    )
    assert [post.content for post in made()] == ["1", "3"]


def test_what_passed_while_nobody_made_it_is_missed_not_posted_late(workspace):
    schedule = daily(workspace, rule="FREQ=HOURLY", count=30)
    back(schedule, minutes=-5)
    assert make_due() > 0
    missed = Occurrence.objects.filter(status=OccurrenceStatus.MISSED)
    assert 23 <= missed.count() <= 25
    assert all(row.post is None and "passed" in row.message for row in missed)
    assert min(post.scheduled_time for post in made()) > now()
    told = ActivityLog.objects.filter(action="occurrence.missed")
    assert told.count() == missed.count()
    assert "not posted late" in told.first().message
    RecurringSchedule.objects.update(make_at=Now(), status="active")
    assert make_due() == 0  # once only


def test_what_lay_before_the_start_of_it_all_is_nobodys_loss(workspace):
    daily(workspace, starts_at=local_now(days=-40).isoformat(), content="{{counter}}")
    assert not Occurrence.objects.exclude(status=OccurrenceStatus.MADE).exists()
    # 40 to 42 times before, by the hour that clocks gained or lost.
    assert int(made()[0].content) in {41, 42}


def test_a_disconnected_account_drops_out_and_is_told(workspace, settings):
    settings.RECURRENCE_HORIZON = timedelta(days=1)
    kept, gone = account_on(workspace), account_on(workspace, handle="gone.example")
    daily(workspace, kept, gone)
    ConnectedAccount.objects.filter(pk=gone.pk).update(
        status="disconnected", secrets=None
    )
    settings.RECURRENCE_HORIZON = timedelta(days=2)
    RecurringSchedule.objects.update(make_at=Now())
    make_due()
    first, second = made()
    assert {row.account for row in first.targets.all()} == {kept, gone}
    assert {row.account for row in second.targets.all()} == {kept}
    told = ActivityLog.objects.filter(action="occurrence.made").first()
    assert "Left out, for they are disconnected" in told.message
    assert "gone.example" in told.message


def test_nobody_left_to_publish_on_is_a_failure_in_words(workspace, settings):
    settings.RECURRENCE_HORIZON = timedelta(days=1)
    daily(workspace)
    ConnectedAccount.objects.update(status="disconnected", secrets=None)
    settings.RECURRENCE_HORIZON = timedelta(days=2)
    RecurringSchedule.objects.update(make_at=Now())
    make_due()
    row = Occurrence.objects.get(status=OccurrenceStatus.FAILED)
    assert (row.post, row.message) == (
        *(None, "Choose at least one account to publish on."),
    )
    (told,) = ActivityLog.objects.filter(action="occurrence.failed")
    assert told.thing_id == row.pk
    assert row.message in told.message
    assert len(made()) == 1


def test_one_bad_schedule_does_not_hold_up_the_others(workspace):
    bad, good = daily(workspace), daily(workspace)
    Occurrence.objects.all().delete()
    Post.objects.filter(is_template=False).delete()
    RecurringSchedule.objects.update(make_at=Now())
    # As if a defect had let it in.
    RecurringSchedule.objects.filter(pk=bad.pk).update(rule="FREQ=NEVER")
    make_due()
    assert set(Occurrence.objects.values_list("schedule", flat=True)) == {good.pk}
    bad.refresh_from_db()
    assert bad.make_at > now()


def test_a_great_many_are_made_a_part_at_a_time(workspace, settings):
    settings.RECURRENCE_HORIZON = timedelta(days=2)
    schedule = daily(workspace, rule="FREQ=HOURLY")
    assert len(made()) == 20  # while somebody waits
    schedule.refresh_from_db()
    assert schedule.make_at <= now()
    assert make_due() in {27, 28}  # by the second, the last lies just beyond
    assert len(made()) in {47, 48}
    due = PostTarget.objects.filter(post__is_template=False)
    assert due.values("due_at").distinct().count() == len(made())
