"""Targets whose worker died."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import ActivityAction, PostStatus, TargetStatus
from social_media.models import ActivityLog, Post, PostTarget, PublishStep
from social_media.models.clock import database_now
from social_media.platforms.factory import strategy_for
from social_media.publishing.takeover import take_over_expired
from tests.factories import (
    PostTargetFactory,
    PublishAttemptFactory,
    PublishStepFactory,
)
from tests.social_media.publishing.conftest import due, expire_lease, texts, tick

LINK = "https://there.example/1"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def posting():
    return PostTargetFactory(status=TargetStatus.POSTING)


def test_a_worker_that_lives_keeps_its_target(posting):
    assert take_over_expired() == 0


def test_nothing_was_sent_so_it_is_scheduled_again_at_once(posting):
    expire_lease(posting)
    assert take_over_expired() == 1
    due_before = posting.due_at
    posting.refresh_from_db()
    assert (posting.status, posting.due_at, posting.attempt_token) == (
        TargetStatus.SCHEDULED,
        due_before,
        None,
    )
    assert Post.objects.get().status == PostStatus.SCHEDULED


def test_an_open_attempt_is_looked_for_after_deadline_and_settle_time(
    posting, settings
):
    step = PublishStepFactory(target=posting)
    attempt = PublishAttemptFactory(step=step, target=posting, outcome="")
    expire_lease(posting)
    take_over_expired()
    posting.refresh_from_db()
    settle = settings.NETWORKS[posting.account.platform].settle
    assert (posting.status, posting.due_at) == (
        TargetStatus.RECONCILING,
        attempt.give_up_at + settle,
    )
    assert posting.unknown_since is not None
    told = ActivityLog.objects.get()
    assert (told.action, told.thing_id) == (
        ActivityAction.TARGET_RECONCILING,
        posting.pk,
    )


def test_it_no_longer_blocks_its_account(posting):
    step = PublishStepFactory(target=posting)
    PublishAttemptFactory(step=step, target=posting, outcome="")
    expire_lease(posting)
    take_over_expired()
    PostTargetFactory(account=posting.account, status=TargetStatus.QUEUED)
    in_flight = PostTarget.objects.filter(status=TargetStatus.QUEUED).count()
    assert in_flight == 1


def test_only_what_expired_is_taken(posting):
    other = PostTargetFactory(status=TargetStatus.POSTING)
    expire_lease(other)
    assert take_over_expired() == 1
    posting.refresh_from_db()
    assert posting.status == TargetStatus.POSTING
    assert posting.lease_expires_at - posting.queued_at > timedelta(seconds=1)


@pytest.fixture
def overtaken(connected, monkeypatch):
    """Publish a target; `meanwhile` happens to its step right before it is sent."""

    def publish(meanwhile, **post):
        target = due(connected(), **post)
        strategy = strategy_for(target.account.platform)
        prepare = strategy.prepare

        def slow(*args):
            monkeypatch.setattr(strategy, "prepare", prepare)
            meanwhile(target.steps.get(position=0))
            return prepare(*args)

        monkeypatch.setattr(strategy, "has_to_prepare", lambda _: True)
        monkeypatch.setattr(strategy, "prepare", slow)
        tick()
        target.refresh_from_db()
        return target

    return publish


def test_a_step_that_a_late_answer_has_filled_holds_nobody_up(overtaken, simulator):
    def fill(step):
        PublishStep.objects.filter(pk=step.pk).update(remote_id="1", remote_url=LINK)

    target = overtaken(fill, content="one")
    assert (target.status, target.tries) == (TargetStatus.POSTED, 0)
    assert target.remote_url == LINK
    assert texts(simulator, target.account) == []


def test_a_step_whose_other_try_is_open_is_looked_for_at_once(overtaken):
    def try_too(step):
        PublishAttemptFactory(step=step, target=step.target, outcome="")

    target = overtaken(try_too)
    assert (target.status, target.error_code) == (
        TargetStatus.RECONCILING,
        "outcome_unknown",
    )
    assert target.post.status == PostStatus.RECONCILING


def test_who_was_taken_over_lets_go_of_nothing(overtaken):
    def take_over(step):
        lease = database_now() + timedelta(seconds=45)
        PostTarget.objects.filter(pk=step.target_id).update(
            attempt_token=step.pk, lease_expires_at=lease
        )

    target = overtaken(take_over)
    assert (target.status, target.attempt_token) == (
        TargetStatus.POSTING,
        target.steps.get().pk,
    )
