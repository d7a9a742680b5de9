"""Changing all of them, or one without the rest."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from social_media.enums import OccurrenceStatus
from social_media.models import (
    ActivityLog,
    Occurrence,
    Post,
    PostTarget,
    QueuedPost,
    RecurringSchedule,
)
from social_media.posts.call_off import GONE, call_off
from social_media.posts.compose import delete_post, update_post
from social_media.posts.derive import store_statuses
from social_media.posts.errors import Conflict, InvalidDraft, NotEditable
from social_media.posts.local_time import local_of
from social_media.posts.queues.add import add_post
from social_media.posts.recurrence import make as sweep
from social_media.posts.recurrence import one
from social_media.posts.recurrence.change import (
    delete_schedule,
    resume,
    stop,
    update_schedule,
)
from social_media.posts.recurrence.make import make_due
from social_media.posts.recurrence.one import edit_occurrence, skip, unskip
from social_media.posts.recurrence.read import planned
from social_media.posts.schedule import cancel
from tests.factories import PostTargetFactory, WorkspaceFactory, now
from tests.queue_factory import PostQueueFactory
from tests.social_media.posts.composing import account_on, logged, problems
from tests.social_media.posts.recurrence.recurring import daily, local_now

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def schedule(workspace, settings):
    """Four posts made ahead."""
    settings.RECURRENCE_HORIZON = timedelta(days=4)
    return daily(workspace, content="{{counter}}")


def posts():
    rows = Post.objects.filter(is_template=False).order_by("scheduled_time")
    return list(rows)


def texts():
    return [post.content for post in posts()]


def rows():
    return list(Occurrence.objects.all())


def now_past(row):
    """As if its time had come."""
    past = now() - timedelta(minutes=1)
    Occurrence.objects.filter(pk=row.pk).update(occurs_at=past)


def test_a_new_text_is_in_all_that_nobody_touched(schedule, user):
    edited, begun, cancelled, _ = posts()
    update_post(edited, changes={"content": "Mine"}, user=user)
    PostTarget.objects.filter(post=begun).update(status="failed", due_at=None)
    cancel(cancelled, user=user)
    update_schedule(
        schedule, changes={}, post={"content": "New {{counter}}"}, user=user
    )
    assert texts() == ["Mine", "2", "3", "New 4"]
    assert [row.edited for row in rows()] == [True, False, True, False]
    assert logged()[0][0] == "occurrence.made"
    assert ("recurrence.updated", schedule.pk) in logged()


def test_one_that_a_person_put_into_a_queue_stays_there(schedule, workspace, user):
    chosen = posts()[0]
    add_post(PostQueueFactory(workspace=workspace), post_id=chosen.pk, user=user)
    update_schedule(schedule, changes={}, post={"content": "New"}, user=user)
    assert QueuedPost.objects.get().post_id == chosen.pk
    assert sorted(texts()) == ["1", "New", "New", "New"]


def test_one_that_has_a_place_in_a_queue_keeps_it(schedule, workspace, user):
    """Whoever put it there, and whatever the occurrence says."""
    queued = posts()[1]
    queue = PostQueueFactory(workspace=workspace)
    QueuedPost.objects.create(queue=queue, post=queued, position=0)
    update_schedule(schedule, changes={}, post={"content": "New"}, user=user)
    stop(schedule, user=user)
    assert [post.pk for post in posts()] == [queued.pk]
    assert QueuedPost.objects.filter(post=queued).exists()


def test_what_ended_with_its_account_is_made_anew_when_that_is_back(schedule, user):
    targets = PostTarget.objects.filter(post__is_template=False)
    call_off(targets.values_list("pk", flat=True), code=GONE, words="Disconnected.")
    store_statuses([post.pk for post in posts()])
    assert [post.status for post in posts()] == ["cancelled"] * 4
    stop(schedule, user=user)
    resume(schedule, user=user)
    assert [post.status for post in posts()] == ["scheduled"] * 4


def test_a_new_rule_moves_what_lies_ahead(schedule, user):
    later = local_now(hours=2)
    changes = {"rule": "FREQ=DAILY;COUNT=2", "starts_at": later.isoformat()}
    old = posts()
    update_schedule(schedule, changes=changes, user=user)
    assert texts() == ["1", "2"]
    assert not Post.objects.filter(pk__in=[post.pk for post in old]).exists()
    schedule.refresh_from_db()
    assert (schedule.rule, schedule.count, schedule.status) == (
        *("FREQ=DAILY", 2, "active"),
    )
    update_schedule(schedule, changes={"cron": "0 9 * * *", "until": ""}, user=user)
    schedule.refresh_from_db()
    assert (schedule.rule, schedule.cron, schedule.count) == ("", "0 9 * * *", 2)
    with pytest.raises(InvalidDraft) as told:
        update_schedule(schedule, changes={"timezone": "Mars"}, user=user)
    assert problems(told) == [("timezone", "unknown_zone")]


def not_carried():
    told = ActivityLog.objects.filter(action="recurrence.updated").latest("pk")
    return [datetime.fromisoformat(one) for one in told.details["not_carried"]]


@pytest.fixture
def at_nine(workspace):
    """Four posts made ahead, from tomorrow on."""
    start = f"{(local_now() + DAY).date()}T09:00:00"
    return daily(workspace, content="{{counter}}", starts_at=start, count=4)


def test_a_skipped_day_stays_skipped_when_only_the_time_of_day_moves(at_nine, user):
    second, third = rows()[1:3]
    skip(at_nine, at=second.occurs_at, user=user)
    edit_occurrence(at_nine, at=third.occurs_at, changes={"content": "Mine"}, user=user)
    edited = Post.objects.get(content="Mine")
    later = at_nine.starts_at.replace("09:00", "22:55")
    update_schedule(at_nine, changes={"starts_at": later}, user=user)
    assert texts() == ["1", "Mine", "4"]
    assert edited in posts()
    assert local_of(posts()[0].scheduled_time, BERLIN).isoformat() == later
    assert not_carried() == []
    moved = Occurrence.objects.get(pk=second.pk)
    assert local_of(moved.occurs_at, BERLIN).time() == time(22, 55)
    assert (moved.number, moved.status) == (2, "skipped")
    unskip(at_nine, at=moved.occurs_at, user=user)
    assert texts() == ["1", "2", "Mine", "4"]


def test_a_new_zone_or_a_cron_line_keeps_the_days_too(at_nine, user):
    second, _, fourth = (row.occurs_at for row in rows()[1:])
    skip(at_nine, at=second, user=user)
    skip(at_nine, at=fourth, user=user)
    changes = {"timezone": "Asia/Tokyo", "cron": "5 12 * * *"}
    update_schedule(at_nine, changes=changes, user=user)
    kept = [row.occurs_at for row in rows() if row.status == "skipped"]
    tokyo = ZoneInfo("Asia/Tokyo")
    assert [local_of(at, tokyo).date() for at in kept] == [
        local_of(at, BERLIN).date() for at in (second, fourth)
    ]
    assert [local_of(at, tokyo).time() for at in kept] == [time(12, 5)] * 2
    assert not_carried() == []


def test_what_finds_no_day_of_its_own_is_named_in_the_activity(at_nine, user):
    second = rows()[1].occurs_at
    skip(at_nine, at=second, user=user)
    update_schedule(at_nine, changes={"cron": "30 9,21 * * *", "count": 9}, user=user)
    assert not_carried() == [second]
    # At the same moment it stays, whatever else the rule has that day.
    third = posts()[2].scheduled_time
    skip(at_nine, at=third, user=user)
    update_schedule(at_nine, changes={"cron": "30 9,12 * * *"}, user=user)
    assert third not in [post.scheduled_time for post in posts()]
    assert not_carried() == [second]


def test_a_name_alone_leaves_the_posts(schedule, user):
    before = [post.pk for post in posts()]
    update_schedule(schedule, changes={"name": "Evening"}, user=user)
    assert [post.pk for post in posts()] == before


def test_a_deleted_post_is_not_made_again(schedule, user):
    delete_post(posts()[1], user=user)
    update_schedule(
        schedule, changes={}, post={"content": "New {{counter}}"}, user=user
    )
    assert texts() == ["New 1", "New 3", "New 4"]
    row = Occurrence.objects.get(number=2)
    assert (row.status, row.post) == (OccurrenceStatus.SKIPPED, None)


def test_a_template_that_was_mended_makes_what_had_failed(workspace, user, settings):
    settings.RECURRENCE_HORIZON = timedelta(days=2)
    account = account_on(workspace)
    schedule = daily(workspace, account, content="fits")
    template = schedule.template
    # As a network's limits change: the next ones don't fit any more.
    Post.objects.filter(pk=template.pk).update(content="x" * 400)
    settings.RECURRENCE_HORIZON = timedelta(days=4)
    RecurringSchedule.objects.update(make_at=now() - DAY)
    make_due()
    failed = Occurrence.objects.filter(status=OccurrenceStatus.FAILED)
    assert failed.count() == 2
    assert "300" in failed.first().message
    update_schedule(schedule, changes={}, post={"content": "short"}, user=user)
    assert not failed.exists()
    assert texts() == ["short"] * 4


def test_stop_takes_back_and_resume_makes_anew(schedule, user):
    update_post(posts()[0], changes={"content": "Mine"}, user=user)
    stop(schedule, user=user)
    assert texts() == ["Mine"]
    with pytest.raises(Conflict):
        stop(schedule, user=user)
    assert planned(schedule.workspace_id, now(), now() + 9 * DAY).found == []
    resume(schedule, user=user)
    assert texts() == ["Mine", "2", "3", "4"]
    with pytest.raises(Conflict):
        resume(schedule, user=user)
    actions = {action for action, _ in logged()}
    assert {"recurrence.stopped", "recurrence.resumed"} <= actions


def test_what_was_stopped_for_long_goes_on_and_counts_on(workspace, user):
    schedule = daily(workspace, cron="*/5 * * * *", content="{{counter}}")
    stop(schedule, user=user)
    # As if that had been long ago: 30,000 occurrences have passed since number 7.
    ago = local_now(minutes=-150_000).replace(minute=0, second=0)
    RecurringSchedule.objects.update(
        starts_at=(ago - timedelta(minutes=30)).isoformat(),
        passed=7,
        passed_local=ago.isoformat(),
    )
    resume(schedule, user=user)
    schedule.refresh_from_db()
    assert 29_900 < schedule.passed < 30_100
    assert texts()[0] == str(schedule.passed + 1)
    update_schedule(schedule, changes={"until": "2080-01-01"}, user=user)
    assert texts()[0] == str(schedule.passed + 1)
    with pytest.raises(InvalidDraft) as told:
        update_schedule(schedule, changes={"cron": "1-59/5 * * * *"}, user=user)
    assert problems(told) == [("starts_at", "too_many")]


def test_deleting_leaves_what_is_out_or_edited(schedule, user):
    update_post(posts()[2], changes={"content": "Mine"}, user=user)
    delete_schedule(schedule, user=user)
    assert list(Post.objects.values_list("content", flat=True)) == ["Mine"]
    assert not RecurringSchedule.objects.exists()
    assert not Occurrence.objects.exists()
    assert ("recurrence.deleted", schedule.pk) in logged()


def test_one_is_skipped_and_taken_back(schedule, user):
    second, later = rows()[1], rows()[3].occurs_at + DAY
    skip(schedule, at=second.occurs_at, user=user)
    ahead = skip(schedule, at=later, user=user)
    assert (ahead.number, ahead.status, texts()) == (5, "skipped", ["1", "3", "4"])
    update_schedule(schedule, changes={}, post={"content": "N{{counter}}"}, user=user)
    assert texts() == ["N1", "N3", "N4"]
    unskip(schedule, at=second.occurs_at, user=user)
    assert texts() == ["N1", "N2", "N3", "N4"]
    with pytest.raises(Conflict):
        unskip(schedule, at=second.occurs_at, user=user)
    assert [a for a, _ in logged()].count("occurrence.skipped") == 3


@pytest.mark.parametrize("place", [0, 2])
def test_what_is_skipped_of_the_last_ones_is_taken_back_too(workspace, user, place):
    schedule = daily(workspace, content="{{counter}}", count=3)
    at = rows()[place].occurs_at
    skip(schedule, at=at, user=user)
    RecurringSchedule.objects.update(make_at=now())
    make_due()
    unskip(schedule, at=at, user=user)
    assert texts() == ["1", "2", "3"]


def test_taken_back_while_the_sweep_is_at_it_is_made_at_the_next(
    schedule, user, monkeypatch, settings
):
    at = rows()[1].occurs_at
    skip(schedule, at=at, user=user)
    settings.RECURRENCE_HORIZON = timedelta(days=5)
    RecurringSchedule.objects.update(make_at=now())

    def in_between(plan, occurring):
        monkeypatch.undo()
        # Its own making finds the schedule locked by the sweep.
        monkeypatch.setattr(one, "make", lambda *_, **__: 0)
        unskip(schedule, at=at, user=user)
        return settle(plan, occurring)

    settle = sweep._settle
    monkeypatch.setattr(sweep, "_settle", in_between)
    assert make_due() == 1
    assert texts() == ["1", "3", "4", "5"]
    assert make_due() == 1
    assert texts() == ["1", "2", "3", "4", "5"]


def test_what_has_begun_is_not_skipped(schedule, user):
    first = rows()[0]
    PostTarget.objects.filter(post=first.post).delete()
    PostTargetFactory(post=first.post, status="posting", workspace=schedule.workspace)
    with pytest.raises(NotEditable):
        skip(schedule, at=first.occurs_at, user=user)
    now_past(rows()[1])
    with pytest.raises(Conflict, match="has passed"):
        skip(schedule, at=rows()[0].occurs_at, user=user)


def test_a_time_that_the_rule_lacks_names_the_nearest(schedule, user):
    first, second = rows()[:2]
    for act in (
        lambda at: skip(schedule, at=at, user=user),
        lambda at: edit_occurrence(schedule, at=at, changes={}, user=user),
    ):
        with pytest.raises(InvalidDraft) as told:
            act(first.occurs_at + timedelta(seconds=1))
        (problem,) = told.value.problems
        assert (problem.field, problem.code) == ("occurs_at", "no_occurrence")
        for near in (first, second):
            assert f"{near.occurs_at:%Y-%m-%dT%H:%M:%SZ}" in problem.message


def test_one_is_edited_and_the_rest_is_not(schedule, user):
    second, later = rows()[1].occurs_at, rows()[3].occurs_at + 3 * DAY
    post = edit_occurrence(schedule, at=second, changes={"content": "Mine"}, user=user)
    assert post.pk == rows()[1].post_id
    moved = {"scheduled_time": later + timedelta(hours=3), "first_comment": "Hi"}
    made = edit_occurrence(schedule, at=later, changes=moved, user=user)
    assert (made.content, made.scheduled_time) == ("7", later + timedelta(hours=3))
    update_schedule(schedule, changes={}, post={"content": "N{{counter}}"}, user=user)
    assert texts() == ["N1", "Mine", "N3", "N4", "7"]
    skip(schedule, at=second, user=user)
    with pytest.raises(Conflict, match="is skipped"):
        edit_occurrence(schedule, at=second, changes={}, user=user)
    too_long = {"content": "x" * 400}
    with pytest.raises(InvalidDraft) as told:
        edit_occurrence(schedule, at=rows()[2].occurs_at, changes=too_long, user=user)
    assert problems(told) == [("post.content", "too_long")]


def test_a_workspace_has_so_many_active_ones(workspace, user, settings):
    settings.RECURRENCE_MAX_SCHEDULES = 2
    first = daily(workspace)
    daily(workspace)
    with pytest.raises(InvalidDraft) as told:
        daily(workspace)
    assert problems(told) == [("rule", "too_many")]
    assert "at most 2 active" in told.value.problems[0].message
    update_schedule(first, changes={"name": "Evening"}, user=user)
    stop(first, user=user)
    daily(workspace)
    with pytest.raises(InvalidDraft):
        resume(first, user=user)
    daily(WorkspaceFactory())
