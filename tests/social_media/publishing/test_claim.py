"""Taking a target: one worker, in time, through a ready account."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import transaction

from social_media.enums import (
    AccountStatus,
    ActivityAction,
    LatePolicy,
    PostStatus,
    TargetStatus,
)
from social_media.models import ActivityLog, ConnectedAccount, PostTarget
from social_media.models.clock import database_now
from social_media.oauth import standing
from social_media.posts import pause
from social_media.publishing.claim import claim_next, claim_target
from social_media.publishing.run import publish
from tests.factories import ConnectedAccountFactory, PostTargetFactory
from tests.social_media.posts.test_races import started, waits
from tests.social_media.publishing.conftest import due, texts, tick, together

pytestmark = pytest.mark.django_db(transaction=True)
QUEUED = TargetStatus.QUEUED


def test_a_claim_takes_the_lease(settings):
    target = due(ConnectedAccountFactory(), status=QUEUED)
    before = database_now()
    claim = claim_target(target.pk)
    target.refresh_from_db()
    assert (target.status, target.attempt_token) == (
        TargetStatus.POSTING,
        claim.lease.token,
    )
    lease = target.lease_expires_at - before
    assert settings.LEASE <= lease < settings.LEASE + timedelta(seconds=5)


@pytest.mark.parametrize("status", sorted(set(TargetStatus) - {QUEUED}))
def test_only_a_queued_target_can_be_claimed(status):
    target = PostTargetFactory(status=status)
    assert claim_target(target.pk) is None
    target.refresh_from_db()
    assert target.status == status


def test_a_bell_for_a_deleted_target_is_quiet():
    assert claim_target(uuid.uuid4()) is None


def test_an_account_paused_after_the_scan_is_respected():
    target = due(ConnectedAccountFactory(), status=QUEUED)
    ConnectedAccount.objects.update(status=AccountStatus.PAUSED)
    assert claim_target(target.pk) is None


@pytest.mark.postgresql
def test_of_many_workers_one_gets_it():
    """I1: several bells for one target."""
    target = due(ConnectedAccountFactory(), status=QUEUED)
    claims = together(*[lambda: claim_target(target.pk)] * 8)
    assert len([claim for claim in claims if claim]) == 1


@pytest.mark.parametrize(
    ("policy", "status", "action"),
    [
        (LatePolicy.SKIP, TargetStatus.CANCELLED, ActivityAction.TARGET_SKIPPED),
        (LatePolicy.HOLD, TargetStatus.FAILED, ActivityAction.TARGET_HELD),
    ],
)
def test_too_late_is_skipped_or_held_and_told(policy, status, action):
    target = due(ConnectedAccountFactory(), status=QUEUED, late_policy=policy)
    past = database_now() - timedelta(seconds=1)
    PostTarget.objects.filter(pk=target.pk).update(late_after=past)
    assert claim_target(target.pk) is None
    target.refresh_from_db()
    target.post.refresh_from_db()
    assert (target.status, target.error_code) == (status, "too_late")
    assert "could not leave in time" in target.error_message
    assert target.post.status == PostStatus(status.value)
    assert list(ActivityLog.objects.values_list("action", "thing_id")) == [
        (action, target.pk)
    ]


def test_the_workspaces_late_policy_counts_where_the_post_has_none():
    account = ConnectedAccountFactory(workspace__late_policy=LatePolicy.SKIP)
    target = due(account, status=QUEUED)
    past = database_now() - timedelta(seconds=1)
    PostTarget.objects.filter(pk=target.pk).update(late_after=past)
    claim_target(target.pk)
    target.refresh_from_db()
    assert target.status == TargetStatus.CANCELLED


def test_not_late_yet_is_claimed():
    target = due(ConnectedAccountFactory(), status=QUEUED)
    soon = database_now() + timedelta(minutes=1)
    PostTarget.objects.filter(pk=target.pk).update(late_after=soon)
    assert claim_target(target.pk) is not None


def test_the_chain_takes_the_accounts_next_due_target():
    account, now = ConnectedAccountFactory(), database_now()
    due(account, scheduled_time=now - timedelta(seconds=3))
    first = due(account, scheduled_time=now - timedelta(seconds=9))
    due(ConnectedAccountFactory(), scheduled_time=now - timedelta(seconds=20))
    assert claim_next(account.pk).target_id == first.pk
    assert claim_next(account.pk) is None  # one in flight


def test_the_chain_leaves_what_is_not_due_or_too_late():
    account, now = ConnectedAccountFactory(), database_now()
    due(account, scheduled_time=now + timedelta(minutes=1))
    assert claim_next(account.pk) is None
    late = due(account)
    PostTarget.objects.filter(pk=late.pk).update(late_after=now)
    assert claim_next(account.pk) is None


def test_the_chain_stops_at_an_account_that_is_not_ready():
    account = ConnectedAccountFactory(status=AccountStatus.PAUSED)
    due(account)
    assert claim_next(account.pk) is None


@pytest.mark.postgresql
@pytest.mark.parametrize("of", ["workspace", "account", "network"])
def test_a_claim_that_waited_publishes_nothing_after_a_pause(simulator, connected, of):
    """It looks at the account before it waits for the target that somebody edits."""
    account = connected()
    target = due(account, "Later", status=QUEUED)
    with transaction.atomic():
        PostTarget.objects.select_for_update(no_key=True).get(pk=target.pk)
        publishing = started(lambda: publish(target.pk))
        held_up = waits(publishing)
        started(lambda: hold_back(account, of)).result(10)
    publishing.result(10)

    target.refresh_from_db()
    target.post.refresh_from_db()
    assert (held_up, texts(simulator, account)) == (True, [])
    assert (target.status, target.attempt_token) == (TargetStatus.SCHEDULED, None)
    assert (target.post.status, target.tries) == (PostStatus.SCHEDULED, 0)
    ConnectedAccount.objects.update(
        status=AccountStatus.ACTIVE, workspace_paused=False, blocked_until=None
    )
    tick()
    assert texts(simulator, account) == ["Later"]


def hold_back(account, of):
    if of == "workspace":
        pause.pause(account.workspace, user=None)
    elif of == "account":
        standing.pause(account)
    else:
        soon = database_now() + timedelta(hours=1)
        ConnectedAccount.objects.update(blocked_until=soon)
