"""Bells of look-ups: one answer each, and never so many that posts wait behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import Platform, TargetStatus
from social_media.models import PostTarget
from social_media.models.clock import database_now
from social_media.platforms.errors import RateLimited
from social_media.platforms.factory import strategy_for
from social_media.posts.disconnect import disconnect
from social_media.publishing.reconcile import due_look_ups, reconcile
from tests.factories import ConnectedAccountFactory
from tests.social_media.publishing.conftest import due, expire_lease, let_time_pass

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def limited(monkeypatch):
    """X asks every look-up to wait for a few seconds; how often it was asked."""
    asked = []

    def find(*_args):
        asked.append(True)
        raise RateLimited("slow down", retry_at=database_now() + timedelta(seconds=5))

    monkeypatch.setattr(strategy_for(Platform.X), "find_published", find)
    return asked


def doubtful(count):
    account = ConnectedAccountFactory()
    made = [due(account, status=TargetStatus.RECONCILING) for _ in range(count)]
    PostTarget.objects.update(unknown_since=database_now())
    return made


def as_if_its_bell_were_stale(target):
    past = database_now() - timedelta(seconds=1)
    PostTarget.objects.filter(pk=target.pk).update(due_at=past)


def test_of_bells_that_piled_up_one_asks_the_network(lost, limited):
    target, bells = lost(Platform.X), []
    for _ in range(3):
        bells += due_look_ups()
        as_if_its_bell_were_stale(target)
    assert bells == [target.pk] * 3
    for bell in bells:
        reconcile(bell)
    assert limited == [True]


def test_after_the_pause_it_is_looked_for_again(lost, limited):
    target = lost(Platform.X)
    reconcile(target.pk)
    let_time_pass(target)
    [bell] = due_look_ups()
    reconcile(bell)
    assert limited == [True] * 2


def test_what_is_not_due_is_not_looked_for(lost, limited):
    target = lost(Platform.X)
    soon = database_now() + timedelta(seconds=5)
    PostTarget.objects.update(due_at=soon)
    reconcile(target.pk)
    assert limited == []


def test_only_a_share_of_the_queue_is_rung_and_unanswered(settings):
    settings.MAX_QUEUED = 16
    doubtful(5)
    rung = due_look_ups()
    assert (len(rung), due_look_ups()) == (2, [])


def test_the_smallest_queue_has_room_for_one(settings):
    settings.MAX_QUEUED = 1
    doubtful(2)
    assert (len(due_look_ups()), due_look_ups()) == (1, [])


def test_a_look_up_under_way_takes_its_room_until_its_lease_ends(settings):
    settings.MAX_QUEUED = 8
    first, second = doubtful(2)
    assert due_look_ups() == [first.pk]
    as_if_its_bell_were_stale(first)
    lease = database_now() + timedelta(seconds=30)
    PostTarget.objects.filter(pk=first.pk).update(lease_expires_at=lease)
    assert due_look_ups() == []
    expire_lease(first)
    assert due_look_ups() == [second.pk]


def test_an_answered_look_up_makes_room_for_the_next(lost, limited, settings):
    settings.MAX_QUEUED = 8
    target = lost(Platform.X)
    [bell] = due_look_ups()
    [other] = doubtful(1)
    assert due_look_ups() == []
    reconcile(bell)
    assert (bell, due_look_ups()) == (target.pk, [other.pk])


def test_a_disconnected_accounts_bell_is_forgotten(settings):
    settings.MAX_QUEUED = 8
    [target] = doubtful(1)
    due_look_ups()
    disconnect(target.account, user=None)
    target.refresh_from_db()
    assert (target.status, target.queued_at) == (TargetStatus.UNCONFIRMED, None)
