"""Changing posts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.models import (
    ActivityLog,
    Post,
    PostTarget,
    PublishAttempt,
    PublishStep,
)
from social_media.posts.compose import (
    delete_post,
    duplicate_post,
    update_post,
)
from social_media.posts.composition import Destination
from social_media.posts.errors import InvalidDraft, NotEditable, PostGone
from social_media.posts.lock import targets_of
from tests.factories import (
    PublishAttemptFactory,
    now,
)
from tests.social_media.posts.composing import (
    account_on,
    in_an_hour,
    logged,
    post_with,
    problems,
    statuses,
    step_of,
    stored,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["draft", "scheduled", "queued", "failed"])
def test_content_may_change_until_a_network_is_getting_it(user, status):
    post = post_with(status)
    before = PostTarget.objects.values().get()
    update_post(post, changes={"content": "Better", "thread": ("More",)}, user=user)
    assert stored(post).content == "Better"
    assert [part.content for part in post.thread_parts.all()] == ["More"]
    after = PostTarget.objects.values().get()
    assert {**after, "updated_at": None} == {**before, "updated_at": None}
    assert logged() == [("post.updated", post.pk)]
    assert ActivityLog.objects.get().details == {"changed": ["content", "thread"]}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            "posting",
            "{account} is getting this post right now. {wait}",
        ),
        (
            "reconciling",
            "We are finding out whether this post went out on {account}. {wait}",
        ),
        (
            "posted",
            "The post on {account} is posted. Duplicate it and edit the copy.",
        ),
        (
            "unconfirmed",
            "The post on {account} is unconfirmed. {say}",
        ),
    ],
)
def test_after_that_it_is_told_why_not(user, status, words):
    post = post_with("scheduled", status)
    account = PostTarget.objects.get(status=status).account
    with pytest.raises(NotEditable) as told:
        update_post(post, changes={"content": "Better"}, user=user)
    assert told.value.message == words.format(
        account=account,
        wait="Wait until it is known how that ended.",
        say="Say first whether it is live there or is to be sent again.",
    )
    assert stored(post).content == post.content
    assert logged() == []


def test_a_thread_that_has_begun_can_t_be_edited(user):
    post = post_with("failed")
    step_of(PostTarget.objects.get(), remote_id="1")
    with pytest.raises(NotEditable) as told:
        update_post(post, changes={"content": "Better"}, user=user)
    assert "stands on Bluesky" in told.value.message


@pytest.mark.parametrize(
    ("outcomes", "editable"),
    [
        ([""], False),
        (["repeatable"], False),
        (["repeatable", "unavailable"], False),
        (["repeatable", "absent"], True),
        (["undetermined", "resolved"], True),
        (["unavailable"], True),
        (["content_rejected"], True),
    ],
)
def test_what_may_be_live_can_t_be_edited(user, outcomes, editable):
    post = post_with("scheduled")
    step = step_of(PostTarget.objects.get())
    for minutes, outcome in enumerate(outcomes):
        PublishAttemptFactory(
            step=step, outcome=outcome, opened_at=now() + timedelta(minutes=minutes)
        )
    if editable:
        update_post(post, changes={"content": "Better"}, user=user)
        assert not PublishStep.objects.exists()
        assert PublishAttempt.objects.filter(step=None).count() == len(outcomes)
    else:
        with pytest.raises(NotEditable):
            update_post(post, changes={"content": "Better"}, user=user)
        assert PublishStep.objects.get() == step


def test_nothing_changed_is_no_activity_and_keeps_what_was_frozen(user):
    post = post_with("scheduled")
    step = step_of(PostTarget.objects.get())
    update_post(post, changes={"content": post.content}, user=user)
    assert logged() == []
    assert PublishStep.objects.get() == step


def test_a_refused_change_changes_nothing(user):
    post = post_with("scheduled")
    with pytest.raises(InvalidDraft) as told:
        update_post(
            post, changes={"content": "a" * 301, "first_comment": "x"}, user=user
        )
    assert problems(told) == [("content", "too_long")]
    assert (stored(post).content, stored(post).first_comment) == (post.content, "")


@pytest.mark.parametrize("status", ["draft", "scheduled", "queued", "failed"])
def test_a_new_time_moves_all_targets(user, status):
    post, at = post_with(status), in_an_hour()
    PostTarget.objects.update(tries=3, error_code="x", error_message="y")
    update_post(post, changes={"scheduled_time": at}, user=user)
    row = PostTarget.objects.get()
    assert (row.status, row.due_at, row.tries) == ("scheduled", at, 0)
    assert (row.error_code, row.error_message, row.queued_at) == ("", "", None)
    assert (stored(post).status, stored(post).scheduled_time) == ("scheduled", at)


@pytest.mark.parametrize("status", ["scheduled", "queued", "failed", "cancelled"])
def test_no_time_makes_it_a_draft(user, status):
    post = post_with(status)
    update_post(post, changes={"scheduled_time": None}, user=user)
    row = PostTarget.objects.get()
    assert (row.status, row.due_at, row.queued_at) == ("draft", None, None)
    assert (stored(post).status, stored(post).scheduled_time) == ("draft", None)


def test_a_new_time_in_the_past_is_refused_and_the_old_one_is_not(user):
    post = post_with("failed")
    changes = {"content": "Better", "scheduled_time": post.scheduled_time}
    update_post(post, changes=changes, user=user)
    changes = {"scheduled_time": now() - timedelta(minutes=1)}
    with pytest.raises(InvalidDraft) as told:
        update_post(post, changes=changes, user=user)
    assert problems(told) == [("scheduled_time", "in_the_past")]


def test_targets_are_replaced_and_those_that_stay_keep_their_row(user):
    post = post_with("scheduled", "scheduled", scheduled_time=in_an_hour())
    kept, gone = targets_of(post.pk)
    fresh = account_on(post.workspace)
    wanted = (Destination(fresh.pk), Destination(kept.account_id, content="Mine"))
    update_post(post, changes={"targets": wanted}, user=user)
    rows = targets_of(post.pk)
    assert [row.account for row in rows] == [kept.account, fresh]
    assert (rows[0].pk, rows[0].content) == (kept.pk, "Mine")
    assert [row.due_at for row in rows] == [post.scheduled_time] * 2
    assert statuses(post) == ["scheduled", "scheduled"]
    assert not PostTarget.objects.filter(pk=gone.pk).exists()


def test_an_account_added_to_a_failed_post_waits_for_a_decision(user):
    post = post_with("failed")
    (old,) = targets_of(post.pk)
    wanted = (
        Destination(old.account_id),
        Destination(account_on(post.workspace).pk),
    )
    update_post(post, changes={"targets": wanted}, user=user)
    assert statuses(post) == ["failed", "draft"]


def test_an_account_added_to_an_overdue_post_is_not_late_at_once(user):
    post = post_with("scheduled", late_policy="skip", late_minutes=5)
    Post.objects.update(scheduled_time=now() - timedelta(hours=2))
    (old,) = targets_of(post.pk)
    fresh = account_on(post.workspace)
    wanted = (Destination(old.account_id), Destination(fresh.pk))
    update_post(post, changes={"targets": wanted}, user=user)
    row = PostTarget.objects.get(account=fresh)
    assert row.status == "scheduled"
    assert PostTarget.objects.due().in_time().filter(pk=row.pk).exists()


def test_a_scheduled_post_keeps_at_least_one_account(user):
    post = post_with("scheduled")
    with pytest.raises(InvalidDraft) as told:
        update_post(post, changes={"targets": ()}, user=user)
    assert problems(told) == [("targets", "required")]
    update_post(post, changes={"targets": (), "scheduled_time": None}, user=user)
    assert (stored(post).status, statuses(post)) == ("draft", [])


def test_a_disconnected_account_may_stay_and_is_left_behind(user):
    post = post_with("scheduled", "cancelled")
    gone = PostTarget.objects.get(status="cancelled").account
    gone.status, gone.secrets = "disconnected", None
    gone.save()
    at = in_an_hour()
    changes = {"content": "Better", "scheduled_time": at}
    update_post(post, changes=changes, user=user)
    assert statuses(post) == ["scheduled", "cancelled"]
    assert (stored(post).content, stored(post).scheduled_time) == ("Better", at)


def test_a_new_late_policy_counts_for_what_waits(user):
    post = post_with("scheduled", "failed", scheduled_time=in_an_hour())
    changes = {"late_policy": "skip", "late_minutes": 7}
    update_post(post, changes=changes, user=user)
    expected = post.scheduled_time + timedelta(minutes=7)
    late = [row.late_after for row in targets_of(post.pk)]
    assert late == [expected, None]
    update_post(post, changes={"late_policy": "publish"}, user=user)
    assert [row.late_after for row in targets_of(post.pk)] == [None, None]


def test_a_draft_has_nothing_to_be_late_for(user):
    post = post_with("draft")
    update_post(post, changes={"late_policy": "skip"}, user=user)
    assert (stored(post).late_policy, targets_of(post.pk)[0].late_after) == (
        "skip",
        None,
    )


def test_a_post_that_is_gone(user):
    post = post_with("draft")
    Post.objects.all().delete()
    for action in (
        lambda: update_post(post, changes={"content": "x"}, user=user),
        lambda: delete_post(post, user=user),
        lambda: duplicate_post(post, user=user),
    ):
        with pytest.raises(PostGone):
            action()
