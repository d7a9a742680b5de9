"""What is believed, decided or given up, and then turns out otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.ids import new_id
from social_media.enums import (
    AccountStatus,
    ActivityAction,
    AttemptOutcome,
    Platform,
    TargetStatus,
)
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Heartbeat,
    PostTarget,
    PublishStep,
)
from social_media.models.clock import database_now
from social_media.platforms.errors import (
    AuthenticationFailed,
    CannotTell,
    ContentRejected,
)
from social_media.platforms.factory import strategy_for
from social_media.posts.errors import InvalidDraft
from social_media.posts.resolve import resolve_live, resolve_send_again
from social_media.posts.schedule import cancel
from social_media.publishing import run
from social_media.publishing.lease import LeaseLost
from social_media.publishing.reconcile import due_look_ups, reconcile
from social_media.publishing.scan import begin_scan, scan
from social_media.publishing.takeover import take_over_expired
from tests.social_media.publishing.conftest import (
    due,
    expire_lease,
    failing,
    let_time_pass,
    outcomes,
    texts,
    tick,
)

pytestmark = pytest.mark.django_db(transaction=True)


def worker_died(target, tries):
    PostTarget.objects.filter(pk=target.pk).update(
        status=TargetStatus.POSTING,
        tries=tries,
        attempt_token=new_id(),
        lease_expires_at=database_now() - timedelta(seconds=1),
    )
    take_over_expired()
    target.refresh_from_db()


def test_a_paused_account_with_a_dead_sign_in_is_not_hammered(lost, monkeypatch):
    target, asked = lost(Platform.X), []
    ConnectedAccount.objects.update(status=AccountStatus.PAUSED)
    strategy, dead = strategy_for(Platform.X), AuthenticationFailed("dead")

    def find(*_args):
        asked.append(True)
        raise dead

    monkeypatch.setattr(strategy, "find_published", find)
    monkeypatch.setattr(strategy, "refresh", failing(dead))
    for _ in range(3):
        for target_id in due_look_ups():
            reconcile(target_id)
    target.refresh_from_db()
    assert (len(asked), target.status) == (1, TargetStatus.RECONCILING)
    told = ActivityLog.objects.filter(action=ActivityAction.ACCOUNT_NEEDS_REAUTH)
    assert told.count() == 0


def test_a_late_answer_lets_the_rest_of_an_unconfirmed_thread_go_out(
    simulator, connected, monkeypatch
):
    target = due(connected(Platform.X), "one", thread=["two"])
    strategy = strategy_for(Platform.X)
    publish = strategy.publish

    def slow(*args):
        monkeypatch.setattr(strategy, "publish", publish)
        answer = publish(*args)
        expire_lease(target)
        take_over_expired()
        let_time_pass(target)
        simulator.fault(network="x", kind="forbidden", on="lookup", calls=1)
        reconcile(target.pk)
        return answer

    monkeypatch.setattr(strategy, "publish", slow)
    tick()
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert texts(simulator, target.account) == ["one", "two"]


def test_a_late_answer_during_the_look_up_counts(connected, monkeypatch):
    target, kept = due(connected(Platform.X)), []
    strategy, record = strategy_for(Platform.X), run.record_published

    def frozen(*args):
        kept.append(args)
        expire_lease(target)
        take_over_expired()
        let_time_pass(target)
        raise LeaseLost

    def find(*_args):
        with pytest.raises(LeaseLost):
            record(*kept[0])
        raise CannotTell("not in our plan")

    monkeypatch.setattr(run, "record_published", frozen)
    monkeypatch.setattr(strategy, "find_published", find)
    [[target_id]] = list(scan())
    run.publish(target_id)
    reconcile(target_id)
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.POSTED,
        [AttemptOutcome.POSTED],
    )


def test_the_link_of_another_part_is_refused(repeatable, simulator):
    target = repeatable(thread=["two"])
    cancel(target.post, user=None)
    [shown] = simulator.posts("mastodon", target.account.handle)
    url = f"{target.account.server}/@ada/{shown['id']}"
    resolve_live(target, url=url, user=None)
    target.refresh_from_db()
    assert target.status == TargetStatus.SCHEDULED
    cancel(target.post, user=None)
    target.refresh_from_db()
    assert (target.status, target.error_code) == (TargetStatus.FAILED, "called_off")
    PostTarget.objects.update(status=TargetStatus.UNCONFIRMED)
    with pytest.raises(InvalidDraft):
        resolve_live(target, url=url, user=None)


def test_send_again_sends_even_when_the_key_is_forgotten(repeatable, simulator):
    target = repeatable()
    cancel(target.post, user=None)
    PublishStep.objects.update(repeat_until=database_now())
    resolve_send_again(target, user=None)
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.POSTED,
        [AttemptOutcome.RESOLVED, AttemptOutcome.POSTED],
    )


def test_a_doubt_that_is_none_any_more_holds_nothing_up(repeatable, simulator):
    target = repeatable()
    target.attempts.update(outcome=AttemptOutcome.RESOLVED)
    PublishStep.objects.update(repeat_until=database_now())
    tick()
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED


@pytest.mark.parametrize("rest", [{"thread": ["two"]}, {"first_comment": "aside"}])
def test_what_is_partly_out_is_never_told_as_unsent(begun, settings, rest):
    target = begun(**rest)
    worker_died(target, tries=len(settings.RETRY_DELAYS))
    assert target.status == TargetStatus.SCHEDULED
    assert target.due_at > database_now() + timedelta(minutes=10)


def test_what_may_be_live_is_never_told_as_unsent(repeatable, settings):
    target = repeatable()
    worker_died(target, tries=len(settings.RETRY_DELAYS))
    assert target.status == TargetStatus.SCHEDULED


def test_a_refused_repeat_is_no_proof_that_the_first_is_not_live(
    repeatable, simulator, monkeypatch
):
    target = repeatable()
    strategy = strategy_for(Platform.MASTODON)
    publish = strategy.publish
    monkeypatch.setattr(strategy, "publish", failing(ContentRejected("no")))
    [[target_id]] = list(scan())
    run.publish(target_id)
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.RECONCILING,
        ["", AttemptOutcome.CONTENT_REJECTED],
    )
    monkeypatch.setattr(strategy, "publish", publish)
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert texts(simulator, target.account) == ["Hello"]


def test_scans_go_on_after_the_databases_clock_was_set_back():
    ahead = database_now() + timedelta(hours=1)
    Heartbeat.objects.create(name="scan", beaten_at=ahead)
    assert begin_scan()
    assert Heartbeat.objects.get().beaten_at < ahead
