"""Targets whose worker died."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import ActivityAction, PostStatus, TargetStatus
from social_media.models import ActivityLog, Post, PostTarget
from social_media.publishing.takeover import take_over_expired
from tests.factories import (
    PostTargetFactory,
    PublishAttemptFactory,
    PublishStepFactory,
)
from tests.social_media.publishing.conftest import expire_lease

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
