"""Finding due work: which targets, in what order, and never too many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from social_media.enums import AccountStatus, TargetStatus
from social_media.models import Heartbeat, PostTarget
from social_media.models.clock import database_now
from social_media.publishing import scan as scanning
from social_media.publishing.claim import claim_next
from social_media.publishing.scan import AHEAD, begin_scan, forget_stale_bells, scan
from tests.factories import (
    ConnectedAccountFactory,
    PostTargetFactory,
    WorkspaceFactory,
)
from tests.social_media.publishing.conftest import due, together

pytestmark = pytest.mark.django_db(transaction=True)


def scanned():
    return [target_id for batch in scan() for target_id in batch]


def status_of(target):
    return PostTarget.objects.values_list("status", flat=True).get(pk=target.pk)


def test_a_due_target_is_queued():
    target = due(ConnectedAccountFactory())
    assert scanned() == [target.pk]
    assert status_of(target) == TargetStatus.QUEUED


def test_what_is_not_due_waits():
    account = ConnectedAccountFactory()
    due(account, scheduled_time=database_now() + timedelta(minutes=1))
    assert scanned() == []


def test_due_by_the_databases_clock_not_by_ours(monkeypatch):
    target = due(
        ConnectedAccountFactory(), scheduled_time=database_now() + timedelta(hours=1)
    )
    tomorrow = database_now() + timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: tomorrow)
    assert scanned() == []
    assert status_of(target) == TargetStatus.SCHEDULED


@pytest.mark.parametrize(
    "fields",
    [
        {"status": AccountStatus.PAUSED},
        {"status": AccountStatus.NEEDS_REAUTH},
        {"status": AccountStatus.DISCONNECTED},
        {"blocked_until": database_now},
    ],
)
def test_an_account_that_is_not_ready_holds_its_targets(fields):
    made = {
        name: value() + timedelta(minutes=1) if callable(value) else value
        for name, value in fields.items()
    }
    due(ConnectedAccountFactory(**made))
    assert scanned() == []


def test_a_rate_limit_that_is_over_holds_nothing():
    past = database_now() - timedelta(seconds=1)
    target = due(ConnectedAccountFactory(blocked_until=past))
    assert scanned() == [target.pk]


@pytest.mark.parametrize("status", [TargetStatus.QUEUED, TargetStatus.POSTING])
def test_one_target_per_account_is_in_flight(status):
    account = ConnectedAccountFactory()
    PostTargetFactory(account=account, status=status)
    due(account)
    assert scanned() == []


def test_a_target_in_doubt_does_not_hold_up_its_account():
    account = ConnectedAccountFactory()
    PostTargetFactory(account=account, status=TargetStatus.RECONCILING)
    target = due(account)
    assert scanned() == [target.pk]


def test_an_accounts_first_due_target_goes_first():
    account, now = ConnectedAccountFactory(), database_now()
    due(account, scheduled_time=now - timedelta(seconds=5))
    first = due(account, scheduled_time=now - timedelta(seconds=9))
    assert scanned() == [first.pk]


def test_accounts_are_served_oldest_due_first(settings):
    settings.SCAN_BATCH = 2
    now = database_now()
    ages = [3, 9, 6]
    targets = {
        age: due(ConnectedAccountFactory(), scheduled_time=now - timedelta(seconds=age))
        for age in ages
    }
    assert scanned() == [targets[9].pk, targets[6].pk, targets[3].pk]


def test_a_batch_is_committed_before_the_next(settings):
    settings.SCAN_BATCH = 1
    due(ConnectedAccountFactory())
    due(ConnectedAccountFactory())
    batches = scan()
    first = next(batches)
    queued = PostTarget.objects.filter(status=TargetStatus.QUEUED)
    assert list(queued.values_list("pk", flat=True)) == first


def test_never_more_is_queued_than_the_workers_can_take_soon(settings):
    settings.MAX_QUEUED = AHEAD + 1
    workspace = WorkspaceFactory()
    for _ in range(AHEAD + 3):
        due(ConnectedAccountFactory(workspace=workspace))
    assert len(scanned()) == AHEAD + 1
    assert scanned() == []


def test_a_lost_bell_is_forgotten_after_the_stale_age(settings):
    target = due(ConnectedAccountFactory())
    scanned()
    assert forget_stale_bells() == 0
    old = database_now() - settings.BELL_STALE_AFTER
    PostTarget.objects.filter(pk=target.pk).update(queued_at=old)
    assert forget_stale_bells() == 1
    assert scanned() == [target.pk]


def test_the_heart_beats_once_a_period(settings):
    assert begin_scan()
    first = Heartbeat.objects.get(name="scan").beaten_at
    assert not begin_scan()
    Heartbeat.objects.update(beaten_at=first - settings.SCAN_EVERY)
    assert begin_scan()
    assert Heartbeat.objects.get(name="scan").beaten_at >= first


@pytest.mark.postgresql
def test_two_scanners_share_the_work_and_break_no_order():
    """I6, and the hole that locking targets had: an account's second post first."""
    accounts = [ConnectedAccountFactory() for _ in range(20)]
    now = database_now()
    firsts = set()
    for account in accounts:
        firsts.add(due(account, scheduled_time=now - timedelta(seconds=9)).pk)
        due(account, scheduled_time=now - timedelta(seconds=5))
    one, two, three = together(scanned, scanned, scanned)
    assert sorted(one + two + three) == sorted(firsts)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "take", [scanned, lambda: claim_next(PostTarget.objects.get().account_id)]
)
def test_what_a_person_is_changing_is_not_waited_for(take):
    """An edit locks the target, then its account: waiting would be a deadlock."""
    target = due(ConnectedAccountFactory())
    with transaction.atomic():
        rows = PostTarget.objects.select_for_update(no_key=True)
        assert rows.get(pk=target.pk) == target
        [taken] = together(take)
    assert not taken
    assert status_of(target) == TargetStatus.SCHEDULED


@pytest.mark.postgresql
def test_accounts_that_are_held_back_are_never_all_read_per_target():
    """NOT IN would be a plan whose time grows with due targets times such accounts."""
    with CaptureQueriesContext(connection) as captured:
        scanned()
    wanted = 'MIN("social_media_posttarget"."due_at")'
    [sql] = [one["sql"] for one in captured if wanted in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Anti Join" in plan


@pytest.mark.postgresql
def test_an_account_that_a_worker_takes_meanwhile_is_left_to_the_next_tick(monkeypatch):
    account, now = ConnectedAccountFactory(), database_now()
    first = due(account, scheduled_time=now - timedelta(seconds=9))
    second = due(account)
    lock_targets = scanning._free

    def take_then_lock(targets, **standing):
        taken = {"attempt_token": second.pk, "lease_expires_at": now}
        rows = PostTarget.objects.filter(pk=second.pk)
        together(lambda: rows.update(status=TargetStatus.POSTING, **taken))
        return lock_targets(targets, **standing)

    monkeypatch.setattr(scanning, "_free", take_then_lock)
    assert scanned() == []
    assert status_of(first) == TargetStatus.SCHEDULED


@pytest.mark.postgresql
def test_scan_and_chain_never_put_two_of_an_account_in_flight():
    """I1: whoever comes second finds the account busy."""
    for _ in range(5):
        account = ConnectedAccountFactory()
        due(account)
        due(account)
        queued, chained = together(scanned, lambda a=account: claim_next(a.pk))
        assert len(queued) + (chained is not None) == 1
        PostTarget.objects.all().delete()
