"""Workspaces take turns: one with much to send doesn't hold up the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as used

from accounts.models import Workspace
from social_media.enums import TargetStatus
from social_media.models import ConnectedAccount, PostTarget
from social_media.models.clock import database_now
from social_media.publishing.claim import claim_next, claim_target
from social_media.publishing.scan import AHEAD, scan
from tests.factories import ConnectedAccountFactory, WorkspaceFactory
from tests.social_media.publishing.conftest import due

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def few(settings):
    settings.MAX_QUEUED, settings.SCAN_BATCH = 12, 8


def crowd(number, *, posts=1, seconds=60):
    """Due posts on so many accounts of one workspace."""
    workspace = WorkspaceFactory()
    when = database_now() - timedelta(seconds=seconds)
    accounts = [ConnectedAccountFactory(workspace=workspace) for _ in range(number)]
    return [
        due(account, scheduled_time=when + timedelta(milliseconds=number))
        for account in accounts
        for number in range(posts)
    ]


def scanned():
    return [target_id for batch in scan() for target_id in batch]


def test_the_first_of_each_workspace_come_before_the_others_second():
    many, one = crowd(20), crowd(1, seconds=1)
    assert one[0].pk in scanned()[: used.SCAN_BATCH]
    assert len(many) == 20


def test_a_workspace_that_fills_the_queue_leaves_room_for_others():
    crowd(30)
    assert len(scanned()) == used.MAX_QUEUED
    assert scanned() == []
    [late] = crowd(1, seconds=1)
    assert scanned() == [late.pk]


def test_there_is_an_end_to_that_room():
    for _ in range(2 * used.MAX_QUEUED + 3):
        crowd(1)
    assert len(scanned()) == 2 * used.MAX_QUEUED
    assert scanned() == []


def test_each_workspace_has_its_firsts_once():
    crowd(30)
    scanned()
    ahead = PostTarget.objects.filter(ahead=True)
    assert ahead.count() == AHEAD
    for target_id in ahead.values_list("pk", flat=True)[:2]:
        claim_target(target_id)
    scanned()
    assert ahead.count() == AHEAD  # two are being published: they still count
    assert Workspace.objects.count() == 1


def test_what_goes_ahead_is_taken_before_the_accounts_next():
    many = crowd(AHEAD + 1, posts=3)
    ids = scanned()
    behind = PostTarget.objects.get(pk__in=ids, ahead=False)
    for target_id in set(ids) - {behind.pk}:
        assert claim_target(target_id) is not None
    claimed = claim_target(behind.pk)
    [one] = crowd(1, seconds=1)
    assert scanned() == [one.pk]
    assert claimed is not None
    PostTarget.objects.filter(pk=behind.pk).update(
        status=TargetStatus.POSTED, attempt_token=None, lease_expires_at=None
    )
    assert claim_next(behind.account_id).target_id == one.pk
    following = claim_next(behind.account_id).target_id
    assert PostTarget.objects.get(pk=following).account_id == behind.account_id
    assert len(many) == 3 * (AHEAD + 1)


def test_a_bell_for_what_was_taken_ahead_rings_for_nothing():
    [busy, one] = crowd(2)
    scanned()
    claim_target(busy.pk)
    assert claim_next(busy.account_id).target_id == one.pk
    assert claim_target(one.pk) is None


@pytest.mark.parametrize("how", ["paused", "needs_reauth", "blocked", "late"])
def test_what_may_not_leave_any_more_stops_no_chain(how):
    [held] = crowd(1)
    scanned()
    account = ConnectedAccount.objects.filter(pk=held.account_id)
    if how == "blocked":
        account.update(blocked_until=database_now() + timedelta(hours=1))
    elif how == "late":
        PostTarget.objects.filter(pk=held.pk).update(
            late_after=database_now() - timedelta(seconds=1)
        )
    else:
        account.update(status=how)
    first, second, _ = crowd(1, posts=3)
    assert scanned() == [first.pk]
    claim_target(first.pk)
    PostTarget.objects.filter(pk=first.pk).update(
        status=TargetStatus.POSTED, attempt_token=None, lease_expires_at=None
    )
    assert claim_next(first.account_id).target_id == second.pk
