"""Changing all of them, or one without the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import OccurrenceStatus
from social_media.models import (
    Occurrence,
    Post,
    PostTarget,
    QueuedPost,
    RecurringSchedule,
)
from social_media.posts.compose import delete_post, update_post
from social_media.posts.errors import Conflict, InvalidDraft, NotEditable
from social_media.posts.queues.add import add_post
from social_media.posts.recurrence.change import (
    delete_schedule,
    resume,
    stop,
    update_schedule,
)
from social_media.posts.recurrence.one import edit_occurrence, skip, unskip
from social_media.posts.recurrence.read import planned
from social_media.posts.schedule import cancel
from tests.factories import PostTargetFactory, UserFactory, now
from tests.queue_factory import PostQueueFactory
from tests.social_media.posts.composing import account_on, logged, problems
from tests.social_media.posts.recurrence.recurring import daily, local_now

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


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


def test_a_new_rule_moves_what_lies_ahead(schedule, user):
    later = local_now(hours=2)
    changes = {"rule": "FREQ=DAILY;COUNT=2", "starts_at": later.isoformat()}
    old = posts()
    update_schedule(schedule, changes=changes, user=user)
    assert texts() == ["1", "2"]
    assert not Post.objects.filter(pk__in=[post.pk for post in old]).exists()
    schedule.refresh_from_db()
    assert (schedule.rule, schedule.count, schedule.status) == (
        *("FREQ=DAILY", 2, "ended"),
    )
    update_schedule(schedule, changes={"cron": "0 9 * * *", "until": ""}, user=user)
    schedule.refresh_from_db()
    assert (schedule.rule, schedule.cron, schedule.count) == ("", "0 9 * * *", 2)
    with pytest.raises(InvalidDraft) as told:
        update_schedule(schedule, changes={"timezone": "Mars"}, user=user)
    assert problems(told) == [("timezone", "unknown_zone")]


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
    from social_media.posts.recurrence.make import make_due

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
    assert planned(schedule.workspace_id, now(), now() + 9 * DAY) == []
    resume(schedule, user=user)
    assert texts() == ["Mine", "2", "3", "4"]
    with pytest.raises(Conflict):
        resume(schedule, user=user)
    actions = {action for action, _ in logged()}
    assert {"recurrence.stopped", "recurrence.resumed"} <= actions


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


def test_planned_is_what_has_no_row_yet(schedule, workspace, user):
    last = rows()[3].occurs_at
    skip(schedule, at=last + DAY, user=user)
    found = planned(workspace.pk, now() - DAY, last + 4 * DAY)
    assert [(one.number, one.content, one.at) for one in found] == [
        (6, "6", last + 2 * DAY),
        (7, "7", last + 3 * DAY),
    ]
    assert {one.schedule for one in found} == {schedule}
    assert planned(UserFactory().pk, now(), last + 4 * DAY) == []


def test_planned_is_bounded_and_asks_little(
    workspace, user, settings, django_assert_num_queries
):
    settings.RECURRENCE_HORIZON = timedelta(hours=2)
    for _ in range(3):
        daily(workspace, rule="FREQ=HOURLY")
    with django_assert_num_queries(3):
        found = planned(workspace.pk, now(), now() + 365 * DAY)
    assert len(found) == 1000
    assert found == sorted(found, key=lambda one: (one.at, one.schedule.pk))
