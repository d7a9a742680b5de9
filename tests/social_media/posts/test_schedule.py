"""Schedule, publish now, retry, cancel."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import Platform, TargetStatus
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Post,
    PostTarget,
    PublishStep,
)
from social_media.posts.errors import Conflict, InvalidDraft, PostGone
from social_media.posts.lock import targets_of
from social_media.posts.schedule import cancel, publish_now, retry, schedule
from tests.factories import (
    PostFactory,
    PostTargetFactory,
    PublishAttemptFactory,
    UserFactory,
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

ENDED = sorted({"posting", "reconciling", "posted", "unconfirmed"})


@pytest.fixture
def user():
    return UserFactory()


def disconnect(account):
    ConnectedAccount.objects.filter(pk=account.pk).update(
        status="disconnected", secrets=None
    )


def due_now():
    return list(PostTarget.objects.due().in_time())


def test_schedule_moves_all_that_is_unsent_and_nothing_else(user):
    kinds = ["draft", "scheduled", "queued", "failed", "cancelled", *ENDED]
    post, at = post_with(*kinds), in_an_hour()
    schedule(post, at=at, user=user)
    assert statuses(post) == ["scheduled"] * 5 + ENDED
    moved = targets_of(post.pk)[:5]
    assert {(row.due_at, row.tries, row.error_code) for row in moved} == {(at, 0, "")}
    assert stored(post).scheduled_time == at
    assert logged() == [("post.scheduled", post.pk)]
    assert ActivityLog.objects.get().details == {"scheduled_time": at.isoformat()}


def test_schedule_sets_when_it_is_too_late(user):
    post, at = post_with("draft", late_policy="hold", late_minutes=9), in_an_hour()
    schedule(post, at=at, user=user)
    assert targets_of(post.pk)[0].late_after == at + timedelta(minutes=9)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (lambda: now() - timedelta(seconds=1), "in_the_past"),
        (lambda: now() + timedelta(days=4000), "too_far_away"),
    ],
)
def test_schedule_refuses_times_that_make_no_sense(user, at, code):
    post = post_with("draft")
    with pytest.raises(InvalidDraft) as told:
        schedule(post, at=at(), user=user)
    assert problems(told) == [("scheduled_time", code)]
    assert (statuses(post), stored(post).scheduled_time, logged()) == (
        ["draft"],
        None,
        [],
    )


def test_publish_now_is_due_at_once_and_never_too_late(user):
    post = post_with("draft", "scheduled", "posted", late_policy="skip", late_minutes=0)
    PostTarget.objects.filter(status="scheduled").update(
        due_at=in_an_hour(), late_after=in_an_hour()
    )
    publish_now(post, user=user)
    assert statuses(post) == ["scheduled", "scheduled", "posted"]
    assert due_now() == targets_of(post.pk)[:2]
    assert abs(stored(post).scheduled_time - now()) < timedelta(seconds=5)
    assert logged() == [("post.publish_now", post.pk)]


def test_retry_sends_what_failed_or_was_cancelled(user):
    post = post_with("failed", "cancelled", "posted", "scheduled")
    waiting = PostTarget.objects.get(status="scheduled")
    PostTarget.objects.update(due_at=in_an_hour(), late_after=now(), tries=5)
    retry(post, user=user)
    assert statuses(post) == ["scheduled", "scheduled", "posted", "scheduled"]
    assert due_now() == targets_of(post.pk)[:2]
    assert [row.tries for row in due_now()] == [0, 0]
    assert PostTarget.objects.get(pk=waiting.pk).tries == 5
    assert stored(post).scheduled_time == post.scheduled_time
    assert logged() == [("post.retried", post.pk)]


@pytest.mark.parametrize("action", [retry, publish_now])
def test_a_thread_that_has_begun_keeps_what_was_frozen(user, action):
    post = post_with("failed")
    target = PostTarget.objects.get()
    steps = [step_of(target, remote_id="1"), step_of(target, 1)]
    action(post, user=user)
    assert list(PublishStep.objects.all()) == steps


@pytest.mark.parametrize(
    ("outcome", "kept"), [("unavailable", 0), ("absent", 0), ("repeatable", 1)]
)
def test_what_may_be_live_is_sent_with_its_key_and_all_else_anew(user, outcome, kept):
    post = post_with("failed")
    PublishAttemptFactory(step=step_of(PostTarget.objects.get()), outcome=outcome)
    retry(post, user=user)
    assert PublishStep.objects.count() == kept


@pytest.mark.parametrize(
    ("action", "kind", "words"),
    [
        (publish_now, "posted", "Nothing of this post is left to send."),
        (publish_now, "posting", "is getting this post right now"),
        (publish_now, "unconfirmed", "Nothing of this post is left to send."),
        (retry, "scheduled", "Nothing of this post failed or was cancelled."),
        (retry, "reconciling", "We are finding out whether this post went out on"),
        (cancel, "draft", "Nothing of this post is waiting to be sent."),
        (cancel, "posting", "is getting this post right now"),
        (cancel, "reconciling", "We are finding out whether this post went out on"),
        (cancel, "posted", "Nothing of this post is waiting to be sent."),
    ],
)
def test_what_can_t_be_done_is_told_and_changes_nothing(user, action, kind, words):
    post = post_with(kind)
    before = PostTarget.objects.values().get()
    with pytest.raises(Conflict) as told:
        action(post, user=user)
    assert words in told.value.message
    assert PostTarget.objects.values().get() == before
    assert logged() == []


@pytest.mark.parametrize(
    ("others", "moved"), [((), True), (("posted",), True), (("scheduled",), False)]
)
def test_a_retry_before_the_planned_time_is_the_posts_time(user, others, moved):
    planned = in_an_hour()
    post = post_with("cancelled", *others, scheduled_time=planned)
    retry(post, user=user)
    due = PostTarget.objects.order_by("created_at").first().due_at
    assert due < planned
    assert stored(post).scheduled_time == (due if moved else planned)


def test_schedule_of_what_is_out_already(user):
    post = post_with("posted")
    with pytest.raises(Conflict):
        schedule(post, at=in_an_hour(), user=user)
    assert stored(post).scheduled_time == post.scheduled_time


@pytest.mark.parametrize(
    "action",
    [
        publish_now,
        lambda post, user: schedule(post, at=in_an_hour(), user=user),
    ],
)
def test_sending_needs_an_account(user, action):
    post = PostFactory()
    with pytest.raises(InvalidDraft) as told:
        action(post, user=user)
    assert problems(told) == [("targets", "required")]


def test_content_that_a_network_refuses_by_now_is_not_scheduled(user):
    post = PostFactory(content="a" * 500)
    account = account_on(
        post.workspace,
        Platform.MASTODON,
        settings={"limits": {"max_characters": 400}},
    )
    PostTargetFactory(post=post, account=account, status="draft")
    with pytest.raises(InvalidDraft) as told:
        publish_now(post, user=user)
    assert problems(told) == [("content", "too_long")]
    assert statuses(post) == ["draft"]


def test_a_draft_on_a_disconnected_account_is_not_scheduled(user):
    post = post_with("draft", "draft")
    disconnect(targets_of(post.pk)[1].account)
    with pytest.raises(InvalidDraft) as told:
        publish_now(post, user=user)
    assert problems(told) == [("targets.1.account", "disconnected")]
    assert statuses(post) == ["draft", "draft"]


def test_what_was_given_up_on_a_disconnected_account_holds_nobody_up(user):
    post = post_with("failed", "cancelled")
    disconnect(targets_of(post.pk)[1].account)
    retry(post, user=user)
    assert statuses(post) == ["scheduled", "cancelled"]


def test_retry_of_nothing_but_disconnected_accounts(user):
    post = post_with("cancelled")
    disconnect(targets_of(post.pk)[0].account)
    with pytest.raises(Conflict) as told:
        retry(post, user=user)
    assert "is disconnected. Connect it again first." in told.value.message


def test_cancel_holds_back_what_has_not_left(user):
    post = post_with("scheduled", "queued", "posting", "posted", "failed")
    PostTarget.objects.filter(status="scheduled").update(
        late_after=now(), error_code="unavailable", error_message="Away."
    )
    cancel(post, user=user)
    assert statuses(post) == ["cancelled", "cancelled", "posting", "posted", "failed"]
    rows = PostTarget.objects.filter(status=TargetStatus.CANCELLED)
    assert set(rows.values_list("due_at", "late_after", "queued_at", "error_code")) == {
        (None, None, None, "")
    }
    assert stored(post).status == "posting"
    assert logged() == [("post.cancelled", post.pk)]


def test_a_cancelled_post_says_so(user):
    post = post_with("scheduled", "scheduled")
    cancel(post, user=user)
    assert stored(post).status == "cancelled"


def test_a_post_that_is_gone(user):
    post = post_with("draft")
    Post.objects.all().delete()
    with pytest.raises(PostGone):
        publish_now(post, user=user)
